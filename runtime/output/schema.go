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
	kinds   kinds
	want    string // what the schema asks for, in words: an integer
	free    bool   // anything fits
	wrapper bool   // the root, an object with nothing but "value": any bare value is meant for that
	values  *values
	number  *numberRules
	text    *textRules
	array   *arrayRules
	object  *objectRules
	union   *union // nothing but kinds and want is set beside it
}

// values are what enum or const allow.
type values struct {
	strings  []string
	folded   [foldLevels]map[string]int // index in strings by folded text; -1 when two fold alike
	words    []string                   // what mentioned looks for
	byLength []int                      // indices in strings, those with the longest words first
	longest  int                        // how long another spelling of a string may be
	numbers  []number
	bools    [2]bool // false, true
	null     bool
	others   []string // arrays and objects, in canonical form
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
	quoted   string // the name as JSON, with its colon
	node     *node
	required bool
	fallback string // the JSON that stands for a missing value; "" for none
}
