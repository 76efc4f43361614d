// Package output turns the text of a model into JSON that fits a JSON Schema (2020-12).
//
// A Parser is compiled once from a schema and then reads each answer in one pass that knows at every byte what the schema
// wants there. It takes strict JSON, JSON in a markdown fence or amid prose, and plain text where the schema wants a
// scalar. Scalars are coerced when nothing is lost ("3" for a number, 3.0 for an integer, "yes" for a boolean), keys that
// the schema forbids are dropped, and keys that differ only in case, '_', '-' or space are accepted; each of these is named
// in Result.Repairs. Anything else that does not fit is an *Error whose message can be sent to the model as it is.
//
// A schema whose root is an object with the single, required property "value" is taken for a wrapped scalar or array: a
// bare value fits as well and is wrapped.
//
// # Keywords
//
// Checked are type, enum, const; minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf; minLength and maxLength
// (in code points), pattern (in the syntax of package regexp), format (date-time, date, time, duration, email, hostname,
// ipv4, ipv6, uri, iri, uri-reference, iri-reference, uuid, regex, json-pointer; others say nothing), contentEncoding base64;
// items, prefixItems, minItems, maxItems, uniqueItems; properties, required, additionalProperties, propertyNames,
// minProperties, maxProperties; anyOf, oneOf, allOf where its parts make one schema, and $ref within the schema. A key that
// is missing and has a default gets it, and one that may be null gets null. With any other keyword that refuses values the
// parser is not Complete.
//
// Numbers are compared exactly, whatever their size. A number that overflows or vanishes as a float64 is refused.
//
// # Alternatives
//
// A branch of anyOf or oneOf is chosen without trying where that is possible: by the type of the value, or by a tag, which
// is a property (one called type comes first) that every object among the branches requires and that has its own values in
// each. Otherwise the branches that take values of that type are tried, objects in the order of how well their keys match,
// others in the order of the schema. The first that fits without a repair is taken, else the one that needs the fewest.
// Branches that would have to coerce a scalar to another type come last.
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
// Text that is JSON and fits as a whole is taken as it is. Otherwise every array and object in the text is tried, and what stands
// in fences; the one that costs the least is taken, and among equals the first. The package comment says what costs what. An array that is
// wanted may also be made of several objects. Where the schema wants a scalar, the text itself is tried. Where it wants any string,
// any text will do that is not an attempt at {"value": …}.
//
// The time that Parse takes grows with the size of the text and not faster. An error is always an *Error.
func (p *Parser) Parse(text string) (Result, error) {
	if limit := p.maxSize(); len(text) > limit {
		return Result{}, tooLarge(text, limit)
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

// parse reads a text that is UTF-8; fixed says whether it was made so. A finder that has read the text already may be handed over.
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
