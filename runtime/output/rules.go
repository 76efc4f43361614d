package output

import (
	"strconv"
	"unicode/utf8"
)

func (v *values) bool(b bool) bool {
	if b {
		return v.bools[1]
	}
	return v.bools[0]
}

func (v *values) number(n *number) bool {
	for i := range v.numbers {
		if v.numbers[i].compare(n) == 0 {
			return true
		}
	}
	return false
}

// broken returns what is wanted instead of s, or "".
func (t *textRules) broken(s string) (want string) {
	if t == nil {
		return ""
	}
	if t.minLen > 0 || t.maxLen >= 0 {
		n := utf8.RuneCountInString(s)
		if n < t.minLen {
			return "a string of at least " + count(t.minLen, "character")
		}
		if t.maxLen >= 0 && n > t.maxLen {
			return "a string of at most " + count(t.maxLen, "character") + ", not " + strconv.Itoa(n)
		}
	}
	for _, p := range t.patterns {
		if !p.MatchString(s) {
			return "a string that matches " + p.String()
		}
	}
	if t.base64 && !isBase64(s) {
		return "bytes in base64"
	}
	if t.fits != nil && !t.fits(s) {
		return formats[t.format].want
	}
	return ""
}

// checkNumber checks a number against the type, the enum and the rules of n. It returns the number as n wants it written.
func (f *fitter) checkNumber(n *node, literal string) (plain string, err *Error) {
	if !representable(literal) {
		return "", f.misfit(n.want+" that fits 64 bits", showNumber(literal))
	}
	plain = literal
	if n.kinds&kindNumber == 0 && !isPlainInteger(literal) {
		var ok bool
		if plain, ok = integral(literal); !ok {
			return "", f.misfit(n.want, showNumber(literal))
		}
	}
	if n.number == nil && n.values == nil {
		return plain, nil
	}
	v := newNumber(plain)
	if n.values != nil && !n.values.number(&v) {
		return "", f.misfit(n.want, showNumber(literal))
	}
	if n.number != nil {
		if want := n.number.broken(&v); want != "" {
			return "", f.misfit(n.noun()+" "+want, showNumber(literal))
		}
	}
	return plain, nil
}

// broken returns what is wanted of a number instead of v, or "".
func (r *numberRules) broken(v *number) (want string) {
	switch {
	case r.min != nil && v.compare(r.min) < 0:
		return "of at least " + r.min.literal
	case r.above != nil && v.compare(r.above) <= 0:
		return "above " + r.above.literal
	case r.max != nil && v.compare(r.max) > 0:
		return "of at most " + r.max.literal
	case r.below != nil && v.compare(r.below) >= 0:
		return "below " + r.below.literal
	case r.multipleOf != nil && !v.multipleOf(r.multipleOf):
		return "that is a multiple of " + r.multipleOf.literal
	}
	return ""
}
