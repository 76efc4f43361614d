package providersuite

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F146: the same conversations with every vendor, plainly and as streams. What a server was asked is as important as what came
// of it.
func TestConversations(t *testing.T) {
	for _, tc := range []struct {
		name    string
		without func(lacks) bool // such vendors
		check   func(t *testing.T, v *vendor, streamed bool)
	}{
		{"text", nil, talks},
		{"typed", nil, types},
		{"one_tool", nil, callsOneTool},
		{"tools_side_by_side", nil, callsTools},
		{"tool_that_fails", nil, callsFailingTool},
		{"typed_after_a_tool", nil, typesAfterTool},
		{"picture", nil, seesPicture},
		{"picture_by_its_address", nil, fetchesPicture},
		{"document", nil, readsDocument},
		{"refusal", refusals, refuses},
		{"refusal_of_a_typed_answer", refusals, refusesTyped},
		{"length", nil, runsOutOfRoom},
		{"usage", nil, counts},
		{"thoughts", nil, thinks},
		{"asked_again", nil, isAskedAgain},
	} {
		t.Run(tc.name, func(t *testing.T) { eachTwice(t, tc.without, tc.check) })
	}
}

func talks(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(says("It is ", "shipped, é 😀 <&>.")))
	var seen events
	history := alloy.PromptOf[string](alloy.Text(question)).WithHistory(alloy.UserMessage(alloy.Text("Hello")), alloy.AssistantMessage(alloy.Text("Hello. \"Yes\"?")))
	call := asking[string]()
	call.Prompt = prompting(history)
	got := askOf(s.of(t), respond, streamed, call, alloy.WithSystem("You are Acme Support.\nBe concise."), alloy.WithMaxTokens(300), alloy.WithObserver(&seen))
	require.NoError(t, got.err)
	require.Equal(t, "It is shipped, é 😀 <&>.", got.value)
	if streamed {
		require.Equal(t, []string{"It is ", "shipped, é 😀 <&>."}, got.pieces, "F130")
	}
	require.Equal(t, []asked{{
		vendor: v, model: v.wire, system: "You are Acme Support.\nBe concise.", room: 300, stream: streamed,
		turns: []turn{
			{role: provider.User, text: "Hello"}, {role: provider.Assistant, text: "Hello. \"Yes\"?"}, {role: provider.User, text: question},
		},
	}}, s.asked())
	finished := of[alloy.RequestFinished](&seen)
	require.Len(t, finished, 1)
	require.Equal(t, v.provider, finished[0].Provider)
	require.Equal(t, "served", finished[0].Response.Model)
	require.Equal(t, provider.Usage{InputTokens: 7, OutputTokens: 3}, finished[0].Usage)
	if v.lacks.ids {
		require.Empty(t, finished[0].Response.RequestID)
	} else {
		require.Equal(t, "req_1", finished[0].Response.RequestID)
	}
}

func types(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(says(ticketPieces...)))
	got := ask(s.of(t), triage, streamed)
	require.NoError(t, got.err)
	require.Equal(t, ticket, got.value)
	require.True(t, s.asked()[0].schema, "the vendor holds the model to the schema")
	if streamed {
		require.Equal(t, ticketPieces, got.pieces)
		stream := triage.Stream(s.of(t), asking[Ticket](alloy.Text(question)), nil)
		partials := slices.Collect(stream.Partials())
		require.Greater(t, len(partials), 1, "F131")
		require.Equal(t, ticket, partials[len(partials)-1])
	}
}

func callsOneTool(t *testing.T, v *vendor, streamed bool) {
	a := calls(order("call_a", "4392"))
	a.text = []string{"I will ", "look."}
	s := open(t, v, reply(a), reply(says("It is shipped.")))
	var l lookup
	got := ask(s.of(t), respond, streamed, alloy.WithTools(l.tool()))
	require.NoError(t, got.err)
	require.Equal(t, "It is shipped.", got.value)
	require.Equal(t, []string{"4392"}, l.ran)
	if streamed {
		require.Equal(t, "I will look.It is shipped.", got.text(), "F133")
	}
	q := s.asked()
	require.Len(t, q, 2)
	require.Equal(t, []string{"lookup_order"}, q[0].tools)
	require.Equal(t, []turn{
		{role: provider.User, text: question},
		{role: provider.Assistant, text: "I will look.", calls: []called{{"call_a", "lookup_order", `{"orderID":"4392"}`}}},
		{role: provider.User, results: []result{{"call_a", "shipped"}}},
	}, q[1].turns)
}

// F147: the results of all calls come back in one turn, in the order of the calls.
func callsTools(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(calls(order("call_a", "4392"), order("call_b", "4393"))), reply(says("Both are on their way.")))
	var l lookup
	got := ask(s.of(t), respond, streamed, alloy.WithTools(l.tool()))
	require.NoError(t, got.err)
	require.Equal(t, "Both are on their way.", got.value)
	require.ElementsMatch(t, []string{"4392", "4393"}, l.ran)
	require.Equal(t, []turn{
		{role: provider.User, text: question},
		{role: provider.Assistant, calls: []called{
			{"call_a", "lookup_order", `{"orderID":"4392"}`}, {"call_b", "lookup_order", `{"orderID":"4393"}`},
		}},
		{role: provider.User, results: []result{{"call_a", "shipped"}, {"call_b", "on its way"}}},
	}, s.asked()[1].turns)
}

func callsFailingTool(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v,
		reply(calls(order("call_a", "1"), called{"call_b", "rm", `{}`}, called{"call_c", "lookup_order", `{"orderID":{}}`})),
		reply(says("There is no such order.")))
	var l lookup
	got := ask(s.of(t), respond, streamed, alloy.WithTools(l.tool()))
	require.NoError(t, got.err)
	require.Equal(t, "There is no such order.", got.value)
	results := s.asked()[1].last().results
	require.Len(t, results, 3)
	for i, want := range []string{"no such order", "Tool 'rm' not available.", "invalid arguments"} {
		require.Contains(t, results[i].text, want)
		require.Equal(t, []string{"call_a", "call_b", "call_c"}[i], results[i].id)
	}
}

func typesAfterTool(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(calls(order("call_a", "4392"))), reply(says(ticketPieces...)))
	var l lookup
	got := ask(s.of(t), triage, streamed, alloy.WithTools(l.tool()))
	require.NoError(t, got.err)
	require.Equal(t, ticket, got.value)
	require.Len(t, s.asked(), 2)
}

const png = "\x89PNG\r\n\x1a\nnot much of a picture"

func seesPicture(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(says("A pixel.")))
	got := askOf(s.of(t), respond, streamed, asking[string](alloy.Text("What is it?"), alloy.Image("image/png", []byte(png))))
	require.NoError(t, got.err)
	require.Equal(t, []turn{{role: provider.User, text: "What is it?", images: []string{png}}}, s.asked()[0].turns)
}

func fetchesPicture(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(says("A pixel.")))
	got := askOf(s.of(t), respond, streamed, asking[string](alloy.Text("What is it?"), alloy.ImageURL("https://example.com/a.png")))
	if v.lacks.imageURLs {
		as[*alloy.ConfigurationError](t, got.err)
		require.Empty(t, s.asked())
		return
	}
	require.NoError(t, got.err)
	require.Equal(t, []turn{{role: provider.User, text: "What is it?", images: []string{"https://example.com/a.png"}}}, s.asked()[0].turns)
}

func readsDocument(t *testing.T, v *vendor, streamed bool) {
	s := open(t, v, reply(says("Forty-two.")))
	got := askOf(s.of(t), respond, streamed, asking[string](alloy.Text("What is the total?"), alloy.PDF("", []byte("%PDF-1.4"))))
	if v.lacks.documents {
		as[*alloy.ConfigurationError](t, got.err)
		require.Empty(t, s.asked())
		return
	}
	require.NoError(t, got.err)
	require.Equal(t, []turn{{role: provider.User, text: "What is the total?", documents: []string{"%PDF-1.4"}}}, s.asked()[0].turns)
}

// X35, X36
func refuses(t *testing.T, v *vendor, streamed bool) {
	a := says("I will not help with that.")
	a.finish = provider.FinishRefusal
	s := open(t, v, reply(a))
	got := ask(s.of(t), respond, streamed, times(3), alloy.WithFallback(v.other))
	e := failed(t, got.err)
	require.Equal(t, alloy.KindRefusal, e.Kind)
	require.ErrorContains(t, e, "I will not help with that.")
	require.Len(t, s.asked(), 1, "nobody is asked again")
}

func refusesTyped(t *testing.T, v *vendor, streamed bool) {
	a := says("No.")
	a.finish = provider.FinishRefusal
	s := open(t, v, reply(a))
	got := ask(s.of(t), triage, streamed, times(3))
	require.Equal(t, alloy.KindRefusal, failed(t, got.err).Kind)
	require.Len(t, s.asked(), 1)
}

// X37: an answer that was cut off at the limit is asked for again with twice the room. A stream that has shown a part of it
// ends there.
func runsOutOfRoom(t *testing.T, v *vendor, streamed bool) {
	a := says(ticketPieces[:2]...)
	a.finish = provider.FinishLength
	s := open(t, v, reply(a), reply(says(ticketPieces...)))
	got := ask(s.of(t), triage, streamed, alloy.WithMaxTokens(40))
	if streamed {
		require.Equal(t, alloy.KindTruncated, failed(t, got.err).Kind)
		require.Equal(t, len(got.text()), as[*alloy.StreamInterrupted](t, got.err).Delivered)
		require.Len(t, s.asked(), 1)
		return
	}
	require.NoError(t, got.err)
	require.Equal(t, ticket, got.value)
	q := s.asked()
	require.Equal(t, []int{40, 80}, []int{q[0].room, q[1].room})
}

// counts: all that the vendor says of tokens is told, summed up over a call.
func counts(t *testing.T, v *vendor, streamed bool) {
	first, second := calls(order("call_a", "4392")), says("It is shipped.")
	first.usage = provider.Usage{InputTokens: 100, OutputTokens: 20, CachedTokens: 60, ReasoningTokens: 15}
	second.usage = provider.Usage{InputTokens: 130, OutputTokens: 10, CachedTokens: 90, ReasoningTokens: 5}
	s := open(t, v, reply(first), reply(second))
	var report alloy.Report
	var l lookup
	require.NoError(t, ask(s.of(t), respond, streamed, alloy.WithTools(l.tool()), alloy.WithReport(&report)).err)
	want := provider.Usage{InputTokens: 230, OutputTokens: 30, CachedTokens: 150, ReasoningTokens: 20}
	if v.lacks.details {
		want.CachedTokens, want.ReasoningTokens = 0, 0
	}
	require.Equal(t, want, report.Usage)
}

// thinks: thoughts are no part of the answer, and go back to the model that had them where its vendor wants them back.
func thinks(t *testing.T, v *vendor, streamed bool) {
	a := calls(order("call_a", "4392"))
	a.thoughts = []string{"Which order? ", "That one."}
	second := says("It is shipped.")
	second.thoughts = []string{"Well."}
	s := open(t, v, reply(a), reply(second))
	var l lookup
	var seen events
	got := ask(s.of(t), respond, streamed, alloy.WithTools(l.tool()), alloy.WithObserver(&seen))
	require.NoError(t, got.err)
	require.Equal(t, "It is shipped.", got.value)
	if streamed {
		require.Equal(t, []string{"It is shipped."}, got.pieces)
	}
	sent := of[alloy.RequestStarted](&seen)[1].Request.Messages[1]
	kept := slices.ContainsFunc(sent.Parts, func(p provider.Part) bool { return p.Vendor != nil })
	require.Equal(t, v.name != "openai_chat", kept) // whose server shows none
}

// isAskedAgain: an answer that does not fit is asked for again in the same conversation, with the reason.
func isAskedAgain(t *testing.T, v *vendor, streamed bool) {
	wrong, _ := json.Marshal(Ticket{Summary: "Late", Priority: "urgent", OrderIDs: []string{}})
	s := open(t, v, reply(says("It is late.")), reply(says(string(wrong))), reply(says(ticketPieces...)))
	ctx := s.of(t, times(2))
	if streamed {
		stream := triage.Stream(ctx, asking[Ticket](alloy.Text(question)), nil)
		partials := slices.Collect(stream.Partials())
		require.Equal(t, ticket, partials[len(partials)-1])
		_, err := stream.Result()
		require.NoError(t, err)
	} else {
		got := ask(ctx, triage, false)
		require.NoError(t, got.err)
		require.Equal(t, ticket, got.value)
	}
	q := s.asked()
	require.Len(t, q, 3)
	turns := q[2].turns
	require.Len(t, turns, 5)
	require.Equal(t, turn{role: provider.Assistant, text: "It is late."}, turns[1])
	require.True(t, strings.HasPrefix(turns[2].text, "Your answer was rejected"), turns[2].text)
	require.Equal(t, turn{role: provider.Assistant, text: string(wrong)}, turns[3])
	require.Contains(t, turns[4].text, "urgent needs a score")
}
