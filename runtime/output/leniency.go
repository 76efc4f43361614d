package output

// Leniency says how much an answer may be repaired.
type Leniency int8

// The leniencies. The zero value is Lenient.
const (
	Lenient Leniency = iota // everything that this package repairs
	Fenced                  // the JSON may stand in a markdown fence or amid prose; it must fit the schema as it is
	Strict                  // the whole text is JSON that fits the schema as it is
)

// Options are how a Parser reads. The zero value is the default.
type Options struct {
	Leniency Leniency
	MaxSize  int // of the longest text that is read, in bytes; 0 means MaxSize
}

// allowed are the repairs that an answer may need.
func (l Leniency) allowed() repairSet {
	switch l {
	case Lenient:
		return ^repairSet(0)
	case Fenced:
		return byFence.set() | byProse.set()
	}
	return 0
}

// permits returns an error when the leniency does not allow what was repaired.
func (p *Parser) permits(f *fitter) *Error {
	allowed := p.options.Leniency.allowed()
	if f.kinds&^allowed == 0 {
		return nil
	}
	for _, r := range f.list() {
		if allowed == 0 || r.Kind != RepairFence && r.Kind != RepairProse {
			return &Error{Path: r.Path, Kind: KindSchema, Message: at(r.Path, "want "+p.asItIs()+", got an answer that needs a repair ("+string(r.Kind)+")")}
		}
	}
	return &Error{Path: "$", Kind: KindSchema, Message: "want " + p.asItIs()}
}

func (p *Parser) asItIs() string {
	if p.options.Leniency == Strict {
		return "strict JSON that fits the schema as it is, without other text"
	}
	return "strict JSON that fits the schema as it is"
}
