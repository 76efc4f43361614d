package output

// Repair is one change that made an answer fit.
type Repair struct {
	Path string // where in the answer: $.items[2].price
	Kind RepairKind
}

// RepairKind says what was changed.
type RepairKind string

// Repairs of where the answer stands.
const (
	RepairFence     RepairKind = "fence"     // the JSON was taken out of a markdown fence
	RepairProse     RepairKind = "prose"     // the JSON was taken out of other text
	RepairMention   RepairKind = "mention"   // the one value that a text speaks of was taken for the scalar that the schema wants
	RepairText      RepairKind = "text"      // plain text was taken for the scalar that the schema wants
	RepairMarkup    RepairKind = "markup"    // XML elements were taken for the object that the schema wants
	RepairCollected RepairKind = "collected" // objects that stand one after another were put in a list
	RepairEncoding  RepairKind = "encoding"  // bytes that are not UTF-8 became U+FFFD, as encoding/json does
)

// Repairs of the notation.
const (
	RepairComma     RepairKind = "comma"     // a comma was missing, or was one too many
	RepairColon     RepairKind = "colon"     // a colon was missing, or was another sign
	RepairBracket   RepairKind = "bracket"   // a closing bracket was missing amid the text, or was one too many
	RepairTruncated RepairKind = "truncated" // the text ended before the closing bracket
	RepairCut       RepairKind = "cut"       // the text ended within a string or number, which may have gone on
	RepairComment   RepairKind = "comment"   // a comment was left out
	RepairQuotes    RepairKind = "quotes"    // a key or string was not in double quotes
	RepairEscape    RepairKind = "escape"    // a quote, a line break or a backslash in a string was not escaped
	RepairLiteral   RepairKind = "literal"   // True, None and the like
	RepairNumber    RepairKind = "number"    // a number in another notation: 0xFF, 1_000, .5
	RepairDropped   RepairKind = "dropped"   // text that is neither a key nor a value was left out
)

// Repairs of the shape.
const (
	RepairCoerced   RepairKind = "coerced"       // a scalar was written as the type or enum value that the schema wants
	RepairKey       RepairKind = "key"           // a key was written as the schema spells it
	RepairUnknown   RepairKind = "unknown_key"   // a key that the schema forbids was dropped
	RepairDuplicate RepairKind = "duplicate_key" // all but the last of several equal keys were dropped, as encoding/json does
	RepairMissing   RepairKind = "missing_key"   // a missing key got its default, or null where the schema allows it
	RepairNull      RepairKind = "null"          // an optional key whose value was null, which the schema forbids, was dropped
	RepairWrapped   RepairKind = "wrapped"       // a value was put under the only key of the object that the schema wants
	RepairUnwrapped RepairKind = "unwrapped"     // a value was taken out of an object with one key, or a list of one, around it
	RepairSingle    RepairKind = "single"        // a value was put in the list that the schema wants
	RepairNested    RepairKind = "nested"        // the JSON in a string was taken for the value that the schema wants
)

// costShape is the least that a repair costs which takes a value for another kind of value.
const costShape = 10

// repair is a RepairKind, as a small number.
type repair uint8

const (
	// Those of the notation come first, in the order of the bits of fixes.
	byComma repair = iota
	byColon
	byBracket
	byTruncated
	byCut
	byComment
	byQuotes
	byEscape
	byLiteral
	byNumber
	byDropped
	byMarkup
	byText
	byCollected

	byFence
	byProse
	byMention
	byEncoding
	byCoerced
	byKey
	byUnknown
	byDuplicate
	byMissing
	byNull
	byWrapped
	byUnwrapped
	bySingle
	byNested
)

// repairs holds what each repair costs where several ways to read an answer are compared: more, the more it changes of what was
// said.
var repairs = [...]struct {
	kind RepairKind
	cost int
}{
	byComma: {RepairComma, 1}, byColon: {RepairColon, 1}, byBracket: {RepairBracket, 3}, byTruncated: {RepairTruncated, 3},
	byCut:     {RepairCut, 3},
	byComment: {RepairComment, 0}, byQuotes: {RepairQuotes, 1}, byEscape: {RepairEscape, 1}, byLiteral: {RepairLiteral, 1},
	byNumber: {RepairNumber, 1}, byDropped: {RepairDropped, 8}, byMarkup: {RepairMarkup, 1}, byText: {RepairText, 1},
	byCollected: {RepairCollected, 5},

	byFence: {RepairFence, 0}, byProse: {RepairProse, 0}, byMention: {RepairMention, 40}, byEncoding: {RepairEncoding, 0},
	byCoerced: {RepairCoerced, 2}, byKey: {RepairKey, 1}, byUnknown: {RepairUnknown, costShape + 1}, byDuplicate: {RepairDuplicate, 3},
	byMissing: {RepairMissing, 4}, byNull: {RepairNull, 2}, byWrapped: {RepairWrapped, costShape},
	byUnwrapped: {RepairUnwrapped, costShape + 4}, bySingle: {RepairSingle, costShape + 2}, byNested: {RepairNested, costShape},
}

// repairSet is a set of repairs.
type repairSet uint32

func (r repair) set() repairSet { return 1 << r }
