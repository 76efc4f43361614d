package alloy_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F56, F61: a rejected answer is asked for once more, in the same conversation, without tools, against the same schema.
func TestFollowUpForARejectedAnswer(t *testing.T) {
	m := play(t, alloytest.Reply("I think it is urgent."), alloytest.ReplyJSON(late))
	got, err := run(t, triage, m, alloy.WithTools((&lookup{}).tool()), alloy.WithSystem("Be brief."))
	require.NoError(t, err)
	require.Equal(t, late, got)

	first, second := m.Requests()[0], m.Requests()[1]
	require.Len(t, first.Tools, 1)
	require.Empty(t, second.Tools)
	require.Equal(t, first.Tools, second.ClosedTools, "for vendors that tie what a model has thought to its tools")
	require.Same(t, first.Output, second.Output)
	require.Equal(t, first.System, second.System)
	require.Equal(t, first.Settings, second.Settings)
	require.Len(t, second.Messages, 3)
	require.Equal(t, first.Messages[0], second.Messages[0])
	require.Equal(t, provider.Message{Role: provider.Assistant, Parts: []provider.Part{{Text: "I think it is urgent."}}}, second.Messages[1])
	require.Equal(t, provider.User, second.Messages[2].Role)
	require.NotEmpty(t, second.Messages[2].Text())
}

func TestFollowUpSaysWhatWasWrong(t *testing.T) {
	broken := saying[Ticket]("Where is order 4392?")
	broken.Ensure = func(result Ticket) []contracts.Contract {
		return []contracts.Contract{{Expr: "len(result.OrderIDs) > 0", Message: "name at least one order", Holds: func() bool { return len(result.OrderIDs) > 0 }}}
	}
	for _, tc := range []struct {
		name, answer string
		says         []string
	}{
		{"F58 missing", `{"summary":"x","priority":"low","score":0.5}`, []string{"order_ids"}},
		{"enum", `{"summary":"x","priority":"asap","score":0.5,"order_ids":["1"]}`, []string{"priority", "low", "normal", "urgent"}},
		{"bound", `{"summary":"x","priority":"low","score":7,"order_ids":["1"]}`, []string{"score", "1"}},
		{"type", `{"summary":"x","priority":"low","score":"much","order_ids":["1"]}`, []string{"score", "number"}},
		{"contract", `{"summary":"x","priority":"low","score":0.5,"order_ids":[]}`, []string{"name at least one order"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := play(t, alloytest.Reply(tc.answer), alloytest.ReplyJSON(late))
			got, err := triage.Run(t.Context(), broken, []alloy.Option{alloy.WithProvider(m)})
			require.NoError(t, err)
			require.Equal(t, late, got)
			last := m.Requests()[1].Messages[2].Text()
			for _, part := range tc.says {
				require.Contains(t, last, part)
			}
		})
	}
}

// F57
func TestTextIsOnlyAskedForAgainWhenBlank(t *testing.T) {
	_, err := run(t, reply, play(t, alloytest.Reply("hello")))
	require.NoError(t, err)
	got, err := run(t, reply, play(t, alloytest.Reply("\n"), alloytest.Reply("hello")))
	require.NoError(t, err)
	require.Equal(t, "hello", got)
}

type Basket struct {
	Items []Item `json:"items"`
}

type Item struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

const itemSchema = `{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"}},"required":["name","n"],"additionalProperties":false}`

const basketSchema = `{"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/$defs/Item"}}},"required":["items"],"additionalProperties":false,"$defs":{"Item":` + itemSchema + `}}`

// F58
func TestRequiredKeysAreCheckedInside(t *testing.T) {
	basket := typed[Basket](basketSchema)
	m := play(t, alloytest.Reply(`{"items":[{}]}`), alloytest.Reply(`{"items":[{"name":"tea","n":2}]}`))
	got, err := run(t, basket, m)
	require.NoError(t, err)
	require.Equal(t, Basket{[]Item{{"tea", 2}}}, got)

	_, err = run(t, basket, play(t, alloytest.Reply(`{"items":[{"name":"tea","n":2}]}`)))
	require.NoError(t, err)
}

// F59
func TestFollowUpSwitchedOff(t *testing.T) {
	for _, answer := range []string{"", "I do not know", `{"summary":"x"}`} {
		m := play(t, alloytest.Reply(answer))
		_, err := run(t, triage, m, alloy.WithAutoFinalize(false))
		failed(t, err)
	}
}

// F60
func TestFollowUpThatIsBadToo(t *testing.T) {
	m := play(t, alloytest.Reply("no"), alloytest.Reply("still no"))
	_, err := run(t, triage, m)
	e := failed(t, err)
	require.EqualValues(t, "parse", e.Kind)
	require.Contains(t, e.Output, "still no")

	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.Reply("no").Times(3), alloytest.ReplyJSON(late))
		got, err := run(t, triage, m, times(3))
		require.NoError(t, err, "one follow-up is free, then the attempts count")
		require.Equal(t, late, got)

		m = play(t, alloytest.Reply("no").Times(4))
		_, err = run(t, triage, m, times(3))
		failed(t, err)
	})
}

// F61: the follow-up after tools brings their results along.
func TestFollowUpAfterTools(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("4392")), alloytest.Reply(""), alloytest.ReplyJSON(late))
	got, err := run(t, triage, m, alloy.WithTools((&lookup{}).tool()))
	require.NoError(t, err)
	require.Equal(t, late, got)
	last := m.Requests()[2]
	require.Empty(t, last.Tools)
	require.Equal(t, "shipped", results(last)[0].Content)
}

// A truncated answer gets more room.
func TestTruncatedAnswerIsAskedForWithMoreRoom(t *testing.T) {
	m := play(t, alloytest.Truncate(lateJSON[:40]), alloytest.ReplyJSON(late))
	got, err := run(t, triage, m, alloy.WithMaxTokens(100))
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Greater(t, m.Requests()[1].Settings.MaxTokens, 100)

	m = play(t, alloytest.Truncate(lateJSON[:40]).Times(2))
	_, err = run(t, triage, m, times(5))
	require.Equal(t, alloy.KindTruncated, failed(t, err).Kind, "more room once, not again and again")
}

func TestRejectedAnswersAreObserved(t *testing.T) {
	var seen events
	var report alloy.Report
	_, err := run(t, triage, play(t, alloytest.Reply("no"), alloytest.ReplyJSON(late)), alloy.WithObserver(&seen), alloy.WithReport(&report))
	require.NoError(t, err)
	rejected := of[alloy.AnswerRejected](&seen)
	require.Len(t, rejected, 1)
	require.Equal(t, alloy.KindParse, rejected[0].Kind)
	require.True(t, rejected[0].Again)
	require.True(t, rejected[0].Free)
	require.Equal(t, "no", rejected[0].Output)
	require.Equal(t, 1, report.FollowUps)
	require.Equal(t, 2, report.Requests)
	require.Equal(t, "Triage", report.Command)
}

func TestTruncatedAnswersOfOtherForms(t *testing.T) {
	_, err := run(t, reply, play(t, alloytest.Truncate("half a sen")))
	require.Equal(t, alloy.KindTruncated, failed(t, err).Kind, "asking again for a text is no free follow-up")

	_, err = run(t, notify, play(t, alloytest.Truncate("never read")))
	require.NoError(t, err, "where no answer is wanted, none is cut off")
}

// A tool call that was cut off has not ended the loop: the model may call it again.
func TestTruncatedToolCall(t *testing.T) {
	cut := &first{
		resp:  &provider.Response{Finish: provider.FinishLength, Parts: []provider.Part{{ToolCall: &provider.ToolCall{ID: "a", Name: "lookup_order", Arguments: `{"ord`}}}},
		Model: play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.ReplyJSON(late)),
	}
	l := &lookup{}
	_, err := run(t, triage, cut, alloy.WithTools(l.tool()))
	require.NoError(t, err)
	require.Equal(t, []string{"1"}, l.ran)
	for _, m := range cut.Requests()[0].Messages {
		require.NotEmpty(t, m.Parts, "vendors refuse a turn without content")
		require.Equal(t, provider.User, m.Role, "the call that was cut off is not in the conversation")
	}
}
