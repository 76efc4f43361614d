package offline_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/alloygen/alloygen/internal/schematest"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/output/rawschema"
	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/offline"
)

func model(t require.TestingT) provider.Provider {
	name, _, err := provider.Resolve("offline")
	require.NoError(t, err)
	registration, ok := provider.Lookup(name)
	require.True(t, ok)
	p, err := registration.New(provider.Config{})
	require.NoError(t, err)
	return p
}

func user(text string) provider.Message {
	return provider.Message{Role: provider.User, Parts: []provider.Part{{Text: text}}}
}

// ask returns what the model answers to a prompt, for a schema.
func ask(t require.TestingT, prompt, schema string) string {
	req := &provider.Request{Model: "offline", Messages: []provider.Message{user(prompt)}, Output: &provider.Schema{JSON: schema}}
	resp, err := model(t).Do(context.Background(), req, nil)
	require.NoError(t, err, schema)
	require.Equal(t, provider.FinishStop, resp.Finish)
	return resp.Text()
}

// TestAnswersFit asks for random schemas: each answer has to fit as it is, by our own parser and by jsonschema.
func TestAnswersFit(t *testing.T) { // F151
	rapid.Check(t, func(t *rapid.T) {
		schema := schematest.Schema().Draw(t, "schema")
		prompt := rapid.StringN(0, 20, -1).Draw(t, "prompt")
		fits(t, schema, ask(t, prompt, schema))
	})
}

func fits(t require.TestingT, schema, answer string) {
	require.True(t, json.Valid([]byte(answer)), answer)
	oracle, err := rawschema.Compile(schema)
	require.NoError(t, err)
	require.NoError(t, oracle.Validate([]byte(answer)), "%s for %s", answer, schema)
	parser, err := output.Compile([]byte(schema))
	require.NoError(t, err)
	result, err := parser.Parse(answer)
	require.NoError(t, err, "%s for %s", answer, schema)
	require.Empty(t, result.Repairs, "%s for %s", answer, schema)
}

func TestAnswersFitEachKeyword(t *testing.T) { // F151
	for _, schema := range []string{
		`true`,
		`{"type":"integer","minimum":-128,"maximum":127}`,
		`{"type":"integer","minimum":0,"maximum":18446744073709551615}`,
		`{"type":"integer","minimum":9007199254740993}`,
		`{"type":"integer","exclusiveMaximum":-5}`,
		`{"type":"integer","multipleOf":2.5,"minimum":1}`,
		`{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.001}`,
		`{"type":"number","minimum":0.1234567890123456789,"maximum":0.1234567890123456789}`,
		`{"type":"number","maximum":-1e6}`,
		`{"type":"number","multipleOf":0.01,"minimum":0,"maximum":1}`,
		`{"type":"string","minLength":300,"maxLength":301}`,
		`{"type":"string","maxLength":0}`,
		`{"type":"string","pattern":"^[A-Z]{3}-\\d{4}(-[a-f0-9]+)?$","maxLength":9}`,
		`{"type":"string","pattern":"^\\w+$","minLength":40}`,
		`{"type":"string","pattern":"\\bword\\b"}`,
		`{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$"}`,
		`{"type":"string","format":"email","maxLength":16}`,
		`{"type":"string","format":"uri","minLength":30}`,
		`{"type":"string","format":"unknown"}`,
		`{"type":"string","pattern":"^[A-Z]","minLength":5,"maxLength":10}`,
		`{"type":"string","pattern":"[0-9]$","minLength":5,"maxLength":10}`,
		`{"type":"string","contentEncoding":"base64","minLength":9,"maxLength":24}`,
		`{"type":"string","pattern":"^[a-z]+","allOf":[{"pattern":"[0-9]$"},{"pattern":"^[a-z0-9]{3,}$"}]}`,
		`{"type":"array","items":{"type":"boolean"},"minItems":2,"uniqueItems":true}`,
		`{"type":"array","items":{"enum":["a","b","c"]},"minItems":3,"uniqueItems":true}`,
		`{"type":"array","items":{"type":"string","maxLength":1},"minItems":5,"uniqueItems":true}`,
		`{"type":"array","items":{"type":"integer","minimum":1,"maximum":4},"minItems":4,"uniqueItems":true}`,
		`{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false,"minItems":2}`,
		`{"type":"array","maxItems":0,"items":{"type":"string"}}`,
		`{"type":"object","additionalProperties":{"type":"integer"},"propertyNames":{"enum":["red","green","blue"]},"minProperties":3}`,
		`{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":0}`,
		`{"type":"object","properties":{"a":{"type":"string"}},"required":["a","b"]}`,
		`{"allOf":[{"type":"integer"},{"minimum":3},{"maximum":3}]}`,
		`{"$ref":"#/$defs/A","maximum":2,"$defs":{"A":{"type":"integer","minimum":2}}}`,
		`{"type":["null","object"],"properties":{"a":{"const":1}},"required":["a"],"additionalProperties":false}`,
		`{"anyOf":[{"required":["a"]},{"required":["b"]}],"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`,
		`{"oneOf":[{"type":"object","properties":{"type":{"const":"a"}},"required":["type"]},{"type":"object","properties":{"type":{"const":"b"}},"required":["type"]}]}`,
	} {
		for _, prompt := range []string{"one", "two", "three", "four"} {
			fits(t, schema, ask(t, prompt, schema))
		}
	}
}

func TestRecursionEnds(t *testing.T) {
	for _, schema := range []string{
		`{"$ref":"#/$defs/Tree","$defs":{"Tree":{"type":"object","properties":{"left":{"anyOf":[{"$ref":"#/$defs/Tree"},{"type":"null"}]},"right":{"anyOf":[{"$ref":"#/$defs/Tree"},{"type":"null"}]},"children":{"type":"array","items":{"$ref":"#/$defs/Tree"}}},"required":["left","right","children"],"additionalProperties":false}}}`,
		`{"$ref":"#/$defs/Expr","$defs":{"Expr":{"anyOf":[{"type":"object","properties":{"op":{"const":"add"},"args":{"type":"array","items":{"$ref":"#/$defs/Expr"},"minItems":2}},"required":["op","args"],"additionalProperties":false},{"type":"object","properties":{"op":{"const":"neg"},"arg":{"$ref":"#/$defs/Expr"}},"required":["op","arg"],"additionalProperties":false},{"type":"integer"}]}}}`,
		`{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}`,
	} {
		for _, prompt := range []string{"a", "b", "c", "d", "e"} {
			answer := ask(t, prompt, schema)
			require.Less(t, len(answer), 10_000)
			fits(t, schema, answer)
		}
	}
}

func TestSchemasThatNothingFits(t *testing.T) {
	for schema, message := range map[string]string{
		`false`: "no value fits",
		`{`:     "unexpected end of JSON input",
		`{"type":"integer","minimum":2,"maximum":1}`: "no number is in the range",
		`{"enum":[]}`: "the enum has no value",
		`{"type":"string","minLength":2,"maxLength":1}`:                               "at least 2 and at most 1 characters",
		`{"type":"string","pattern":"^a$","minLength":2}`:                             "found no string",
		`{"type":"string","pattern":"(?=a)"}`:                                         "the pattern",
		`{"type":"array","items":{"type":"boolean"},"minItems":3,"uniqueItems":true}`: "found only 2 different items of 3",
		`{"type":"array","items":{"type":"string"},"minItems":1000000000}`:            "too large",
		`{"$ref":"#/$defs/A"}`:                                                        "points to nothing",
		`{"$ref":"https://example.com"}`:                                              "leaves the schema",
		`{"$ref":"#"}`:                                                                "no value fits",
		`{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}`:    "nests too deep",
	} {
		req := &provider.Request{Model: "offline", Messages: []provider.Message{user("hi")}, Output: &provider.Schema{JSON: schema}}
		_, err := model(t).Do(context.Background(), req, nil)
		failure, ok := errors.AsType[*provider.Error](err)
		require.True(t, ok, schema)
		require.Equal(t, provider.Invalid, failure.Class)
		require.Contains(t, failure.Message, message, schema)
	}
}

const ticket = `{"type":"object","properties":{"summary":{"type":"string"},"priority":{"type":"string","enum":["low","normal","urgent"]},"score":{"type":"number","minimum":0,"maximum":1},"order_ids":{"type":"array","items":{"type":"string"},"minItems":1}},"required":["summary","priority","score","order_ids"],"additionalProperties":false}`

func TestStringsNameTheirField(t *testing.T) {
	var got struct {
		Summary  string
		OrderIDs []string `json:"order_ids"`
	}
	require.NoError(t, json.Unmarshal([]byte(ask(t, "Where is my order?", ticket)), &got))
	require.Contains(t, got.Summary, "summary")
	require.Contains(t, got.OrderIDs[0], "order id")
}

func TestSameConversationSameAnswer(t *testing.T) { // F151
	answers := map[string]bool{}
	for _, prompt := range []string{"a", "b", "c", "d", "e", "f"} {
		first := ask(t, prompt, ticket)
		require.Equal(t, first, ask(t, prompt, ticket))
		answers[first] = true
	}
	require.Greater(t, len(answers), 1)
}

func TestText(t *testing.T) {
	for prompt, want := range map[string]string{
		"Why is the sky blue?": ": Why is the sky blue?",
		"Triage this:\n" + strings.Repeat("où est ma commande ? ", 20): ": Triage this: où est ma commande ? où est ma commande ? où es…",
		" ": ": no text",
	} {
		req := &provider.Request{Model: "offline", Messages: []provider.Message{user(prompt)}}
		resp, err := model(t).Do(context.Background(), req, nil)
		require.NoError(t, err)
		require.True(t, strings.HasSuffix(resp.Text(), want), resp.Text())
	}
}

func TestEachToolIsCalledOnce(t *testing.T) {
	req := &provider.Request{
		Model:    "offline",
		Messages: []provider.Message{user("Where is order 4392?")},
		Tools: []provider.Tool{
			{Name: "lookup_order", Input: &provider.Schema{JSON: `{"type":"object","properties":{"orderID":{"type":"string","pattern":"^[0-9]{4}$"}},"required":["orderID"],"additionalProperties":false}`}},
			{Name: "now", Input: &provider.Schema{JSON: `{"type":"object","properties":{},"additionalProperties":false}`}},
		},
		Output: &provider.Schema{JSON: ticket},
	}
	resp, err := model(t).Do(context.Background(), req, nil)
	require.NoError(t, err)
	require.Equal(t, provider.FinishToolCalls, resp.Finish)
	calls := resp.ToolCalls()
	require.Len(t, calls, 2)
	require.NotEqual(t, calls[0].ID, calls[1].ID)
	for i, c := range calls {
		require.Equal(t, req.Tools[i].Name, c.Name)
		require.NotEmpty(t, c.ID)
		fits(t, req.Tools[i].Input.JSON, c.Arguments)
	}

	results := provider.Message{Role: provider.User}
	for _, c := range calls {
		results.Parts = append(results.Parts, provider.Part{ToolResult: &provider.ToolResult{CallID: c.ID, Name: c.Name, Content: "failed", IsError: true}})
	}
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: resp.Parts}, results)
	resp, err = model(t).Do(context.Background(), req, nil)
	require.NoError(t, err)
	require.Empty(t, resp.ToolCalls())
	fits(t, ticket, resp.Text())
}

func TestDeltasAddUpToTheAnswer(t *testing.T) { // F130
	req := &provider.Request{Model: "offline", Messages: []provider.Message{user("Why is the sky blue?")}}
	var text strings.Builder
	n := 0
	resp, err := model(t).Do(context.Background(), req, func(d provider.Delta) error {
		n++
		text.WriteString(d.Text)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, n, 3)
	require.Equal(t, resp.Text(), text.String())

	stop := errors.New("stop")
	_, err = model(t).Do(context.Background(), req, func(provider.Delta) error { return stop })
	require.Same(t, stop, err)
}

func TestContextIsHonoured(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	req := &provider.Request{Model: "offline", Messages: []provider.Message{user("Why is the sky blue?")}}
	cause := errors.New("the reader left")
	n := 0
	_, err := model(t).Do(ctx, req, func(provider.Delta) error { n++; cancel(cause); return nil })
	require.ErrorIs(t, err, cause)
	require.Equal(t, 1, n)
	_, err = model(t).Do(ctx, req, nil)
	failure, ok := errors.AsType[*provider.Error](err)
	require.True(t, ok)
	require.Equal(t, provider.Canceled, failure.Class)
}

// F153: everything is taken, and counts as part of the conversation.
func TestEveryPartIsTaken(t *testing.T) {
	registration, _ := provider.Lookup("offline")
	require.Equal(t, provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true, Images: true, Documents: true, Audio: true, Stream: true, Temperature: true}, registration.Capabilities("offline"))
	ids := map[string]bool{}
	for _, part := range []provider.Part{
		{Image: &provider.Image{URL: "https://example.com/a.png"}},
		{Document: &provider.Document{Data: []byte("%PDF-1")}},
		{Document: &provider.Document{Data: []byte("%PDF-2")}},
		{Audio: &provider.Audio{MediaType: "audio/wav", Data: []byte("RIFF")}},
	} {
		m := user("What is this?")
		m.Parts = append(m.Parts, part)
		resp, err := model(t).Do(context.Background(), &provider.Request{Model: "offline", Messages: []provider.Message{m}, Output: &provider.Schema{JSON: ticket}}, nil)
		require.NoError(t, err)
		fits(t, ticket, resp.Text())
		ids[resp.RequestID] = true
	}
	require.Len(t, ids, 4)
}

func TestUsageIsEstimated(t *testing.T) {
	req := &provider.Request{Model: "offline", System: "1234", Messages: []provider.Message{user("12345678")}}
	resp, err := model(t).Do(context.Background(), req, nil)
	require.NoError(t, err)
	require.Equal(t, 3, resp.Usage.InputTokens)
	require.Equal(t, (len(resp.Text())+3)/4, resp.Usage.OutputTokens)
}
