package wire

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is how many bytes of a server's words an error shows.
const maxMessage = 512

// credential matches what looks like one: a bearer token, a key of OpenAI's, Anthropic's or Google's, user and password in a URL.
var credential = regexp.MustCompile(
	`(?i)\bbearer\s+[^\s"',;]+|\b(?:[sr]k-|aiza)[a-z0-9_\-*.]{6,}|//[^/\s:@"]+:[^/\s@"]+@`)

// redact takes credentials out of a text and cuts it to maxMessage bytes, on one line.
func redact(s, key string) string {
	if len(key) > 4 { // a shorter one stands for none ("none", "test") and may be part of any word
		s = strings.ReplaceAll(s, key, "[redacted]")
		if escaped := url.QueryEscape(key); escaped != key {
			s = strings.ReplaceAll(s, escaped, "[redacted]")
		}
	}
	s = credential.ReplaceAllString(s, "[redacted]")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= maxMessage {
		return s
	}
	const ellipsis = "…"
	s = s[:maxMessage-len(ellipsis)]
	for !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && len(s) > 0 {
		if r, _ := utf8.DecodeLastRuneInString(s); r != utf8.RuneError {
			break
		}
		s = s[:len(s)-1]
	}
	return s + ellipsis
}
