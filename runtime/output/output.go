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
	"strings"
	"unicode/utf8"
)

// MaxSize is the size of the longest text that Parse reads, in bytes.
const MaxSize = 16 << 20

// MaxDepth is how deep the arrays and objects of an answer may nest.
const MaxDepth = 512

// MaxRepairs is how many repairs a Result lists. An answer may need more; those are made, but not listed.
const MaxRepairs = 256

// Parser reads answers that are to fit one schema. It is immutable and safe for use by many goroutines.
type Parser struct {
	root     *node
	value    *node // of the property "value", when the root wraps it; else nil
	complete bool
}

// Result is an answer that fits.
type Result struct {
	JSON    []byte   // fits the schema; the caller's own
	Repairs []Repair // what was changed to make it fit, in the order of the text; at most MaxRepairs
}

// Repair is one change that made an answer fit.
type Repair struct {
	Path string // where in the answer: $.items[2].price
	Kind RepairKind
}

// RepairKind says what was changed.
type RepairKind string

// The kinds of repairs.
const (
	RepairFence     RepairKind = "fence"         // the JSON was taken out of a markdown fence
	RepairProse     RepairKind = "prose"         // the JSON was taken out of other text
	RepairText      RepairKind = "text"          // plain text was taken for the scalar that the schema wants
	RepairWrapped   RepairKind = "wrapped"       // a bare value was put under the key "value"
	RepairCoerced   RepairKind = "coerced"       // a scalar was written as the type or enum value that the schema wants
	RepairKey       RepairKind = "key"           // a key was written as the schema spells it
	RepairUnknown   RepairKind = "unknown_key"   // a key that the schema forbids was dropped
	RepairDuplicate RepairKind = "duplicate_key" // all but the last of several equal keys were dropped, as encoding/json does
	RepairMissing   RepairKind = "missing_key"   // a missing key got its default, or null where the schema allows it
	RepairNull      RepairKind = "null"          // an optional key whose value was null, which the schema forbids, was dropped
	RepairEncoding  RepairKind = "encoding"      // bytes that are not UTF-8 became U+FFFD, as encoding/json does
)

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
// Text that is JSON as a whole is taken or refused as it is. Otherwise every piece of JSON in the text is tried, those in
// fences first, and the one that needs the fewest repairs is taken; among equals the last, since models reason before they
// answer. A piece of JSON that is itself broken is never taken for the whole. Where the schema wants a scalar, text without
// JSON in it is coerced like a string: 3.14 for a number. Where it wants a string, any text will do that is not an attempt at
// {"value": …}.
//
// The time that Parse takes grows with the size of the text and not faster. An error is always an *Error.
func (p *Parser) Parse(text string) (Result, error) {
	original := text
	if len(text) > MaxSize {
		return Result{}, tooLarge(text)
	}
	f := newFitter()
	defer f.release()
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // one U+FFFD for each bad byte
		f.repairs = append(f.repairs, Repair{Path: "$", Kind: RepairEncoding})
		f.repaired++
		f.base = 1
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return Result{}, &Error{Path: "$", Kind: KindEmpty, Message: "want " + p.target().want + ", got blank text", Snippet: snippet(original)}
	}
	f.begin(trimmed)
	f.quiet = 1 // search words the error
	if p.whole(f) == nil {
		return f.result(), nil
	}
	if err := p.search(f, trimmed); err != nil {
		e := *err
		e.Snippet = snippet(original)
		return Result{}, &e
	}
	return f.result(), nil
}

// target is the node of what the model was asked for, seen without the wrapping.
func (p *Parser) target() *node {
	if p.value != nil {
		return p.value
	}
	return p.root
}

// whole fits the whole text of f.
func (p *Parser) whole(f *fitter) *Error {
	if p.value == nil {
		return f.document(p.root)
	}
	start := f.mark()
	err := f.document(p.root)
	if err == nil {
		return nil
	}
	if f.wraps() {
		if p.value.kinds&kindObject == 0 {
			return err
		}
		f.reset(start)
		if f.wrapped(p.value) == nil {
			return nil
		}
		return err // it was meant for the wrapped form
	}
	f.reset(start)
	return f.wrapped(p.value)
}
