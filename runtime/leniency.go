package alloy

import "github.com/alloygen/alloygen/runtime/output"

// Leniency says how much an answer may be repaired. See WithLeniency.
type Leniency = output.Leniency

// The leniencies. The zero value is Lenient.
const (
	Lenient = output.Lenient // JSON in a fence or amid prose, and each of the repairs that package output knows
	Fenced  = output.Fenced  // JSON in a fence or amid prose; it must fit the schema as it is
	Strict  = output.Strict  // the whole answer is JSON that fits the schema as it is
)

// WithLeniency sets how much the answer of a typed command may be repaired. Default: Lenient. An answer that needs more is
// rejected, and asked for again. Arguments of tools are always read as Lenient.
func WithLeniency(l Leniency) Option {
	return option(func(s *settings) {
		if l < Lenient || l > Strict {
			s.refuse("lenient", "want Lenient, Fenced or Strict, got %d", l)
			return
		}
		s.reading.Leniency = l
	})
}
