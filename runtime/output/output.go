// Package output turns the text of a model into JSON that fits a JSON Schema (2020-12), and says what it changed.
//
// A Parser is compiled once from a schema. Text that is JSON and fits as it is takes a fast path and comes back as it is.
// Any other text is read once, by a reader that takes what people can read although it is not JSON; what was read is then
// fitted to the schema. Each change is named in Result.Repairs. What does not fit is an *Error whose message can be sent to
// the model as it is. The time for a text grows with its size and not faster, whatever the text and the schema.
//
//	p, err := output.Compile(schema)
//	r, err := p.Parse("Sure:\n```json\n{name: 'Ann', age: \"41\",}\n```")
//	// r.JSON is {"name":"Ann","age":41}
//
// # Where the answer stands
//
// The whole text; a markdown fence; arrays and objects amid prose; several objects, when an array is wanted; elements of
// XML, when nothing else fits; for a scalar, the text itself. Blocks of thoughts (<think> and its kin) are looked at last.
// What fits is compared by what it costs: 0 in a fence or as the whole text, 50 amid prose, 500 in thoughts, and what each
// repair costs. The cheapest is taken; among equals, the first. A part of an answer is never taken for the whole.
//
// # Repairs of the notation
//
// Commas, colons and closing brackets that are missing or too many; comments; keys and strings without quotes, in single,
// back-ticked, triple or curly ones; quotes, line breaks and backslashes in strings that are not escaped; the literals of
// Python; a text that ends early. A quote ends its string unless what follows could not come after a string in JSON, so
// that valid JSON is never read in another way. What stands in back-ticks and triple quotes is taken as it is, but for
// indentation that all its lines share.
//
// # Fitting
//
// A value that does not fit as it is is fitted in the first of these ways that works, at the least cost:
//
//   - Numbers from text ("3", "1,234.5", "1.234,5", "0xFF", "$3", "12 %"); a percentage is the number that is written,
//     unless only its hundredth fits. 3.0 is an integer, 3.7 is none. Booleans from words (yes, no, on, off, t, f, 1, 0).
//     Strings from numbers and booleans. null from null, none, n/a and blank text.
//   - The values of an enum, and keys, in another case, without accents, or without punctuation: user_name, userName,
//     User-Name. An enum's value also where a text mentions no other, in a sentence without a negation; a number or a
//     boolean likewise.
//   - Dates, times and durations in common spellings, when a format or a pattern asks for them. A date without a zone is
//     in UTC. One that can be read in two ways (03/04/2025) is refused.
//   - One value for a list; the value in an object with one key, or in a list of one; the bare value of an object with
//     one property, if it is no string (any text is for {"value": …} at the root); the JSON in a string.
//   - Keys that the schema forbids are dropped. A key that is missing and has a default gets it, and one that may be null
//     gets null; any other is an error. An optional key that is null but must not be is dropped. The last of equal keys
//     counts, as in encoding/json.
//
// # Alternatives
//
// A branch of anyOf or oneOf is chosen by a tag, where there is one: a property (one called type comes first) that every object
// among the branches requires and that has its own values in each. Otherwise the branch that the value fits at the least cost is
// taken; among equals, the first. Costs: 1 for a repair of the notation or the spelling of a key (comments: 0, a bracket or an
// end that is missing: 3, text that is left out: 8), 2 for a scalar in another spelling or type and for a null that is dropped, 3
// for one of several equal keys, 4 for a key that is missing, 5 for a list of objects that stood one after another, 10 for
// another shape (12 for a value put in a list, 14 for one taken out of another), 11 for a key that is dropped, 40 for a mention.
//
// # Keywords
//
// Checked are type, enum, const; minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf; minLength and maxLength
// (in code points), pattern (in the syntax of package regexp), format (date-time, date, time, duration, email, hostname,
// ipv4, ipv6, uri, iri, uri-reference, iri-reference, uuid, regex, json-pointer; others say nothing), contentEncoding base64;
// items, prefixItems, minItems, maxItems, uniqueItems; properties, required, additionalProperties, propertyNames,
// minProperties, maxProperties; anyOf, oneOf, allOf where its parts make one schema, and $ref within the schema. With any other
// keyword that refuses values the parser is not Complete.
//
// Numbers are compared exactly, whatever their size. A number that overflows or vanishes as a float64 is refused.
//
// The package knows nothing of models and imports nothing of alloygen.
package output

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxSize is the size of the longest text that Parse reads, in bytes.
const MaxSize = 16 << 20

// MaxDepth is how deep the arrays and objects of an answer may nest.
const MaxDepth = 512

// MaxValues is how many values an answer may hold that is not strict JSON which fits as it is.
const MaxValues = 1 << 20

// MaxRepairs is how many repairs a Result lists. An answer may need more; those are made, but not listed.
const MaxRepairs = 256

// Parser reads answers that are to fit one schema. It is immutable and safe for use by many goroutines.
type Parser struct {
	root     *node
	value    *node // of the property "value", when the root wraps it; else nil
	complete bool
	options  Options
}

// With returns a parser of the same schema that reads with other options.
func (p *Parser) With(o Options) *Parser {
	q := *p
	q.options = o
	return &q
}

// Result is an answer that fits.
type Result struct {
	JSON    []byte   // fits the schema; the caller's own
	Repairs []Repair // what was changed to make it fit, in the order of the text; at most MaxRepairs

	made repairSet
}

// Made reports whether a repair of that kind was made, listed or not.
func (r Result) Made(kind RepairKind) bool {
	for i := range repairs {
		if repairs[i].kind == kind {
			return r.made&repair(i).set() != 0
		}
	}
	return false
}

// Validator checks JSON against a whole schema. Package rawschema has one for the schemas of which Complete is false.
type Validator interface {
	Validate(json []byte) error
}

// Complete reports whether Parse checks everything that the schema says. It is false when the schema has a keyword that
// the pass does not know (not, if, patternProperties, contains …): the JSON of a Result then fits the rest of the schema,
// and the caller has to validate it further.
func (p *Parser) Complete() bool { return p.complete }

// Parse finds the JSON in text that fits the schema.
//
// Text that is JSON and fits as a whole is taken as it is. Otherwise every array and object in the text is tried, and what
// stands in fences; the one that costs the least is taken, and among equals the first. The package comment says what costs
// what. An array that is wanted may also be made of several objects. Where the schema wants a scalar, the text itself is
// tried. Where it wants any string, any text will do that is not an attempt at {"value": …}.
//
// The time that Parse takes grows with the size of the text and not faster. An error is always an *Error.
func (p *Parser) Parse(text string) (Result, error) {
	if limit := p.maxSize(); len(text) > limit {
		return Result{}, tooLarge(text, len(text), limit)
	}
	sound, fixed := soundText(text)
	r, err := p.parse(sound, fixed, nil)
	if err != nil {
		e := *err
		e.Snippet = snippet(text)
		return Result{}, &e
	}
	return r, nil
}

// parse reads a text that is UTF-8; fixed says whether it was made so. A finder that has read the text already may be
// handed over.
func (p *Parser) parse(text string, fixed bool, read *finder) (Result, *Error) {
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\uFEFF"))
	if trimmed == "" {
		return Result{}, &Error{Path: "$", Kind: KindEmpty, Message: "want " + p.target().want + ", got blank text"}
	}
	if !fixed && fitsStrictly(p.root, trimmed) {
		return Result{JSON: []byte(trimmed)}, nil
	}
	if read == nil {
		read = newFinder(newTree(len(trimmed)))
		read.text = trimmed
	}
	f := newFitter(read.tree)
	defer f.release()
	f.out = slices.Grow(f.out, len(trimmed))
	if fixed {
		f.repair(byEncoding)
	}
	a := answering{p: p, f: f, text: trimmed, tree: read.tree, finder: read}
	err := a.answer()
	if err == nil {
		err = p.permits(f)
	}
	if err != nil {
		return Result{}, err
	}
	return f.result(), nil
}

// soundText replaces each byte that is not UTF-8 by U+FFFD, as encoding/json does.
func soundText(text string) (sound string, fixed bool) {
	if utf8.ValidString(text) {
		return text, false
	}
	return string([]rune(text)), true
}

func (p *Parser) maxSize() int {
	if p.options.MaxSize > 0 {
		return p.options.MaxSize
	}
	return MaxSize
}
