package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// forgetful keeps no checkpoint.
type forgetful struct{}

func (forgetful) Save(context.Context, string, []byte) error { return nil }
func (forgetful) Load(context.Context, string) ([]byte, error) {
	return nil, store.ErrNotFound
}

// F167: a run that ended after its third turn goes on there. The tools of the turns before do not run again.
func TestRunGoesOnWhereItEnded(t *testing.T) {
	s := store.NewMemory()
	var l lookup
	tools := alloy.WithTools(l.tool())
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.ToolCall("lookup_order", order("2")), alloytest.ToolCall("lookup_order", order("3")), alloytest.Fail(500))
	var first alloy.Report
	_, err := run(t, reply, m, tools, alloy.WithStore(s), alloy.WithRunID("r1"), alloy.WithReport(&first))
	require.Error(t, err)
	require.Equal(t, []string{"1", "2", "3"}, l.ran)
	require.Equal(t, "r1", first.Run)

	prompts := 0
	call := alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) {
		prompts++
		return alloy.Promptf[string]("another prompt"), nil
	}}
	m = play(t, alloytest.ToolCall("lookup_order", order("4")), alloytest.Reply("done"))
	var second alloy.Report
	opts := []alloy.Option{alloy.WithProvider(m), tools, alloy.WithStore(s), alloy.WithRunID("r1"), alloy.WithReport(&second)}
	got, err := reply.Run(t.Context(), call, opts)
	require.NoError(t, err)
	require.Equal(t, "done", got)
	require.Equal(t, []string{"1", "2", "3", "4"}, l.ran)
	require.Zero(t, prompts, "the conversation is that of the run")
	require.True(t, second.Resumed)
	require.Equal(t, "Where is order 4392?", m.Requests()[0].Messages[0].Text())
	require.Len(t, results(m.Requests()[0]), 3)
	require.Equal(t, 4, second.Turns)

	// A run that has its answer gives it again, without a request.
	got, err = reply.Run(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t)), tools, alloy.WithStore(s), alloy.WithRunID("r1")})
	require.NoError(t, err)
	require.Equal(t, "done", got)
}

// F168: a failure in a later turn ends with the best answer of what the run has.
func TestFinalizeErrorOfALaterTurn(t *testing.T) {
	var report alloy.Report
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.ToolCall("lookup_order", order("2")), alloytest.Fail(500), alloytest.Reply("as far as I know"))
	got, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithFinalize(alloy.Finalize{Error: true}),
		alloy.WithReport(&report), alloy.WithRunID("r1"), alloy.WithStore(store.NewMemory()))
	require.NoError(t, err)
	require.Equal(t, "as far as I know", got)
	require.Equal(t, "error", report.Finalized)
	require.Len(t, results(m.Requests()[3]), 2)
}

// keeping is a Checkpointer that keeps every state, as it was.
type keeping struct {
	store.Checkpointer
	all [][]byte
}

func (k *keeping) Save(ctx context.Context, run string, data []byte) error {
	k.all = append(k.all, data)
	return k.Checkpointer.Save(ctx, run, data)
}

// F169: a checkpoint holds the tool results, survives JSON, and what happens later does not change it. A call without an ID
// gets one.
func TestCheckpointsAreDeep(t *testing.T) {
	k := &keeping{Checkpointer: store.NewMemory()}
	var report alloy.Report
	var seen events
	m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.ToolCall("lookup_order", order("2")), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithCheckpointer(k), alloy.WithReport(&report),
		alloy.WithObserver(&seen))
	require.NoError(t, err)
	require.NotEmpty(t, report.Run)
	var states []string
	for i, data := range k.all {
		var p struct {
			State    string             `json:"state"`
			Messages []provider.Message `json:"messages"`
		}
		require.NoError(t, json.Unmarshal(data, &p))
		require.Len(t, p.Messages, []int{1, 2, 3, 4, 5, 5}[i])
		states = append(states, p.State)
	}
	require.Equal(t, []string{"running", "waiting_for_tool", "running", "waiting_for_tool", "running", "completed"}, states)
	require.Len(t, of[alloy.CheckpointSaved](&seen), 6)
}

// F165: the states of a call, in order.
func TestStatesOfACall(t *testing.T) {
	log := func(e *events) (all []alloy.RunState) {
		for i, change := range of[alloy.StateChanged](e) {
			if i == 0 {
				all = append(all, change.From)
			}
			require.Equal(t, all[len(all)-1], change.From)
			all = append(all, change.To)
		}
		return all
	}
	var seen events
	_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("done")),
		alloy.WithTools((&lookup{}).tool()), alloy.WithObserver(&seen))
	require.NoError(t, err)
	require.Equal(t, []alloy.RunState{alloy.Idle, alloy.Running, alloy.WaitingForTool, alloy.Running, alloy.Completed}, log(&seen))

	var failing events
	_, err = run(t, reply, play(t, alloytest.Fail(400)), alloy.WithObserver(&failing))
	require.Error(t, err)
	require.Equal(t, []alloy.RunState{alloy.Idle, alloy.Running, alloy.Failed}, log(&failing))
}

// F166: the last request of finalize has no tools, and asks for the best answer with what is known.
func TestFinalizeAsksForTheBestAnswer(t *testing.T) {
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Reply("done"))
	_, err := run(t, reply, m, alloy.WithTools((&lookup{}).tool()), alloy.WithMaxToolTurns(1),
		alloy.WithFinalize(alloy.Finalize{Limit: true}))
	require.NoError(t, err)
	last := m.Requests()[2]
	require.Empty(t, last.Tools)
	require.Equal(t, "No more tools can be called. Give the best answer that you can with what you know now, in the form that was asked for.", last.Messages[len(last.Messages)-1].Text())
}

// dying runs the tool of a run, and then the process is gone: nothing that the call does afterwards reaches the store.
type dying struct {
	store.Store
	dead bool
}

func (d *dying) Save(ctx context.Context, run string, data []byte) error {
	if d.dead {
		return errors.New("gone")
	}
	return d.Store.Save(ctx, run, data)
}

func (d *dying) Finish(ctx context.Context, c store.Claim, result []byte) error {
	if d.dead {
		return errors.New("gone")
	}
	return d.Store.Finish(ctx, c, result)
}

// X79: the process dies between the effect of a tool and the checkpoint: nobody knows of the effect, and the tool does not run
// again. Whoever has looked says what happened, and the run goes on.
func TestX79DeathBetweenEffectAndCheckpoint(t *testing.T) {
	for name, settle := range map[string]func(t *testing.T, s store.Store, e *alloy.UnknownOutcome) int{
		"settled": func(t *testing.T, s store.Store, e *alloy.UnknownOutcome) int {
			require.NoError(t, e.Settle(t.Context(), s, "shipped"))
			return 1
		},
		"forgotten": func(t *testing.T, s store.Store, e *alloy.UnknownOutcome) int {
			require.NoError(t, e.Forget(t.Context(), s))
			return 2
		},
	} {
		for _, once := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				s := &dying{Store: store.NewMemory()}
				var l lookup
				tool := l.tool()
				tool.Idempotent = once
				inner := tool.Run
				tool.Run = func(ctx context.Context, input []byte) (any, error) {
					defer func() { s.dead = true }()
					return inner(ctx, input)
				}
				opts := []alloy.Option{alloy.WithTools(tool), alloy.WithStore(s), alloy.WithRunID("r1"),
					alloy.WithRetryOn(alloy.All), times(3), alloy.WithFallback("o3"),
					alloy.WithFinalize(alloy.Finalize{Error: true})}
				_, err := run(t, reply, play(t, alloytest.ToolCall("lookup_order", order("1"))), opts...)
				require.Equal(t, alloy.KindStore, failed(t, err).Kind)
				require.Len(t, l.ran, 1)
				s.dead = false

				_, err = run(t, reply, play(t), opts...)
				unknown := as[*alloy.UnknownOutcome](t, err)
				require.Equal(t, alloy.KindUnknown, failed(t, err).Kind)
				require.Equal(t, "r1", unknown.Run)
				require.Len(t, l.ran, 1)

				ran := settle(t, s.Store, unknown)
				tool.Run = inner
				opts[0] = alloy.WithTools(tool)
				m := play(t, alloytest.Reply("done"))
				got, err := run(t, reply, m, opts...)
				require.NoError(t, err)
				require.Equal(t, "done", got)
				require.Len(t, l.ran, ran)
				require.Equal(t, "shipped", results(m.Requests()[0])[0].Content)
			})
		}
	}
}

// X78: the store with the results has lost them, and the checkpoint says that tools were under way: nobody knows.
func TestX78LostResults(t *testing.T) {
	kept := onlyCheckpoints{store.NewMemory()}
	var l lookup
	tool := idempotent(&l)
	inner := tool.Run
	ctx, cancel := context.WithCancel(t.Context())
	tool.Run = func(ctx context.Context, input []byte) (any, error) {
		cancel()
		return inner(ctx, input)
	}
	opts := []alloy.Option{alloy.WithTools(tool), alloy.WithCheckpointer(kept), alloy.WithRunID("r1"), alloy.WithStore(store.NewMemory())}
	_, err := reply.Run(ctx, saying[string]("hello"), append(opts,
		alloy.WithProvider(play(t, alloytest.ToolCall("lookup_order", order("1"))))))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, l.ran, 1)
	_, err = run(t, reply, play(t), append(opts, alloy.WithStore(store.NewMemory()))...)
	as[*alloy.UnknownOutcome](t, err)
	require.Len(t, l.ran, 1)
}

// onlyCheckpoints hides that a store keeps results as well.
type onlyCheckpoints struct{ store.Checkpointer }

// X80: a checkpoint that cannot be read is a typed error. One of the first version can be read for ever.
func TestX80CheckpointsOfOtherVersions(t *testing.T) {
	old, err := os.ReadFile("testdata/checkpoint_v1.json")
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		data    string
		version int
	}{
		"empty":           {"", 0},
		"cut":             {string(old[:len(old)/2]), 0},
		"no JSON":         {"\x00\x01", 0},
		"null":            {"null", 0},
		"another type":    {`{"version":1,"command":"Reply","state":"running","opening":1,"messages":"none"}`, 0},
		"newer":           {`{"version":99,"command":"Reply","state":"running","messages":[{}],"opening":1}`, 99},
		"no messages":     {`{"version":1,"command":"Reply","state":"running"}`, 1},
		"no answer":       {`{"version":1,"command":"Reply","state":"completed","opening":1,"messages":[{"role":"user","parts":[{"text":"a"}]}]}`, 1},
		"waits for none":  {`{"version":1,"command":"Reply","state":"waiting_for_tool","opening":1,"messages":[{"role":"user","parts":[{"text":"a"}]}]}`, 1},
		"opening too far": {`{"version":1,"command":"Reply","state":"running","opening":9,"messages":[{"role":"user","parts":[{"text":"a"}]}]}`, 1},
	} {
		t.Run("X80_"+name, func(t *testing.T) {
			s := store.NewMemory()
			require.NoError(t, s.Save(t.Context(), "r1", []byte(tc.data)))
			_, err := run(t, reply, play(t), alloy.WithStore(s), alloy.WithRunID("r1"))
			require.Equal(t, alloy.KindCheckpoint, failed(t, err).Kind)
			require.Equal(t, tc.version, as[*alloy.CheckpointError](t, err).Version)
		})
	}
	t.Run("X80_version_1", func(t *testing.T) {
		s := store.NewMemory()
		require.NoError(t, s.Save(t.Context(), "r1", old))
		var l lookup
		m := play(t, alloytest.Reply("done"))
		got, err := run(t, reply, m, alloy.WithStore(inEpoch{s}), alloy.WithRunID("r1"), alloy.WithTools(l.tool()))
		require.NoError(t, err)
		require.Equal(t, "done", got)
		require.Equal(t, []string{"2"}, l.ran)
		require.Len(t, results(m.Requests()[0]), 2)
	})
	t.Run("of_another_command", func(t *testing.T) {
		s := store.NewMemory()
		require.NoError(t, s.Save(t.Context(), "r1", old))
		_, err := run(t, triage, play(t), alloy.WithStore(s), alloy.WithRunID("r1"))
		require.Equal(t, "run_id", as[*alloy.ConfigurationError](t, err).Setting)
	})
}

// inEpoch is a store that has lost nothing since the checkpoint was written.
type inEpoch struct{ store.Store }

func (inEpoch) Epoch(context.Context) (string, error) { return "e1", nil }
