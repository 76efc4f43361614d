package alloy_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// Entry is an element of a list.
type Entry struct {
	Name string   `json:"name"`
	N    int      `json:"n"`
	Tags []string `json:"tags"`
}

const entrySchema = `{"type":"object","properties":{"name":{"type":"string"},"n":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}},"required":["name","n","tags"],"additionalProperties":false}`

var listing = wrapped[[]Entry](`{"type":"array","items":` + entrySchema + `}`)

// pieces cuts a text.
func pieces(text string, n int) []string {
	var all []string
	for ; len(text) > n; text = text[n:] {
		all = append(all, text[:n])
	}
	return append(all, text)
}

// F199: ten objects arrive one by one, each before the text of the next has come, and all before the stream has ended.
func TestItemsArriveOneByOne(t *testing.T) {
	var objects []string
	for i := range 10 {
		objects = append(objects, fmt.Sprintf(`{"name": "[%d], \"x\"", "n": %d, "tags": ["a}", "b"]}`, i, i))
	}
	text := `{"value": [` + strings.Join(objects, ", ") + `]}`
	var delivered strings.Builder
	var seen events
	s := streamed(t, listing, play(t, alloytest.Reply("").Chunks(pieces(text, 5)...)), alloy.WithObserver(&seen))
	n := 0
	for item := range alloy.Items(s) {
		require.Equal(t, Entry{Name: fmt.Sprintf(`[%d], "x"`, n), N: n, Tags: []string{"a}", "b"}}, item)
		delivered.Reset()
		for _, d := range of[alloy.TextDelta](&seen) {
			delivered.WriteString(d.Text)
		}
		end := strings.Index(text, objects[n]) + len(objects[n])
		require.GreaterOrEqual(t, delivered.Len(), end)
		require.Less(t, delivered.Len(), end+5)
		require.Empty(t, of[alloy.RequestFinished](&seen))
		n++
	}
	require.Equal(t, 10, n)
	all, err := s.Result()
	require.NoError(t, err)
	require.Len(t, all, 10)
}

// The elements are those of the result, however the text is written and cut.
func TestItemsAreThoseOfTheResult(t *testing.T) {
	numbers := wrapped[[]int](`{"type":"array","items":{"type":"integer"}}`)
	words := typed[[]string](`{"type":"array","items":{"type":"string"}}`)
	check := func(t *rapid.T, got, want any, err error) {
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	rapid.Check(t, func(rt *rapid.T) {
		cut := rapid.IntRange(1, 40).Draw(rt, "cut")
		text := rapid.SampledFrom([]string{`{"value":[1,22,333]}`, `{"value": [ ]}`, "```json\n{'value': [1, 2, 3,]}\n```", `[4, 5]`, `Sure: {"value":[7,8]} there.`, `7`}).Draw(rt, "numbers")
		s := streamed(t, numbers, alloytest.New(alloytest.Reply("").Chunks(pieces(text, cut)...)))
		got := slices.Collect(alloy.Items(s))
		want, err := s.Result()
		if len(want) == 0 {
			require.Empty(rt, got)
		} else {
			check(rt, got, want, err)
		}
		text = rapid.SampledFrom([]string{`["a, ]\"", "", "b"]`, "['x', \"y\"]", "- none\n[\"z\"]"}).Draw(rt, "words")
		w := streamed(t, words, alloytest.New(alloytest.Reply("").Chunks(pieces(text, cut)...)))
		gotWords := slices.Collect(alloy.Items(w))
		wantWords, err := w.Result()
		check(rt, gotWords, wantWords, err)
	})
}

// Before the first element everything is tried again; after it nothing is.
func TestItemsAreNotYieldedTwice(t *testing.T) {
	s := streamed(t, listing, play(t, alloytest.Cut(`{"value": [{"name": "a"`), alloytest.Reply(`{"value":[{"name":"b","n":1,"tags":[]}]}`)), alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1}))
	require.Equal(t, []Entry{{"b", 1, []string{}}}, slices.Collect(alloy.Items(s)))

	m := play(t, alloytest.Cut(`{"value": [{"name": "a", "n": 1, "tags": []}, {"na`))
	s = streamed(t, listing, m, times(3), alloy.WithFallback("o3"))
	require.Equal(t, []Entry{{"a", 1, []string{}}}, slices.Collect(alloy.Items(s)))
	_, err := s.Result()
	as[*alloy.StreamInterrupted](t, err)
}

// However the list comes about, all of its elements are yielded, once: by the last request of finalize, by degrade, by a run that had its
// answer already, by a provider that delivers nothing piece by piece.
func TestItemsOfEveryAnswer(t *testing.T) {
	one, all := []Entry{{"a", 1, []string{}}}, []Entry{{"a", 1, []string{}}, {"b", 2, []string{}}}
	const text = `{"value":[{"name":"a","n":1,"tags":[]},{"name":"b","n":2,"tags":[]}]}`
	collect := func(s *alloy.Stream[[]Entry]) []Entry {
		got := slices.Collect(alloy.Items(s))
		want, err := s.Result()
		require.NoError(t, err)
		require.Equal(t, want, got)
		return got
	}
	tools := alloy.WithTools((&lookup{}).tool())
	m := play(t, alloytest.ToolCall("lookup_order", order("1")).Times(2), alloytest.Reply("").Chunks(pieces(text, 9)...))
	require.Equal(t, all, collect(streamed(t, listing, m, tools, alloy.WithMaxToolTurns(1), alloy.WithFinalize(alloy.Finalize{Limit: true}))))

	call := saying[[]Entry]("hello")
	call.Degrade = func(context.Context, error) ([]Entry, error) { return one, nil }
	require.Equal(t, one, collect(listing.Stream(t.Context(), call, []alloy.Option{alloy.WithProvider(play(t, alloytest.Fail(503)))})))

	run := []alloy.Option{alloy.WithStore(store.NewMemory()), alloy.WithRunID("r1")}
	require.Equal(t, all, collect(streamed(t, listing, play(t, alloytest.Reply(text)), run...)))
	require.Equal(t, all, collect(streamed(t, listing, play(t), run...)))

	silent := rogue(func(context.Context) (*provider.Response, error) {
		return &provider.Response{Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
	})
	require.Equal(t, all, collect(streamed(t, listing, silent)))
}
