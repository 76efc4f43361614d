package output

import (
	"math/big"
	"strconv"
	"strings"
)

// number is a number of a schema or an answer: its literal, and its value in the cheapest form that is exact enough to
// decide most comparisons.
type number struct {
	literal string
	float   float64
	integer int64
	isInt   bool // integer holds the exact value
}

// maxNumberLen bounds what exact arithmetic is asked to do.
const maxNumberLen = 1024

func newNumber(literal string) number {
	n := number{literal: literal}
	if isPlainInteger(literal) {
		if i, err := strconv.ParseInt(literal, 10, 64); err == nil {
			n.integer, n.isInt, n.float = i, true, float64(i)
			return n
		}
	}
	n.float, _ = strconv.ParseFloat(literal, 64)
	if plain, ok := integral(literal); ok {
		if i, err := strconv.ParseInt(plain, 10, 64); err == nil {
			n.integer, n.isInt = i, true
		}
	}
	return n
}

// compare returns the sign of a - b, exactly.
func (a *number) compare(b *number) int {
	switch {
	case a.isInt && b.isInt:
		return cmpOrdered(a.integer, b.integer)
	case a.float != b.float:
		return cmpOrdered(a.float, b.float) // rounding keeps the order
	}
	return a.rat().Cmp(b.rat())
}

func cmpOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// multipleOf reports whether a is an integral multiple of b, exactly.
func (a *number) multipleOf(b *number) bool {
	if a.isInt && b.isInt {
		return b.integer != 0 && a.integer%b.integer == 0
	}
	d := b.rat()
	return d.Sign() != 0 && d.Quo(a.rat(), d).IsInt()
}

func (a *number) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(a.literal)
	if !ok {
		return new(big.Rat)
	}
	return r
}

// isPlainInteger reports whether a JSON number has neither a fraction nor an exponent.
func isPlainInteger(literal string) bool {
	for i := 0; i < len(literal); i++ {
		if c := literal[i]; c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

// representable reports whether a JSON number is finite, and not zero by underflow, as a float64.
func representable(literal string) bool {
	if len(literal) <= 300 && !strings.ContainsAny(literal, "eE") {
		return true
	}
	if len(literal) > maxNumberLen {
		return false
	}
	f, err := strconv.ParseFloat(literal, 64)
	return err == nil && (f != 0 || isZero(literal))
}

// isZero reports whether a JSON number has no digit but 0 before its exponent.
func isZero(literal string) bool {
	for i := 0; i < len(literal); i++ {
		switch c := literal[i]; {
		case c == 'e' || c == 'E':
			return true
		case '1' <= c && c <= '9':
			return false
		}
	}
	return true
}

// decimal splits a JSON number into its digits, without zeros in front or behind, and the exponent of the last digit. ok
// is false for an exponent that no float64 has.
func decimal(literal string) (negative bool, digits string, exponent int, ok bool) {
	mantissa := literal
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		e, err := strconv.Atoi(literal[i+1:])
		if err != nil || e > 10*maxNumberLen || e < -10*maxNumberLen {
			return false, "", 0, isZero(literal)
		}
		mantissa, exponent = literal[:i], e
	}
	mantissa, negative = strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	exponent -= len(fraction)
	short := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(short)
	digits = strings.TrimLeft(short, "0")
	if digits == "" {
		return false, "", 0, true
	}
	return negative, digits, exponent, true
}

// integral writes a JSON number that has no fraction in plain digits: 3.0 and 0.3e1 as 3. ok is false when it has one, or
// is too large for a float64.
func integral(literal string) (plain string, ok bool) {
	negative, digits, exponent, ok := decimal(literal)
	switch {
	case !ok || exponent < 0 || len(digits)+exponent > 309:
		return "", false
	case digits == "":
		return "0", true
	}
	plain = digits + strings.Repeat("0", exponent)
	if negative {
		plain = "-" + plain
	}
	return plain, true
}
