package alloy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
)

// F3
func TestTextComesBackAsItIs(t *testing.T) {
	for _, text := range []string{"hi", " hi \n", `{"value":"hi"}`, "```\ncode\n```"} {
		got, err := run(t, reply, play(t, alloytest.Reply(text)))
		require.NoError(t, err)
		require.Equal(t, text, got)
	}
}

// F4
func TestBlankTextIsAnError(t *testing.T) {
	for _, blank := range []string{"", "  ", "\n\t"} {
		got, err := run(t, reply, play(t, alloytest.Reply(blank)), alloy.WithAutoFinalize(false))
		require.Empty(t, got)
		require.EqualValues(t, "empty", failed(t, err).Kind)
		require.ErrorContains(t, err, "produced no output")
		require.ErrorContains(t, err, "Reply")
	}
}

// F5
func TestNoAnswerIsWanted(t *testing.T) {
	for _, text := range []string{"", " ", "done", `{"a":`} {
		_, err := run(t, notify, play(t, alloytest.Reply(text)))
		require.NoError(t, err)
	}
	_, err := run(t, notify, play(t, alloytest.Fail(400)))
	require.Equal(t, "Notify", failed(t, err).Command)
}

// F6, F53
func TestTypedAnswer(t *testing.T) {
	m := play(t, alloytest.ReplyJSON(late))
	got, err := run(t, triage, m)
	require.NoError(t, err)
	require.Equal(t, late, got)
	require.Same(t, ticketSchema, m.Requests()[0].Output)

	got, err = run(t, triage, play(t, alloytest.Reply(`{"summary":"half","priority":"urgent"}`)), alloy.WithAutoFinalize(false))
	require.Error(t, err)
	require.Zero(t, got, "nothing half filled comes with an error")
}

// F9
func TestPromptFunctionRunsOncePerCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		call := alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) {
			ran++
			return alloy.Promptf[string]("again"), nil
		}}
		m := play(t, alloytest.Fail(503).Times(2), alloytest.Reply("ok"))
		_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), times(3)})
		require.NoError(t, err)
		require.Equal(t, 1, ran)
		require.Len(t, m.Requests(), 3)
	})
}

// F10
func TestPromptFunctionsErrorComesBackAsItIs(t *testing.T) {
	missing := errors.New("no such customer")
	call := alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) { return alloy.Prompt[string]{}, missing }}
	m := play(t)
	_, err := reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), times(3), alloy.WithRetryOn(alloy.All)})
	require.Equal(t, missing, err)
	require.Empty(t, m.Requests())
}

// F11
func TestSettingsReachTheRequest(t *testing.T) {
	l := &lookup{}
	cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"},
		alloy.WithModel("claude-opus-4-7"),
		alloy.WithTemperature(0.2),
		alloy.WithTopP(0.8),
		alloy.WithMaxTokens(700),
		alloy.WithSeed(42),
		alloy.WithStop("END"),
		alloy.WithEffort("low"),
		alloy.WithSystem("You are terse."),
		alloy.WithTools(l.tool()),
	)
	m := play(t, alloytest.Reply("ok"))
	_, err := run(t, cmd, m)
	require.NoError(t, err)
	req := m.Requests()[0]
	require.Equal(t, "claude-opus-4-7", req.Model)
	require.Equal(t, "You are terse.", req.System)
	temperature, topP, seed := 0.2, 0.8, int64(42)
	require.Equal(t, provider.Settings{Temperature: &temperature, TopP: &topP, MaxTokens: 700, Seed: &seed, Stop: []string{"END"}, Effort: "low"}, req.Settings)
	require.Len(t, req.Tools, 1)
	require.Equal(t, "lookup_order", req.Tools[0].Name)
	require.Equal(t, orderSchema, req.Tools[0].Input.JSON)
}

// F11: tools of the directives, of the function and of the options are all offered, each level's beside the others'.
func TestToolsAddUp(t *testing.T) {
	tool := func(name string) alloy.Tool {
		tool := returning("ok", nil)
		tool.Name = name
		return tool
	}
	cmd := alloy.NewCommand(alloy.Definition[string]{Name: "Reply"}, alloy.WithTools(tool("setting")))
	call := saying[string]("hello")
	call.Tools = []alloy.Tool{tool("directive")}
	for range 2 { // a call leaves no trace in the next
		m := play(t, alloytest.Reply("ok"))
		_, err := cmd.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithTools(tool("call")), alloy.WithTools(tool("call_too"))})
		require.NoError(t, err)
		var names []string
		for _, offered := range m.Requests()[0].Tools {
			names = append(names, offered.Name)
		}
		require.ElementsMatch(t, []string{"setting", "directive", "call", "call_too"}, names)
	}
}

// F11, F54: what is sent is the prompt, byte for byte.
func TestPromptIsSentAsItIs(t *testing.T) {
	text := "  Where is\n\torder 4392? 100 %d  "
	m := play(t, alloytest.ReplyJSON(late))
	_, err := triage.Run(t.Context(), saying[Ticket](text), []alloy.Option{alloy.WithProvider(m)})
	require.NoError(t, err)
	require.Equal(t, []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: text}}}}, m.Requests()[0].Messages)
	require.Empty(t, m.Requests()[0].System)
}

func TestPromptWithHistoryExamplesAndImages(t *testing.T) {
	m := play(t, alloytest.ReplyJSON(late))
	call := alloy.Call[Ticket]{Prompt: func(context.Context) (alloy.Prompt[Ticket], error) {
		return alloy.PromptOf[Ticket](alloy.Text("And this?"), alloy.Image("image/png", []byte("png")), alloy.ImageURL("https://example.com/a.png")).
			WithExample("Where is order 4392?", late).
			WithHistory(alloy.UserMessage(alloy.Text("hello")), alloy.AssistantMessage(alloy.Text("hi"))).
			WithSystem("Be brief."), nil
	}}
	_, err := triage.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(m), alloy.WithSystem("You are Acme Support.")})
	require.NoError(t, err)
	req := m.Requests()[0]
	require.Equal(t, []provider.Message{
		{Role: provider.User, Parts: []provider.Part{{Text: "Where is order 4392?"}}},
		{Role: provider.Assistant, Parts: []provider.Part{{Text: lateJSON}}},
		{Role: provider.User, Parts: []provider.Part{{Text: "hello"}}},
		{Role: provider.Assistant, Parts: []provider.Part{{Text: "hi"}}},
		{Role: provider.User, Parts: []provider.Part{
			{Text: "And this?"},
			{Image: &provider.Image{MediaType: "image/png", Data: []byte("png")}},
			{Image: &provider.Image{URL: "https://example.com/a.png"}},
		}},
	}, req.Messages)
	require.True(t, strings.HasPrefix(req.System, "You are Acme Support."), req.System)
	require.True(t, strings.HasSuffix(req.System, "Be brief."), req.System)
}

// F12
func TestConcurrentCallsAreIndependent(t *testing.T) {
	m := play(t, alloytest.Func(func(_ context.Context, req *provider.Request) alloytest.Step {
		return alloytest.ReplyJSON(Ticket{Summary: req.Messages[0].Text(), Priority: "low", OrderIDs: []string{}})
	}).Forever())
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			question := fmt.Sprint("question ", i)
			got, err := triage.Run(context.Background(), saying[Ticket](question), []alloy.Option{alloy.WithProvider(m)})
			if err != nil || got.Summary != question {
				t.Errorf("%s: got %+v, %v", question, got, err)
			}
		})
	}
	wg.Wait()
}

// F17
func TestCallsShareNothing(t *testing.T) {
	m := play(t, alloytest.Reply("first answer"), alloytest.Reply("second answer"))
	for _, question := range []string{"first question", "second question"} {
		_, err := reply.Run(t.Context(), saying[string](question), []alloy.Option{alloy.WithProvider(m)})
		require.NoError(t, err)
	}
	require.Equal(t, []provider.Message{{Role: provider.User, Parts: []provider.Part{{Text: "second question"}}}}, m.Requests()[1].Messages)
}

// F16: a command is a tool of another, and typed results chain.
func TestCommandsCompose(t *testing.T) {
	m := play(t,
		alloytest.ToolCall("summarize", map[string]string{"text": "a long story"}),
		alloytest.Reply("a story"), // of the inner command
		alloytest.ReplyJSON(late),
	)
	summarize := alloy.NewCommand(alloy.Definition[string]{Name: "Summarize"})
	inner := alloy.Tool{
		Name:  "summarize",
		Input: &alloy.Schema{Name: "summarize", JSON: `{"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false}`},
		Run: func(ctx context.Context, input []byte) (any, error) {
			return summarize.Run(ctx, saying[string]("Summarize "+string(input)), []alloy.Option{alloy.WithProvider(m)})
		},
	}
	ticket, err := run(t, triage, m, alloy.WithTools(inner))
	require.NoError(t, err)
	require.Len(t, m.Requests(), 3)
	require.Equal(t, "a story", results(m.Requests()[2])[0].Content)

	m = play(t, alloytest.Reply("Thank you."))
	_, err = reply.Run(t.Context(), saying[string]("Answer: "+ticket.Summary), []alloy.Option{alloy.WithProvider(m)})
	require.NoError(t, err)
	require.Equal(t, "Answer: Order 4392 is late", m.Requests()[0].Messages[0].Text())
}

func TestRequestIsWhatWouldBeSentFirst(t *testing.T) {
	m := play(t, alloytest.ReplyJSON(late))
	opts := []alloy.Option{alloy.WithProvider(m), alloy.WithModel("gpt-5"), alloy.WithSystem("Be brief."), alloy.WithTools((&lookup{}).tool())}
	req, err := triage.Request(t.Context(), saying[Ticket]("Where is order 4392?"), opts)
	require.NoError(t, err)
	require.Empty(t, m.Requests(), "nothing is sent")
	_, err = run(t, triage, m, opts...)
	require.NoError(t, err)
	require.Equal(t, m.Requests()[0], req)
}

func TestPartsOfACommand(t *testing.T) {
	require.Equal(t, "Triage", triage.Name)
	require.JSONEq(t, ticketSchema.JSON, triage.Schema())
	require.Empty(t, reply.Schema())

	got, err := triage.Parse("```json\n" + lateJSON + "\n```")
	require.NoError(t, err)
	require.Equal(t, late, got)
	_, err = triage.Parse("I do not know")
	require.EqualValues(t, "parse", failed(t, err).Kind)
}
