package offline

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// rational reads a JSON number exactly; nil for none.
func rational(n json.Number) *big.Rat {
	if n == "" || len(n) > 400 {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}

// span is a range of numbers with its ends.
type span struct{ low, high *big.Rat }

// bounds returns the range of s, for numbers that are multiples of step. Exclusive bounds are moved by a step.
func (s *schema) bounds(step *big.Rat) span {
	var b span
	b.low, b.high = rational(s.Min), rational(s.Max)
	if above := rational(s.Above); above != nil {
		if next := ceil(above, step); next.Cmp(above) > 0 {
			above = next
		} else {
			above = next.Add(next, step)
		}
		if b.low == nil || above.Cmp(b.low) > 0 {
			b.low = above
		}
	}
	if below := rational(s.Below); below != nil {
		if next := floor(below, step); next.Cmp(below) < 0 {
			below = next
		} else {
			below = next.Sub(next, step)
		}
		if b.high == nil || below.Cmp(b.high) < 0 {
			b.high = below
		}
	}
	return b
}

// ceil returns the smallest multiple of step that is at least x.
func ceil(x, step *big.Rat) *big.Rat {
	f := floor(new(big.Rat).Neg(x), step)
	return f.Neg(f)
}

// floor returns the largest multiple of step that is at most x.
func floor(x, step *big.Rat) *big.Rat {
	q := new(big.Rat).Quo(x, step)
	n := new(big.Int).Div(q.Num(), q.Denom()) // rounds down, as Denom is positive
	return q.Mul(new(big.Rat).SetInt(n), step)
}

// usual is what numbers are taken from where the schema leaves the choice.
const usual = 100

// choice is how many numbers there should be to choose from.
const choice = 8

// number appends a number of s: of the usual size, if that fits, and with as few decimals as the range allows.
func (g *generator) number(dst []byte, s *schema, p place, integer bool) ([]byte, error) {
	all := steps(s, integer)
	for i, step := range all {
		b := s.bounds(step)
		b.narrow(step)
		low := ceil(b.low, step)
		count := new(big.Rat).Sub(floor(b.high, step), low)
		count.Quo(count, step)
		if count.Sign() < 0 || i+1 < len(all) && count.Cmp(big.NewRat(choice-1, 1)) < 0 {
			continue // a finer step leaves more to choose from
		}
		n := int64(usual)
		if count.Num().IsInt64() {
			n = count.Num().Int64()
		}
		k := big.NewRat((g.r.Int64N(n+1)+int64(p.try))%(n+1), 1)
		return append(dst, decimal(low.Add(low, k.Mul(k, step)))...), nil
	}
	if only := rational(s.Min); only != nil && !integer && s.MultipleOf == "" && s.Min == s.Max {
		return append(dst, s.Min...), nil
	}
	return nil, fmt.Errorf("%s: no number is in the range", p.name)
}

// steps are what a number may be a multiple of, the coarsest first.
func steps(s *schema, integer bool) []*big.Rat {
	if m := rational(s.MultipleOf); m != nil && m.Sign() > 0 {
		if integer {
			m = new(big.Rat).SetInt(m.Num()) // the multiples of p/q that are integers are those of p
		}
		return []*big.Rat{m}
	}
	if integer {
		return []*big.Rat{big.NewRat(1, 1)}
	}
	var all []*big.Rat
	for step := big.NewRat(1, 2); len(all) < 18; step = new(big.Rat).Quo(big.NewRat(1, 1), new(big.Rat).SetInt(pow10(len(all)))) {
		all = append(all, step)
	}
	return all
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// narrow cuts the range to numbers of the usual size, or to those nearest to them.
func (b *span) narrow(step *big.Rat) {
	width := new(big.Rat).Mul(step, big.NewRat(usual, 1))
	if least := big.NewRat(usual, 1); width.Cmp(least) < 0 {
		width = least
	}
	zero := new(big.Rat)
	switch {
	case b.low == nil && b.high == nil:
		b.low, b.high = zero, width
	case b.high == nil:
		if b.low.Sign() < 0 {
			b.low = zero
		}
		b.high = new(big.Rat).Add(b.low, width)
	case b.low == nil:
		if b.high.Cmp(width) > 0 {
			b.high = width
		}
		b.low = new(big.Rat).Sub(b.high, width)
		if b.low.Sign() < 0 && b.high.Sign() >= 0 {
			b.low = zero
		}
	case b.low.Sign() <= 0 && b.high.Cmp(width) >= 0:
		b.low, b.high = zero, width
	case new(big.Rat).Sub(b.high, b.low).Cmp(width) > 0 && b.low.Sign() >= 0:
		b.high = new(big.Rat).Add(b.low, width)
	}
}

// decimal writes a number without an exponent.
func decimal(x *big.Rat) string {
	if x.IsInt() {
		return x.Num().String()
	}
	n, exact := x.FloatPrec()
	if !exact {
		n = 20
	}
	return strings.TrimRight(x.FloatString(n), "0")
}
