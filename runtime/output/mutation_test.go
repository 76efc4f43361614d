package output_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/schematest"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
)

// Strict JSON that fits comes back as it is, without a repair, however it is laid out.
func TestStrictRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema := schematest.Schema().Draw(t, "schema")
		text := schematest.Fitting(schema).Draw(t, "value")
		oracle, err := rawschema.Compile(schema)
		require.NoError(t, err)
		if oracle.Validate([]byte(text)) != nil {
			t.Skip("not every drawn value fits")
		}
		p := compileIn(t, schema)
		got, err := p.Parse(text)
		require.NoError(t, err, "%s for %s", text, schema)
		require.Equal(t, text, string(got.JSON))
		require.Empty(t, got.Repairs)
	})
}

func compileIn(t require.TestingT, schema string) *output.Parser {
	p, err := output.Compile([]byte(schema))
	require.NoError(t, err, schema)
	return p
}

const orderSchema = `{
	"type": "object",
	"properties": {
		"user_name": {"type": "string"}, "note": {"type": ["string", "null"]}, "priority": {"enum": ["low", "very_high"]},
		"count": {"type": "integer"}, "price": {"type": "number"}, "paid": {"type": "boolean"},
		"tags": {"type": "array", "items": {"type": "string"}},
		"lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}}, "required": ["sku", "n"], "additionalProperties": false}}
	},
	"required": ["user_name", "note", "priority", "count", "price", "paid", "tags", "lines"],
	"additionalProperties": false
}`

type order struct {
	UserName string   `json:"user_name"`
	Note     *string  `json:"note"`
	Priority string   `json:"priority"`
	Count    int      `json:"count"`
	Price    float64  `json:"price"`
	Paid     bool     `json:"paid"`
	Tags     []string `json:"tags"`
	Lines    []line   `json:"lines"`
}

type line struct {
	SKU string `json:"sku"`
	N   int    `json:"n"`
}

func drawOrder(t *rapid.T) order {
	words := rapid.StringMatching(`[a-zé]{2,8}( [a-z]{2,8}){0,3}`)
	o := order{
		UserName: words.Draw(t, "name"), Priority: rapid.SampledFrom([]string{"low", "very_high"}).Draw(t, "priority"),
		Count: rapid.IntRange(0, 99999).Draw(t, "count"), Price: float64(rapid.IntRange(1, 9999).Draw(t, "price")) / 4, Paid: rapid.Bool().Draw(t, "paid"),
		Tags: rapid.SliceOfN(words, 0, 4).Draw(t, "tags"), Lines: []line{},
	}
	if rapid.Bool().Draw(t, "noted") {
		note := words.Draw(t, "note")
		o.Note = &note
	}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		o.Lines = append(o.Lines, line{words.Draw(t, "sku"), rapid.IntRange(0, 9).Draw(t, "n")})
	}
	return o
}

// mutation is one way in which a model breaks JSON, and the repairs that it takes. The words of an order have no
// punctuation, so that a reader can tell what is meant without quotes; none of them is a literal.
type mutation struct {
	name  string
	apply func(text string) string // text is indented JSON
	kinds []output.RepairKind
}

var mutations = []mutation{
	{"trailing commas", replacer("\n}", ",\n}", "\n  ]", ",\n  ]"), kindsOf(output.RepairComma)},
	{"missing commas between lines", replacer(",\n", "\n"), kindsOf(output.RepairComma)},
	{"comments", replacer(",\n", ", // so\n", "{\n", "{ /* an\n order */\n", "[\n", "[ # list\n"), kindsOf(output.RepairComment)},
	{"single quotes", replacer(`"`, `'`), kindsOf(output.RepairQuotes)},
	{"back-ticks around values", func(s string) string { return eachValue(s, "`", "`") }, kindsOf(output.RepairQuotes)},
	{"triple quotes around values", func(s string) string { return eachValue(s, `"""`, `"""`) }, kindsOf(output.RepairQuotes)},
	{"curly quotes", func(s string) string { return curly(s) }, kindsOf(output.RepairQuotes)},
	{"unquoted keys", func(s string) string { return eachKey(s, "", "") }, kindsOf(output.RepairQuotes)},
	{"unquoted keys and values", replacer(`"`, ""), kindsOf(output.RepairQuotes)},
	{"Python literals", replacer("true", "True", "false", "False", "null", "None"), kindsOf(output.RepairLiteral)},
	{"a fence", func(s string) string { return "```json\n" + s + "\n```" }, kindsOf(output.RepairFence)},
	{"prose", func(s string) string { return "Here is the order (as asked):\n" + s + "\nDone." }, kindsOf(output.RepairProse)},
	{"thoughts", func(s string) string { return "<think>Maybe {\"count\": 1}?</think>\n" + s }, kindsOf(output.RepairProse)},
	{"no closing bracket", func(s string) string { return strings.TrimSuffix(s, "\n}") }, kindsOf(output.RepairTruncated, output.RepairCut)},
	{"in a string", func(s string) string { return strconv.Quote(s) }, kindsOf(output.RepairNested)},
	{"camel case", replacer("user_name", "userName"), kindsOf(output.RepairKey)},
	{"kebab case", replacer("user_name", "User-Name"), kindsOf(output.RepairKey)},
	{"enum in another case", replacer("very_high", "Very High", `"low"`, `"LOW"`), kindsOf(output.RepairCoerced)},
	{"wrapper", func(s string) string { return `{"order": ` + s + "}" }, kindsOf(output.RepairUnwrapped)},
	{"unknown key", replacer(`"user_name"`, `"id": [1, {}], "user_name"`), kindsOf(output.RepairUnknown)},
	{"equal key", replacer(`"user_name"`, `"count": 0, "user_name"`), kindsOf(output.RepairDuplicate)},
	{"numbers in strings", func(s string) string { return eachNumber(s, func(n string) string { return `"` + n + `"` }) }, kindsOf(output.RepairCoerced)},
	{"thousands", func(s string) string { return eachNumber(s, thousands) }, kindsOf(output.RepairNumber)},
	{"underscores", func(s string) string {
		return eachNumber(s, func(n string) string { return strings.ReplaceAll(thousands(n), ",", "_") })
	}, kindsOf(output.RepairNumber)},
}

func kindsOf(kinds ...output.RepairKind) []output.RepairKind { return kinds }

func replacer(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }

// eachLine splits each line of indented JSON into what stands before its value, the value, and the comma.
func eachLine(text string, change func(before, value, after string) string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		value := strings.TrimSuffix(strings.TrimLeft(l, " "), ",")
		if _, rest, ok := strings.Cut(value, `": `); ok {
			value = rest
		}
		before, after, _ := strings.Cut(l, value)
		if value != "" && !strings.ContainsAny(value, "{}[]") {
			lines[i] = change(before, value, after)
		}
	}
	return strings.Join(lines, "\n")
}

func eachValue(text, open, end string) string {
	return eachLine(text, func(before, value, after string) string {
		if body, ok := strings.CutPrefix(value, `"`); ok {
			value = open + strings.TrimSuffix(body, `"`) + end
		}
		return before + value + after
	})
}

func eachKey(text, open, end string) string {
	return strings.Join(slices.Collect(func(yield func(string) bool) {
		for l := range strings.SplitSeq(text, "\n") {
			if key, rest, ok := strings.Cut(l, `": `); ok {
				l = strings.Replace(key, `"`, open, 1) + end + ": " + rest
			}
			if !yield(l) {
				return
			}
		}
	}), "\n")
}

func curly(text string) string { return eachKey(eachValue(text, "“", "”"), "“", "”") }

func eachNumber(text string, change func(string) string) string {
	return eachLine(text, func(before, value, after string) string {
		if value[0] >= '0' && value[0] <= '9' {
			value = change(value)
		}
		return before + value + after
	})
}

// thousands separates the thousands of a number.
func thousands(n string) string {
	whole, fraction, _ := strings.Cut(n, ".")
	if len(whole) > 3 {
		whole = whole[:len(whole)-3] + "," + whole[len(whole)-3:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}

func TestMutations(t *testing.T) {
	p := compile(t, orderSchema)
	oracle, err := rawschema.Compile(orderSchema)
	require.NoError(t, err)
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := drawOrder(t)
				plain, err := json.MarshalIndent(want, "", "  ")
				require.NoError(t, err)
				text := m.apply(string(plain))
				got, err := p.Parse(text)
				require.NoError(t, err, text)
				require.NoError(t, oracle.Validate(got.JSON))
				require.JSONEq(t, string(plain), string(got.JSON), text)
				if text != string(plain) {
					require.NotEmpty(t, got.Repairs, text)
				}
				for _, r := range got.Repairs {
					require.Contains(t, m.kinds, r.Kind, "%s\n%v", text, got.Repairs)
				}
				checkStream(t, p, cut(text, uint64(len(text))))
			})
		})
	}
}

// Two mutations at once, of those that do not touch the same characters.
func TestPairsOfMutations(t *testing.T) {
	p := compile(t, orderSchema)
	outer := mutations[10:15]
	rapid.Check(t, func(t *rapid.T) {
		want := drawOrder(t)
		plain, err := json.MarshalIndent(want, "", "  ")
		require.NoError(t, err)
		inner := rapid.SampledFrom(mutations[:10]).Draw(t, "inner")
		around := rapid.SampledFrom(outer[:3]).Draw(t, "around")
		text := around.apply(inner.apply(string(plain)))
		got, err := p.Parse(text)
		require.NoError(t, err, text)
		require.JSONEq(t, string(plain), string(got.JSON), text)
	})
}

var requiredKeyword = regexp.MustCompile(`"required": \[[^\]]*\],`)

// What Partial returns fits the schema, but for the keys that have not come.
func TestPartialsFit(t *testing.T) {
	p := compile(t, orderSchema)
	relaxed, err := rawschema.Compile(requiredKeyword.ReplaceAllString(orderSchema, ""))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		plain, err := json.MarshalIndent(drawOrder(t), "", "  ")
		require.NoError(t, err)
		text := rapid.SampledFrom(mutations).Draw(t, "mutation").apply(string(plain))
		s := p.Stream()
		for _, part := range cut(text, rapid.Uint64().Draw(t, "seed")) {
			s.Write(part)
			if b := s.Partial(); b != nil {
				require.NoError(t, relaxed.Validate(b), "%s of %s", b, text)
			}
		}
	})
}
