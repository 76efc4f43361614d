package offline

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// text makes a string of s.
func (g *generator) text(s *schema, p place) (string, error) {
	if s.MaxLength != nil && *s.MaxLength < s.MinLength {
		return "", fmt.Errorf("%s: at least %d and at most %d characters", p.name, s.MinLength, *s.MaxLength)
	}
	if s.MinLength > maxMade {
		return "", fmt.Errorf("%s: the smallest value is too large", p.name)
	}
	fits, err := s.matcher()
	if err != nil {
		return "", fmt.Errorf("%s: the pattern: %w", p.name, err)
	}
	candidate, err := g.candidate(s, p)
	if err != nil {
		return "", fmt.Errorf("%s: the pattern: %w", p.name, err)
	}
	for try := range maxTries {
		text := candidate(try)
		n := utf8.RuneCountInString(text)
		if n >= s.MinLength && (s.MaxLength == nil || n <= *s.MaxLength) && fits(text) {
			return text, nil
		}
	}
	return "", fmt.Errorf("%s: found no string for its format, its patterns and its length", p.name)
}

// candidate returns what makes strings that are likely to fit s: of its format, else of its
// patterns, else of its length.
func (g *generator) candidate(s *schema, p place) (func(try int) string, error) {
	format, hasFormat := formats[s.Format]
	switch {
	case hasFormat:
		return func(try int) string { return format(g, p.try+try) }, nil
	case strings.EqualFold(s.Encoding, "base64"):
		return func(try int) string { return g.base64(s, p, try) }, nil
	case s.Pattern == "":
		return func(int) string { return g.named(s, p) }, nil
	}
	var all []*syntax.Regexp
	for _, p := range s.allPatterns() {
		re, err := syntax.Parse(p, syntax.Perl)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return func(try int) string {
		more := try/(len(all)+1) + p.try
		parts := all // one after the other: a beginning and an end
		if i := try % (len(all) + 1); i < len(all) {
			parts = all[i : i+1]
		}
		return g.padded(matching(parts, g.r, s.MinLength, more), s.MinLength, try)
	}, nil
}

// padded adds letters to a text that is too short, for patterns that leave one end open.
func (g *generator) padded(text string, minLen, try int) string {
	missing := minLen - utf8.RuneCountInString(text)
	switch {
	case missing <= 0:
		return text
	case try%4 < 2:
		return text + g.letters(missing)
	}
	return g.letters(missing) + text
}

func (s *schema) allPatterns() []string {
	if s.Pattern == "" {
		return s.patterns
	}
	return append([]string{s.Pattern}, s.patterns...)
}

// matcher returns what tells whether a string matches all patterns of s.
func (s *schema) matcher() (func(string) bool, error) {
	var all []*regexp.Regexp
	for _, p := range s.allPatterns() {
		re, err := regexp.Compile(p)
		if err != nil {
			return nil, err
		}
		all = append(all, re)
	}
	return func(text string) bool {
		return !slices.ContainsFunc(all, func(re *regexp.Regexp) bool { return !re.MatchString(text) })
	}, nil
}

// base64 encodes a string that names its field, of a length that s allows.
func (g *generator) base64(s *schema, p place, try int) string {
	decoded := &schema{MinLength: s.MinLength * 3 / 4}
	if s.MaxLength != nil {
		most := max(*s.MaxLength/4*3-try, 0)
		decoded.MaxLength = &most
	}
	return base64.StdEncoding.EncodeToString([]byte(g.named(decoded, p)))
}

var adjectives = []string{"sample", "example", "plain", "made-up", "first", "short", "typical", "demo"}

// named makes a string that names its field, of the length that s wants. Where a value has to differ from others, it gets
// a number; where there is no room for that, letters.
func (g *generator) named(s *schema, p place) string {
	text := adjectives[g.r.IntN(len(adjectives))] + " " + strings.Join(fieldWords(p.name), " ")
	if p.try > 0 {
		text += " " + strconv.Itoa(p.try+1)
	}
	for utf8.RuneCountInString(text) < s.MinLength {
		text += ", " + text
	}
	if s.MaxLength == nil || utf8.RuneCountInString(text) <= *s.MaxLength {
		return text
	}
	if p.try > 0 {
		return g.letters(*s.MaxLength)
	}
	runes := []rune(text)[:*s.MaxLength]
	if n := len(runes); n > 0 && runes[n-1] == ' ' {
		runes[n-1] = '.'
	}
	return string(runes)
}

func (g *generator) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + g.r.IntN(26))
	}
	return string(b)
}

// fieldWords splits a name in snake_case, camelCase or kebab-case into lower-case words.
func fieldWords(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end()
		}
		word = append(word, r)
	}
	end()
	if words == nil {
		return []string{"value"}
	}
	return words
}

// formats make strings of the formats of JSON Schema 2020-12 (section 7.3 of its validation part). A try above 0 makes
// another string, and a longer one where the format allows.
var formats = map[string]func(g *generator, try int) string{
	"date-time": func(g *generator, try int) string { return g.time(try).Format(time.RFC3339) },
	"date":      func(g *generator, try int) string { return g.time(try).Format(time.DateOnly) },
	"time":      func(g *generator, try int) string { return g.time(try).Format("15:04:05Z07:00") },
	"duration":  func(g *generator, try int) string { return fmt.Sprintf("PT%dM", 1+g.r.IntN(59)+60*try) },
	"email":     func(g *generator, try int) string { return g.user(try) + "@example.com" },
	"hostname":  func(g *generator, try int) string { return g.user(try) + ".example.com" },
	"ipv4":      func(g *generator, _ int) string { return fmt.Sprintf("192.0.2.%d", 1+g.r.IntN(254)) },      // RFC 5737
	"ipv6":      func(g *generator, _ int) string { return fmt.Sprintf("2001:db8::%x", 1+g.r.IntN(0xfffe)) }, // RFC 3849
	"uri":       func(g *generator, try int) string { return "https://example.com/" + g.user(try) },
	"iri":       func(g *generator, try int) string { return "https://example.com/" + g.user(try) },
	"uuid":      func(g *generator, _ int) string { return g.uuid() },
	"regex":     func(g *generator, try int) string { return "^" + g.user(try) + "$" },

	"uri-reference": func(g *generator, try int) string { return "/" + g.user(try) },
	"iri-reference": func(g *generator, try int) string { return "/" + g.user(try) },
	"json-pointer":  func(g *generator, try int) string { return "/" + g.user(try) },
}

func (g *generator) time(try int) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(g.r.IntN(525_600)+try) * time.Minute)
}

var users = []string{"ann", "bob", "carla", "dmitri", "eve", "farid", "grace", "hugo"}

// user is a word for addresses, a longer one after many tries.
func (g *generator) user(try int) string {
	return users[(g.r.IntN(len(users))+try)%len(users)] + g.letters(try/len(users))
}

func (g *generator) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(g.r.IntN(256))
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
