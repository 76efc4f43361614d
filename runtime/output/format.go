package output

import (
	"encoding/base64"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// formats are those of JSON Schema 2020-12 (section 7.3 of its validation part) that Parse holds strings to. Others are
// ignored, as the specification allows.
var formats = map[string]struct {
	want string
	fits func(string) bool
}{
	"date-time": {"a date and time with a zone, like 2006-01-02T15:04:05Z", isDateTime},
	"date":      {"a date like 2006-01-02", isDate},
	"time":      {"a time with a zone, like 15:04:05Z", isTime},
	"duration":  {"an ISO 8601 duration like PT1H30M", isDuration},
	"email":     {"an email address", isEmail},
	"hostname":  {"a host name", isHostname},
	"ipv4":      {"an IPv4 address", isIPv4},
	"ipv6":      {"an IPv6 address", isIPv6},
	"uri":       {"an absolute URI like https://example.com/path", isURI},
	"iri":       {"an absolute IRI like https://example.com/path", isURI},

	"uri-reference": {"a URI or a path", isURIReference},
	"iri-reference": {"an IRI or a path", isURIReference},
	"uuid":          {"a UUID like 123e4567-e89b-12d3-a456-426614174000", isUUID},
	"regex":         {"a regular expression", isRegexp},
	"json-pointer":  {"a JSON pointer like /a/0", isJSONPointer},
}

// isDateTime follows RFC 3339, section 5.6.
func isDateTime(s string) bool {
	return len(s) >= len("2006-01-02T15:04:05Z") && (s[10] == 'T' || s[10] == 't') && isDate(s[:10]) && isTime(s[11:])
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

var timePattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([zZ]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// isTime follows RFC 3339, section 5.6, without its leap seconds, which Go's time package cannot hold.
func isTime(s string) bool { return timePattern.MatchString(s) }

var durationPattern = regexp.MustCompile(`^P([0-9]+W|([0-9]+Y([0-9]+M([0-9]+D)?)?|[0-9]+M([0-9]+D)?|[0-9]+D)?(T([0-9]+H([0-9]+M([0-9]+S)?)?|[0-9]+M([0-9]+S)?|[0-9]+S))?)$`)

// isDuration follows RFC 3339, appendix A.
func isDuration(s string) bool { return s != "P" && durationPattern.MatchString(s) }

// isEmail takes an address as RFC 5322 writes it, without a name, at a host.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if len(s) > 254 || at < 1 || at > 64 || !isHostname(s[at+1:]) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

var labelPattern = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`)

// isHostname follows RFC 1123, section 2.1.
func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if len(label) > 63 || !labelPattern.MatchString(label) {
			return false
		}
	}
	return true
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && hostIsPlain(u)
}

func isURIReference(s string) bool {
	u, err := url.Parse(s)
	return err == nil && !strings.Contains(s, `\`) && hostIsPlain(u)
}

// hostIsPlain refuses an IPv6 address without brackets, which url.Parse lets through.
func hostIsPlain(u *url.URL) bool {
	host := u.Hostname()
	return !strings.Contains(host, ":") || strings.HasPrefix(u.Host, "[") && isIPv6(host)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isHex(s[i]) {
				return false
			}
		}
	}
	return true
}

// isBase64 reports whether s is in the encoding of RFC 4648, section 4, as encoding/json reads bytes.
func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

func isRegexp(s string) bool {
	_, err := regexp.Compile(s)
	return err == nil
}

// isJSONPointer follows RFC 6901.
func isJSONPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "~")
		if !found {
			return true
		}
		if after == "" || after[0] != '0' && after[0] != '1' {
			return false
		}
		rest = after
	}
}
