package output_test

import (
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/schematest"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

// manner is one way in which models write what is not quite JSON. It is applied to the values of a draft where a careful
// reader can tell what is meant, and reports false when there are none.
type manner struct {
	name  string
	apply func(*draft) bool
	kinds []output.RepairKind // that it may take
}

// manners are applied in this order: what is written comes before how it is quoted, and that before what stands around it.
var manners = []manner{
	{"unknown keys", unknownKeys, kindsOf(output.RepairUnknown)},
	{"keys in another case", keysInAnotherCase, kindsOf(output.RepairKey)},
	{"enum values in another case", enumInAnotherCase, kindsOf(output.RepairCoerced)},
	{"Python literals", pythonLiterals, kindsOf(output.RepairLiteral)},
	{"underscores", underscores, kindsOf(output.RepairNumber)},
	{"hexadecimal", hexadecimal, kindsOf(output.RepairNumber)},
	{"numeric strings", numericStrings, kindsOf(output.RepairCoerced)},
	{"thousands in strings", thousandsInStrings, kindsOf(output.RepairCoerced)},

	{"unquoted keys", unquotedKeys, kindsOf(output.RepairQuotes)},
	{"unquoted values", unquotedValues, kindsOf(output.RepairQuotes)},
	{"raw line breaks", rawLineBreaks, kindsOf(output.RepairEscape)},
	{"unescaped quotes", unescapedQuotes, kindsOf(output.RepairEscape)},
	{"single quotes", singleQuotes, kindsOf(output.RepairQuotes)},
	{"back-ticks", backTicks, kindsOf(output.RepairQuotes)},
	{"triple quotes", tripleQuotes, kindsOf(output.RepairQuotes)},
	{"curly quotes", curlyQuotes, kindsOf(output.RepairQuotes)},

	{"trailing commas", trailingCommas, kindsOf(output.RepairComma)},
	{"missing commas", missingCommas, kindsOf(output.RepairComma)},
	{"comments", comments, kindsOf(output.RepairComment)},

	{"wrapper", wrapper, kindsOf(output.RepairUnwrapped)},
	{"JSON in a string", jsonInString, kindsOf(output.RepairNested)},
	{"truncated", truncated, kindsOf(output.RepairTruncated, output.RepairCut)},
	{"fence", inFence, kindsOf(output.RepairFence)},
	{"prose", inProse, kindsOf(output.RepairProse)},
	{"thoughts", afterThoughts, kindsOf(output.RepairProse)},
}

// known are the faults of the engine that are left out until they are mended.
var known = map[string]bool{
	"M2":  true, // several words without quotes behind a string, in a list
	"M6":  true, // a line break between a key without quotes and its colon
	"M9":  true, // an object in a string, where a list of strings is wanted too
	"M11": true, // a branch of a union that lets all keys be dropped, rather than one that needs several repairs
	"M13": true, // "0" for a boolean or a number: the branch that comes first is taken
	"M14": true, // a list of words without quotes on lines of its own, behind thoughts whose beginning is cut off
	"M16": true, // a list as JSON in a string, in a fence
	"M17": true, // a block comment where a comma is missing, behind a value without quotes
	"M18": true, // a fence that ends behind a string and a comma, in an object
}

// behindString reports whether p comes after a string.
func (p *part) behindString() bool { return p.left() != nil && p.left().kind == '"' }

func (p *part) behindBare() bool { return p.left() != nil && p.left().isBare() }

// left returns what p comes after, or nil.
func (p *part) left() *part {
	if p.outer == nil || p.outer.parts[0] == p {
		return nil
	}
	return p.outer.parts[slices.Index(p.outer.parts, p)-1]
}

// losesKeys reports whether p has a key that one of several objects that may be meant does not have, where no tag tells
// them apart.
func (p *part) losesKeys() bool {
	loses, tagged := false, true
	for _, s := range p.may {
		if p.kind != '{' || !takes(s, "object") || listed(s) {
			continue
		}
		properties, _ := s["properties"].(map[string]any)
		kind, _ := properties["type"].(map[string]any)
		tagged = tagged && kind["const"] != nil
		for _, c := range p.parts {
			loses = loses || properties[c.key] == nil && s["additionalProperties"] == false
		}
	}
	return loses && !tagged
}

// isKnown reports whether the schema says what is meant at p. It does not where a whole array or object may be one that it
// lists: that has to be as it is listed.
func (p *part) isKnown() bool {
	for o := p.outer; o != nil; o = o.outer {
		if slices.ContainsFunc(o.may, func(s map[string]any) bool { return listed(s) && (takes(s, "array") || takes(s, "object")) }) {
			return false
		}
	}
	return len(p.may) > 0
}

// some draws at least one of the parts of a draft for which the condition holds.
func (d *draft) some(when func(*part) bool) []*part {
	all := slices.DeleteFunc(d.root.all(), func(p *part) bool { return !when(p) })
	if len(all) == 0 {
		return nil
	}
	one := rapid.IntRange(0, len(all)-1).Draw(d.t, "one")
	var chosen []*part
	for i, p := range all {
		if i == one || rapid.Bool().Draw(d.t, "too") {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// each applies change to some parts for which the condition holds.
func (d *draft) each(when func(*part) bool, change func(*part)) bool {
	chosen := d.some(when)
	for _, p := range chosen {
		change(p)
	}
	return len(chosen) > 0
}

func (d *draft) oneOf(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(d.t, label)
}

func (p *part) isContainer() bool { return p.kind == '{' || p.kind == '[' }

// unknownKeys adds keys to objects. Left out are places where an object may have other keys.
func unknownKeys(d *draft) bool {
	return d.each(func(p *part) bool { return p.kind == '{' && p.forbidsKeys() }, func(p *part) {
		extra := &part{outer: p, isKey: true, key: d.oneOf("unknown", "remark", "confidence_level", "x y z"), kind: '"', text: "a remark"}
		switch d.oneOf("value", "string", "number", "list", "object") {
		case "number":
			extra.kind, extra.text = '0', "0.9"
		case "list":
			extra.kind, extra.parts = '[', []*part{{outer: extra, kind: '"', text: "b"}, {outer: extra, kind: 'n', text: "null"}}
		case "object":
			extra.kind, extra.parts = '{', []*part{{outer: extra, isKey: true, key: "c", kind: '0', text: "1"}}
		}
		p.parts = slices.Insert(p.parts, rapid.IntRange(0, len(p.parts)).Draw(d.t, "at"), extra)
	})
}

// forbidsKeys reports whether no object that may be meant has keys that the schema does not name.
func (p *part) forbidsKeys() bool {
	return p.isKnown() && !slices.ContainsFunc(p.may, func(s map[string]any) bool {
		return takes(s, "object") && (listed(s) || s["additionalProperties"] != false)
	})
}

// keysInAnotherCase respells keys. Left out are places where an object may have other keys: there it would be one of them.
func keysInAnotherCase(d *draft) bool {
	spellings := func(key string) []string {
		words := strings.FieldsFunc(key, func(r rune) bool { return r == '_' || r == ' ' })
		camel := ""
		for _, w := range words {
			camel += strings.ToUpper(w[:1]) + strings.ToLower(w[1:])
		}
		if key == "é" {
			return []string{"É"}
		}
		all := []string{strings.ToUpper(key), strings.ToLower(key), camel, strings.ToLower(camel[:1]) + camel[1:], strings.Join(words, "-"), strings.Join(words, "_"), strings.Join(words, " ")}
		return slices.DeleteFunc(all, func(s string) bool { return s == key })
	}
	return d.each(func(p *part) bool { return p.isKey && p.isKnown() && p.outer.forbidsKeys() && !p.respelled }, func(p *part) {
		p.key = d.oneOf("spelling", spellings(p.key)...)
	})
}

// enumInAnotherCase respells values of an enum. Left out are places where another string may be meant.
func enumInAnotherCase(d *draft) bool {
	return d.each(func(p *part) bool { return p.kind == '"' && p.isKnown() && !p.takesText() }, func(p *part) {
		words := strings.Split(p.text, "_")
		for i, w := range words {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
		p.text, p.respelled = d.oneOf("spelling", strings.ToUpper(p.text), strings.Join(words, " "), strings.Join(words, "")), true
	})
}

func pythonLiterals(d *draft) bool {
	return d.each(func(p *part) bool { return (p.kind == 't' || p.kind == 'n') && p.outer != nil }, func(p *part) {
		p.text = map[string]string{"true": "True", "false": "False", "null": "None"}[p.text]
	})
}

// isNumber reports whether a number is meant, in an array or object. Left out are places where a string may be meant, or
// anything.
func (p *part) isNumber() bool {
	return p.kind == '0' && p.outer != nil && p.isKnown() && !p.takes("string") && !p.respelled
}

// isCount reports whether p is an integer that is not negative.
func (p *part) isCount() bool { return p.isNumber() && countPattern.MatchString(p.text) }

var countPattern = regexp.MustCompile(`^(0|[1-9]\d*)$`)

func underscores(d *draft) bool {
	return d.each(func(p *part) bool { return p.isCount() && len(p.text) > 3 }, func(p *part) {
		p.text, p.respelled = inGroups(p.text, "_"), true
	})
}

func inGroups(digits, by string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + by + digits[i:]
	}
	return digits
}

func hexadecimal(d *draft) bool {
	return d.each((*part).isCount, func(p *part) {
		n, _ := new(big.Int).SetString(p.text, 10)
		p.text, p.respelled = fmt.Sprintf(d.oneOf("hex", "0x%x", "0x%X"), n), true
	})
}

func numericStrings(d *draft) bool {
	return d.each(func(p *part) bool {
		if known["M13"] && p.takes("boolean") && (p.text == "0" || p.text == "1") {
			return false
		}
		return p.isNumber()
	}, func(p *part) { p.kind, p.respelled = '"', true })
}

func thousandsInStrings(d *draft) bool {
	return d.each(func(p *part) bool { return p.isCount() && len(p.text) > 3 }, func(p *part) {
		p.kind, p.text, p.respelled = '"', inGroups(p.text, ","), true
	})
}

// unquotedKeys writes keys without quotes that are names in a programming language.
func unquotedKeys(d *draft) bool {
	return d.each(func(p *part) bool {
		return p.isKey && p.writeKey == nil && namePattern.MatchString(p.key)
	}, func(p *part) {
		p.writeKey = func(key string) string { return key }
	})
}

var namePattern = regexp.MustCompile(`^[\pL_][\pL\d_]*$`)

// unquotedValues writes strings without quotes that are words without punctuation, and not a literal. Left out are places
// where anything but a string may be meant.
func unquotedValues(d *draft) bool {
	return d.each(func(p *part) bool {
		return p.bareString() && p.outer != nil && p.isKnown() && wordsPattern.MatchString(p.text) && !slices.Contains(literals, strings.ToLower(p.text)) &&
			!(known["M2"] && p.behindString()) &&
			!p.takes("number") && !p.takes("boolean") && !p.takes("array") && !p.takes("object")
	}, func(p *part) {
		p.write, p.bare = func(text string) string { return text }, true
	})
}

var (
	wordsPattern = regexp.MustCompile(`^\pL+( \pL+)*$`)
	literals     = []string{"true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off", "y", "n", "t", "f", "nan", "inf", "infinity"}
)

// bareString reports whether p is a string of which nothing has been said how to write it.
func (p *part) bareString() bool { return p.kind == '"' && p.write == nil }

// rawLineBreaks leaves line breaks and tabs as they are. Left out are strings with backslashes, only because they make it
// hard to write.
func rawLineBreaks(d *draft) bool {
	return d.each(func(p *part) bool {
		return p.bareString() && strings.ContainsAny(p.text, "\n\t") && !strings.Contains(p.text, `\`)
	}, func(p *part) {
		p.write = func(text string) string { return strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(jsonString(text)) }
	})
}

// unescapedQuotes does not escape double quotes that stand amid letters, or around words.
func unescapedQuotes(d *draft) bool {
	return d.each(func(p *part) bool {
		return p.bareString() && strings.Contains(p.text, `"`) && !strings.Contains(p.text, `\`) && !strings.Contains(amidLetters.ReplaceAllString(p.text, "$1$3"), `"`)
	}, func(p *part) {
		p.write = func(text string) string { return strings.ReplaceAll(jsonString(text), `\"`, `"`) }
	})
}

var amidLetters = regexp.MustCompile(`(\pL ?)(")(\pL)|(\pL)(")( \pL)`)

// inQuotes writes keys and strings in other quotes. Left out are those that hold one of the characters of not.
func inQuotes(d *draft, not string, keys bool, write func(text string) string) bool {
	plain := func(text string) bool {
		return text != "" && !strings.ContainsAny(text, not) && !strings.ContainsFunc(text, unicode.IsControl)
	}
	values := d.each(func(p *part) bool { return p.bareString() && plain(p.text) && p.outer != nil }, func(p *part) { p.write = write })
	return keys && d.each(func(p *part) bool { return p.isKey && p.writeKey == nil && plain(p.key) }, func(p *part) { p.writeKey = write }) || values
}

func singleQuotes(d *draft) bool {
	return inQuotes(d, "", true, func(text string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
	})
}

func backTicks(d *draft) bool {
	return inQuotes(d, "`\\", true, func(text string) string {
		return "`" + text + "`"
	})
}

// tripleQuotes writes values without quotes in them.
func tripleQuotes(d *draft) bool {
	q := d.oneOf("triple", `"""`, `'''`)
	return inQuotes(d, "\"'`\\", false, func(text string) string { return q + text + q })
}

func curlyQuotes(d *draft) bool {
	q := []rune(d.oneOf("curly", "“”", "„“", "‘’"))
	return inQuotes(d, "\"'“”„‘’\\", true, func(text string) string { return string(q[0]) + text + string(q[1]) })
}

func trailingCommas(d *draft) bool {
	return d.each(func(p *part) bool { return len(p.parts) > 0 }, func(p *part) { p.trailing = true })
}

func missingCommas(d *draft) bool {
	return d.each(func(p *part) bool {
		return len(p.parts) > 1
	}, func(p *part) { p.noCommas = true })
}

// comments puts comments before and behind values, and before closing brackets.
func comments(d *draft) bool {
	block := func() string {
		return " /* " + d.oneOf("block", "note", "the user's own", `see "name": {1}, [2]`, "two\nlines") + " */ "
	}
	line := func() string {
		return d.oneOf("sign", " // ", " # ") + d.oneOf("line", "note", "the user's own", `see "name": {1}, [2]`, "a, b, and c", "") + "\n"
	}
	any := func() string {
		if d.oneOf("kind", "line", "block") == "line" {
			return line()
		}
		return block()
	}
	return d.each(func(p *part) bool { return p.outer != nil || p.isContainer() }, func(p *part) {
		switch place := d.oneOf("place", "before", "behind", "behind the comma", "at the end"); {
		case p.isContainer() && (p.outer == nil || place == "at the end"):
			p.atEnd = any()
		case place == "behind":
			p.follow = block()
		case place == "behind the comma" && !(known["M17"] && p.isBare()):
			p.trail = any()
		case known["M17"] && p.behindBare():
			p.follow = block()
		default:
			p.lead = any()
		}
	})
}

// rootIsText reports whether any text is an answer.
func (d *draft) rootIsText() bool { return d.root.takesText() }

// valueIsText reports whether the text of an answer stands under the key value: what is no attempt at that is the text.
func (d *draft) valueIsText() bool {
	return slices.ContainsFunc(d.root.may, func(s map[string]any) bool {
		properties, _ := s["properties"].(map[string]any)
		value, ok := properties["value"]
		return ok && len(properties) == 1 && (&part{may: d.expand(value)}).takesText()
	})
}

// wrapper puts an answer under a key. Left out are schemas by which that would be an answer itself: of objects that may
// have other keys, or that require none, lists of them, and {"value": …} around them.
func wrapper(d *draft) bool {
	if !d.root.isContainer() || d.valueIsText() || !d.refusesWrapper(d.root) {
		return false
	}
	inner := d.root
	inner.isKey, inner.key = true, d.oneOf("wrapper", "result", "answer", "Output", "the_response")
	d.root = &part{kind: '{', parts: []*part{inner}}
	inner.outer = d.root
	return true
}

func (d *draft) refusesWrapper(p *part) bool {
	within := append(d.items(p.may), d.member(p.may, "value")...)
	return p.closed() && (len(within) == 0 || d.refusesWrapper(&part{may: within}))
}

// jsonInString writes an object or array as a string. Left out are places where a string may be meant.
func jsonInString(d *draft) bool {
	all := slices.DeleteFunc(d.root.all(), func(p *part) bool {
		if d.listsText(p) && slices.ContainsFunc(p.all(), (*part).isBare) {
			return true // [a] may be the item, too
		}
		if known["M9"] && (p.kind == '{' || p.outer == nil && len(p.may) == 0) && d.listsText(p) {
			return true
		}
		return !p.isContainer() || p.takes("string") || p.outer != nil && !p.isKnown() || p.outer == nil && d.valueIsText()
	})
	if len(all) == 0 {
		return false
	}
	rapid.SampledFrom(all).Draw(d.t, "in a string").nested = true
	return true
}

// listsText reports whether a list of strings may be meant at p, or within it if p is a wrapper.
func (d *draft) listsText(p *part) bool {
	may := p.may
	if len(may) == 0 && len(p.parts) == 1 {
		may = p.parts[0].may
	}
	return (&part{may: d.items(may)}).takesText()
}

// truncated leaves closing brackets at the end out. A bracket alone is left out, as it says nothing.
func truncated(d *draft) bool {
	if len(d.root.parts) == 0 {
		return false
	}
	for p := d.root; p.isContainer() && !p.nested; p = p.parts[len(p.parts)-1] {
		p.unclosed = true
		if len(p.parts) == 0 || rapid.Bool().Draw(d.t, "enough") {
			break
		}
	}
	return d.root.unclosed
}

func (d *draft) place(before, after string) {
	d.places = append(d.places, func(text string) string { return before + text + after })
}

// inFence puts an answer in a fence of markdown.
func inFence(d *draft) bool {
	if known["M16"] && d.root.nested || known["M18"] && d.endsInComma() {
		return false
	}
	d.place(d.oneOf("before", "", "Here you are:\n\n")+d.oneOf("fence", "```json\n", "```\n", "```JSON\n"), d.oneOf("after", "\n```", "\n```\n\nAnything else?"))
	return true
}

// endsInComma reports whether the last thing that is there of an answer is a comma.
func (d *draft) endsInComma() bool {
	p := d.root
	for p.unclosed && len(p.parts) > 0 && p.parts[len(p.parts)-1].unclosed {
		p = p.parts[len(p.parts)-1]
	}
	return p.unclosed && p.trailing
}

// inProse puts an array or object amid prose, on lines of its own if it is an array: an array in a line may be a reference.
// Nothing comes after an answer that is not closed.
func inProse(d *draft) bool {
	if !d.root.isContainer() || d.root.nested || len(d.places) > 0 || d.hasBareItems() {
		return false
	}
	before, after := d.oneOf("before", "Here is the answer:\n", "Sure, that's easy!\n\n"), d.oneOf("after", "", "\nLet me know if that helps.", "\n\nIt's (nearly) done: a, b and c.")
	if d.root.kind == '{' && len(d.root.parts) > 0 && d.oneOf("prose", "lines", "inline") == "inline" {
		before, after = "The answer is ", ", I think."
	}
	if d.root.unclosed {
		after = ""
	}
	d.place(before, after)
	return true
}

// isBare reports whether p is written without quotes, and not as a literal of JSON or Python.
func (p *part) isBare() bool { return p.bare || p.respelled && p.kind == '0' }

// hasBareItems reports whether the answer is a list with items that are neither JSON nor in quotes.
func (d *draft) hasBareItems() bool {
	return known["M14"] && d.root.kind == '[' && slices.ContainsFunc(d.root.parts, (*part).isBare)
}

// afterThoughts puts thoughts before an array or object.
func afterThoughts(d *draft) bool {
	if !d.root.isContainer() || d.root.nested || d.hasBareItems() {
		return false
	}
	thoughts := d.oneOf("thoughts", "What do they want?", `Maybe {"x": 1} or [2], it's hard`, "```json\n{}\n```\nno")
	tags := strings.Split(d.oneOf("tags", "<think>|</think>", "<thinking>\n|\n</thinking>", "|</think>"), "|")
	d.place(tags[0]+thoughts+tags[1]+"\n", "")
	return true
}

// drawDraft draws a draft to which one of the manners at least has been applied, and the names of those that have. It is
// nil when there is none among several.
func drawDraft(t *rapid.T, of []manner) (d *draft, schema, plain string, applied []manner) {
	for range 20 {
		schema = schematest.Schema().Draw(t, "schema")
		plain = schematest.Fitting(schema).Draw(t, "value")
		d = newDraft(t, schema, plain)
		if d.rootIsText() {
			continue // any text is an answer as it is, and the draft is one
		}
		if known["M11"] && slices.ContainsFunc(d.root.all(), (*part).losesKeys) {
			continue
		}
		applied = nil
		for _, m := range of {
			if m.apply(d) {
				applied = append(applied, m)
			}
		}
		if len(applied) > 0 {
			return d, schema, plain, applied
		}
	}
	return nil, "", "", nil
}

// checkDraft reads what a draft writes: it has to be the value again, by the repairs that the manners take, and a stream
// has to say the same.
func checkDraft(t *rapid.T, of []manner) bool {
	d, schema, plain, applied := drawDraft(t, of)
	if d == nil {
		return false
	}
	text := d.String()
	var names []string
	var kinds []output.RepairKind
	for _, m := range applied {
		names = append(names, m.name)
		kinds = append(kinds, m.kinds...)
	}
	about := func() string {
		return fmt.Sprintf("%s\nschema %s\ntext   %q\nwanted %s", strings.Join(names, ", "), schema, text, plain)
	}
	p := compileIn(t, schema)
	got, err := p.Parse(text)
	if err != nil {
		t.Fatalf("%s\n%v", about(), err)
	}
	oracle, err := rawschema.Compile(schema)
	require.NoError(t, err)
	if !same(decode(t, plain), decode(t, string(got.JSON))) {
		t.Fatalf("%s\ngot    %s\n%v", about(), got.JSON, got.Repairs)
	}
	if err := oracle.Validate(got.JSON); err != nil {
		t.Fatalf("%s\n%v", about(), err)
	}
	if len(got.Repairs) == 0 {
		t.Fatalf("%s\nno repair", about())
	}
	for _, r := range got.Repairs {
		if !slices.Contains(kinds, r.Kind) {
			t.Fatalf("%s\n%v is none of %v", about(), got.Repairs, kinds)
		}
	}
	parts := cut(text, rapid.Uint64().Draw(t, "seed"))
	checkStream(t, p, parts)
	checkPartials(t, p, relax(t, schema), parts)
	return true
}

func init() {
	for _, k := range strings.Fields(os.Getenv("UNKNOWN")) {
		delete(known, k)
	}
}

func TestManners(t *testing.T) {
	for _, m := range manners {
		t.Run(m.name, func(t *testing.T) {
			checked := 0
			rapid.Check(t, func(t *rapid.T) {
				if checkDraft(t, []manner{m}) {
					checked++
				}
			})
			if checked < 10 {
				t.Errorf("only %d drafts: that shows nothing", checked)
			}
		})
	}
}

// Several manners at once.
func TestSeveralManners(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SliceOfNDistinct(rapid.IntRange(0, len(manners)-1), 2, 5, rapid.ID[int]).Draw(t, "manners")
		slices.Sort(of)
		var all []manner
		for _, i := range of {
			all = append(all, manners[i])
		}
		checkDraft(t, all)
	})
}
