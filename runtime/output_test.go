package alloy_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// parse is what cmd makes of one answer.
type parse struct {
	answer string
	want   any    // the value; nil when it is rejected
	kind   string // why it is rejected
}

func check[T any](t *testing.T, cmd alloy.Command[T], cases []parse) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.answer, func(t *testing.T) {
			got, err := cmd.Parse(tc.answer)
			if tc.want == nil {
				require.Zero(t, got, "F53: nothing half filled comes with an error")
				require.EqualValues(t, tc.kind, failed(t, err).Kind, "%v", err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

// F35, F42, F44, F45: values that stand alone.
func TestPrimitiveAnswers(t *testing.T) {
	t.Run("float64", func(t *testing.T) {
		check(t, wrapped[float64](`{"type":"number"}`), []parse{
			{`{"value":3}`, 3.0, ""},
			{`{"value":"3.5"}`, 3.5, ""},
			{`3.14`, 3.14, ""},
			{` 3.14 `, 3.14, ""},
			{"```json\n{\"value\":1e3}\n```", 1000.0, ""},
			{`{"value":"NaN"}`, nil, "schema"},
			{`{"value":"Inf"}`, nil, "schema"},
			{`{"value":true}`, nil, "schema"},
			{`{"value":null}`, nil, "schema"},
			{`{}`, nil, "schema"},
			{``, nil, "empty"},
		})
	})
	t.Run("int", func(t *testing.T) {
		check(t, wrapped[int](`{"type":"integer"}`), []parse{
			{`{"value":3}`, 3, ""},
			{`{"value":3.0}`, 3, ""},
			{`{"value":"3"}`, 3, ""},
			{`3`, 3, ""},
			{`{"value":3.7}`, nil, "schema"},
			{`{"value":"3.7"}`, nil, "schema"},
			{`{"value":true}`, nil, "schema"},
			{`{"value":1e300}`, nil, "schema"},
			{`{"value":9007199254740993}`, 9007199254740993, ""},
		})
	})
	t.Run("int8", func(t *testing.T) {
		check(t, wrapped[int8](`{"type":"integer","minimum":-128,"maximum":127}`), []parse{
			{`{"value":127}`, int8(127), ""},
			{`{"value":300}`, nil, "schema"},
			{`{"value":-129}`, nil, "schema"},
		})
		check(t, wrapped[int8](`{"type":"integer"}`), []parse{{`{"value":300}`, nil, "schema"}})
	})
	t.Run("bool", func(t *testing.T) {
		var cases []parse
		for _, yes := range []string{"true", "TRUE", "1", "yes", "Y", "on", "t"} {
			cases = append(cases, parse{`{"value":"` + yes + `"}`, true, ""})
		}
		for _, no := range []string{"false", "False", "0", "NO", "n", "off", "f"} {
			cases = append(cases, parse{`{"value":"` + no + `"}`, false, ""})
		}
		check(t, wrapped[bool](`{"type":"boolean"}`), append(cases,
			parse{`{"value":1}`, true, ""}, parse{`{"value":0}`, false, ""}, parse{`true`, true, ""}, parse{`yes`, true, ""},
			parse{`{"value":"maybe"}`, nil, "schema"}, parse{`{"value":2}`, nil, "schema"},
		))
	})
	t.Run("enum", func(t *testing.T) {
		type level string
		check(t, wrapped[level](`{"type":"string","enum":["low","high"]}`), []parse{
			{`{"value":"low"}`, level("low"), ""},
			{`low`, level("low"), ""},
			{`{"value":"medium"}`, nil, "schema"},
		})
	})
}

// F43, F46, F47, F48, F50, F55
func TestStructuredAnswers(t *testing.T) {
	t.Run("F43 lists", func(t *testing.T) {
		check(t, wrapped[[]int](`{"type":"array","items":{"type":"integer"}}`), []parse{
			{`{"value":["1",2,3.0]}`, []int{1, 2, 3}, ""},
			{`[1,2]`, []int{1, 2}, ""},
			{`{"value":[]}`, []int{}, ""},
			{`{"value":[1,"x"]}`, nil, "schema"},
			{`5`, []int{5}, ""},
			{`"five"`, nil, "schema"},
		})
	})
	t.Run("F55 nested lists", func(t *testing.T) {
		check(t, wrapped[[][]int](`{"type":"array","items":{"type":"array","items":{"type":"integer"}}}`), []parse{
			{`{"value":[[1,"2"],[]]}`, [][]int{{1, 2}, {}}, ""},
			{`{"value":[1]}`, [][]int{{1}}, ""},
			{`{"value":[["x"]]}`, nil, "schema"},
		})
	})
	t.Run("F55 structs in a struct", func(t *testing.T) {
		check(t, typed[Basket](basketSchema), []parse{
			{`{"items":[{"name":"tea","n":"2"}]}`, Basket{[]Item{{"tea", 2}}}, ""},
			{`{"items":[],"junk":2}`, Basket{[]Item{}}, ""},
			{`{"items":[{"name":"tea"}]}`, nil, "schema"},
			{`{"items":null}`, nil, "schema"},
			{`{"items":[null]}`, nil, "schema"},
			{`{}`, nil, "schema"},
			{`[]`, nil, "schema"},
			{`"x"`, nil, "schema"},
		})
	})
	t.Run("F39 maps", func(t *testing.T) {
		check(t, wrapped[map[string]int](`{"type":"object","additionalProperties":{"type":"integer"}}`), []parse{
			{`{"value":{"a":1,"b":"2"}}`, map[string]int{"a": 1, "b": 2}, ""},
			{`{"value":{"a":"x"}}`, nil, "schema"},
		})
	})
	t.Run("F41 optional", func(t *testing.T) {
		type note struct {
			Text *string `json:"text"`
		}
		text := "hi"
		check(t, typed[note](`{"type":"object","properties":{"text":{"type":["string","null"]}},"required":["text"],"additionalProperties":false}`), []parse{
			{`{"text":"hi"}`, note{&text}, ""},
			{`{"text":null}`, note{}, ""},
			{`{"text":{}}`, nil, "schema"},
		})
	})
	t.Run("F47 defaults", func(t *testing.T) {
		type page struct {
			N int `json:"n,omitempty"`
		}
		check(t, typed[page](`{"type":"object","properties":{"n":{"type":"integer"}},"additionalProperties":false}`), []parse{{`{}`, page{}, ""}})
	})
	t.Run("F52 repairs", func(t *testing.T) {
		check(t, triage, []parse{
			{lateJSON, late, ""},
			{"```\n" + lateJSON + "\n```", late, ""},
			{"Here it is:\n```json\n" + lateJSON + "\n```\nAnything else?", late, ""},
			{"The ticket is " + lateJSON + ", I think.", late, ""},
			{"\ufeff" + lateJSON, late, ""},
			{lateJSON[:60], nil, "parse"},
			{"I do not know.", nil, "parse"},
		})
	})
}

// shape is a union as generated code decodes it.
type shape interface{ isShape() }
type circle struct{ Radius float64 }
type square struct{ Side float64 }

func (circle) isShape() {}
func (square) isShape() {}

// F41: a union is told apart by its type property, with the coding that generated code brings.
func TestUnionAnswers(t *testing.T) {
	cmd := alloy.NewCommand(alloy.Definition[shape]{
		Name:    "Draw",
		Wrapped: true,
		Output: &alloy.Schema{Name: "Draw", Strict: true, JSON: `{"type":"object","properties":{"value":{"anyOf":[
			{"type":"object","properties":{"type":{"type":"string","enum":["circle"]},"radius":{"type":"number"}},"required":["type","radius"],"additionalProperties":false},
			{"type":"object","properties":{"type":{"type":"string","enum":["square"]},"side":{"type":"number"}},"required":["type","side"],"additionalProperties":false}
		]}},"required":["value"],"additionalProperties":false}`},
		Decode: func(data []byte) (shape, error) {
			var any struct {
				Type         string
				Radius, Side float64
			}
			if err := json.Unmarshal(data, &any); err != nil {
				return nil, err
			}
			if any.Type == "circle" {
				return circle{any.Radius}, nil
			}
			return square{any.Side}, nil
		},
	})
	check(t, cmd, []parse{
		{`{"value":{"type":"circle","radius":"2"}}`, circle{2}, ""},
		{`{"value":{"type":"square","side":3}}`, square{3}, ""},
		{`{"value":{"type":"triangle","side":3}}`, nil, "schema"},
		{`{"value":{"type":"circle","side":3}}`, nil, "schema"},
	})
}

// F49
func TestErrorShowsTheBeginningOfTheAnswer(t *testing.T) {
	answer := strings.Repeat("é", 200)
	_, err := triage.Parse(answer)
	e := failed(t, err)
	require.Equal(t, strings.Repeat("é", 120)+"…", e.Output)
	require.ErrorContains(t, err, "Ticket")
	require.ErrorContains(t, err, strings.Repeat("é", 120)+"…")
	require.Error(t, errors.Unwrap(err))

	_, err = triage.Parse("short")
	require.Equal(t, "short", failed(t, err).Output)
}

// F51
func TestBlankTypedAnswerNamesTheType(t *testing.T) {
	_, err := triage.Parse(" \n")
	require.EqualValues(t, "empty", failed(t, err).Kind)
	require.ErrorContains(t, err, "Ticket")
}

// Schemas written by hand are checked by what generated code brings along, and need not hold the value alone.
func TestValidate(t *testing.T) {
	odd := errors.New("$.value: odd numbers are not allowed")
	cmd := alloy.NewCommand(alloy.Definition[int]{
		Name: "Even", Wrapped: true,
		Output: &alloy.Schema{Name: "Even", JSON: `{"type":"object","properties":{"note":{"type":"string"},"value":{"type":"integer"}},"required":["value"]}`},
		Validate: func(text []byte) error {
			var v struct{ Value int }
			if err := json.Unmarshal(text, &v); err != nil || v.Value%2 == 0 {
				return err
			}
			return odd
		},
	})
	got, err := cmd.Parse(`{"value":4,"note":"even"}`)
	require.NoError(t, err)
	require.Equal(t, 4, got)
	_, err = cmd.Parse(`{"value":3,"note":"odd"}`)
	require.ErrorIs(t, err, odd)

	m := play(t, alloytest.Reply(`{"value":3}`), alloytest.Reply(`{"value":4}`))
	got, err = run(t, cmd, m)
	require.NoError(t, err)
	require.Equal(t, 4, got)
	require.Contains(t, m.Requests()[1].Messages[2].Text(), odd.Error())
}

func TestDecodeThatFails(t *testing.T) {
	odd := errors.New("odd numbers are not allowed")
	cmd := alloy.NewCommand(alloy.Definition[int]{
		Name: "Even", Wrapped: true,
		Output: &alloy.Schema{Name: "Even", JSON: `{"type":"object","properties":{"value":{"type":"integer"}},"required":["value"]}`},
		Decode: func([]byte) (int, error) { return 1, odd },
	})
	got, err := cmd.Parse(`{"value":3}`)
	require.Zero(t, got)
	require.ErrorIs(t, err, odd)
	require.EqualValues(t, "schema", failed(t, err).Kind)
}

func TestFloatsSurviveTheWayBack(t *testing.T) {
	got, err := wrapped[float64](`{"type":"number"}`).Parse(`{"value":0.1}`)
	require.NoError(t, err)
	require.Equal(t, math.Float64bits(0.1), math.Float64bits(got))
}

// Ensure sees the decoded answer; an answer that breaks it is rejected as any other.
func TestEnsureAndCheck(t *testing.T) {
	call := saying[Ticket]("Where is order 4392?")
	call.Ensure = func(r Ticket) []contracts.Contract {
		return []contracts.Contract{
			{Expr: `result.Summary != ""`, Message: "a summary is needed", Holds: func() bool { return r.Summary != "" }},
			{Expr: "result.Score >= 0.5", Message: "be sure", Holds: func() bool { return r.Score >= 0.5 }},
		}
	}
	call.Check = func(r Ticket) []contracts.Contract {
		return []contracts.Contract{
			{Expr: "len(result.OrderIDs) == 1", Message: "one order", Holds: func() bool { return len(r.OrderIDs) == 1 }},
			{Expr: `result.Priority == "low"`, Message: "calm", Holds: func() bool { return r.Priority == "low" }},
			{Expr: "panics", Message: "sound", Holds: func() bool { panic("no") }},
		}
	}
	doubtful := late
	doubtful.Score = 0.1
	var report alloy.Report
	m := play(t, alloytest.ReplyJSON(doubtful), alloytest.ReplyJSON(late))
	got, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithReport(&report)})
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Len(t, report.Checks, 3, "of the accepted answer only")
	require.Equal(t, []bool{true, false, false}, []bool{report.Checks[0].Held, report.Checks[1].Held, report.Checks[2].Held})
	require.Equal(t, []string{"one order", "calm", "sound"}, []string{report.Checks[0].Name, report.Checks[1].Name, report.Checks[2].Name})
	require.NotEmpty(t, report.Checks[2].Stack)

	got, err = triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.ReplyJSON(doubtful).Times(2)))})
	require.Zero(t, got)
	require.EqualValues(t, "contract", failed(t, err).Kind)
	require.Equal(t, contracts.Ensure, as[*contracts.Violation](t, err).Kind)
	require.ErrorContains(t, err, "be sure")
}
