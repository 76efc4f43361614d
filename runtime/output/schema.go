package output

import "regexp"

// kinds is a set of JSON types.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBool
	kindInteger // numbers without a fraction
	kindNumber  // all numbers; always together with kindInteger
	kindString
	kindArray
	kindObject

	kindsNumeric = kindInteger | kindNumber
	kindsScalar  = kindNull | kindBool | kindsNumeric | kindString
	kindsAll     = kindsScalar | kindArray | kindObject
)

// node is one schema, compiled. A value must be of one of kinds and keep every rule that is set for its kind.
type node struct {
	kinds  kinds
	want   string // what the schema asks for, in words: an integer
	free   bool   // anything fits
	values *values
	number *numberRules
	text   *textRules
	array  *arrayRules
	object *objectRules
	union  *union // nothing but kinds and want is set beside it
}

// values are what enum or const allow.
type values struct {
	strings []string
	folded  map[string]int // index in strings by folded text; -1 when two fold alike
	numbers []number
	bools   [2]bool // false, true
	null    bool
	others  []string // arrays and objects, in canonical form
}

type numberRules struct {
	min, max     *number // inclusive
	above, below *number // exclusive
	multipleOf   *number
}

type textRules struct {
	minLen, maxLen int // in characters; maxLen -1: no limit
	patterns       []*regexp.Regexp
	base64         bool // contentEncoding: encoding/json reads bytes from it
	format         string
	fits           func(string) bool // of the format
}

type arrayRules struct {
	prefix             []*node
	items              *node // of those after the prefix; nil: any
	minItems, maxItems int   // maxItems -1: no limit
	unique             bool
}

type objectRules struct {
	props    []property
	index    map[string]int // of props, by name
	folded   map[string]int // of props, by folded name; -1 when two fold alike
	required int            // how many props are required

	closed             bool  // other keys are dropped
	other              *node // of other keys; nil: any
	names              *node // of every key; nil: any
	minProps, maxProps int   // maxProps -1: no limit
}

type property struct {
	name     string
	node     *node
	required bool
	fallback string // the JSON that stands for a missing value; "" for none
}

// fold reduces a name to what its spellings in snake_case, camelCase and kebab-case have in common.
func fold(s string) string {
	var buf [64]byte
	return string(appendFolded(buf[:0], s))
}

func appendFolded(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '_' || r == '-' || r == ' ':
		case 'A' <= r && r <= 'Z':
			dst = append(dst, byte(r)+'a'-'A')
		case r < 0x80:
			dst = append(dst, byte(r))
		default:
			dst = appendFoldedRune(dst, r)
		}
	}
	return dst
}
