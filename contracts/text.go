package contracts

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// NotBlank reports whether s holds more than white space.
func NotBlank(s string) bool { return strings.TrimSpace(s) != "" }

// LengthBetween reports whether s has at least low and at most high characters. A character is a Unicode code point, as in
// JSON Schema's minLength and maxLength.
func LengthBetween(s string, low, high int) bool {
	return Between(utf8.RuneCountInString(s), low, high)
}

// WordsBetween reports whether s has at least low and at most high words. Words are what white space separates.
func WordsBetween(s string, low, high int) bool {
	n := 0
	for range strings.FieldsSeq(s) {
		n++
	}
	return Between(n, low, high)
}

// Matches reports whether pattern, in the syntax of package regexp, matches anywhere in s; anchor it with ^ and $ to match
// all of s. A pattern is compiled once and kept for the life of the program, so it should be a constant. One that does not
// compile matches nothing.
func Matches(s, pattern string) bool {
	re := compiled(pattern)
	return re != nil && re.MatchString(s)
}

var patterns sync.Map // string → *regexp.Regexp, nil when it does not compile

func compiled(pattern string) *regexp.Regexp {
	if re, ok := patterns.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		re = nil
	}
	patterns.Store(pattern, re)
	return re
}

// Email reports whether s is a single address without a name, such as ann@example.com, as RFC 5322 writes it.
func Email(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// URL reports whether s is an absolute URL with a host and the scheme http or https.
func URL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// ContainsNone reports whether none of words occurs in s, whatever their case: what an answer must not say. An empty word
// is ignored.
func ContainsNone(s string, words ...string) bool {
	lower := strings.ToLower(s)
	for _, w := range words {
		if w != "" && strings.Contains(lower, strings.ToLower(w)) {
			return false
		}
	}
	return true
}
