package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
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

// An element that has been yielded as strict JSON stands, although what comes after it makes the text one that is repaired.
func TestItemsOfATextThatNeedsRepair(t *testing.T) {
	first := `{"value": [{"name": "\u0061", "n": 1, "tags": ["x", "y"]}, `
	for _, rest := range []string{
		`{'name': 'b', "n": 2, "tags": []}]}`,
		`{"name": "b", "n": "2", "tags": []}, ]}`,
		`{"name": "b", "n": 2, "tags": [], "more": {"z": [1]}}]}`,
		`{"name": "b", "n": 2, "tags": []}]`,
		`{"name": "b", "n": 2, "tags": []}]} Anything else?`,
		`{"name": "b", "n": 2}]}`,
		`{"name": "b", "n": 2, "tags": "z"}, {"Name": "c", "n": 3.0, "tags": {"0": "x"}}]}`,
	} {
		for _, before := range []string{"", "Here:\n```json\n"} {
			for _, cut := range []int{1, 7, 1000} {
				t.Run(fmt.Sprint(before, rest, cut), func(t *testing.T) {
					var seen events
					s := streamed(t, listing, alloytest.New(alloytest.Reply("").Chunks(pieces(before+first+rest, cut)...)), alloy.WithObserver(&seen), alloy.WithAutoFinalize(false))
					var got []Entry
					early := 0
					for item := range alloy.Items(s) {
						got = append(got, item)
						if len(of[alloy.RequestFinished](&seen)) == 0 {
							early++
						}
					}
					want, err := s.Result()
					if err == nil {
						require.Equal(t, want, got)
					} else {
						require.NotContains(t, err.Error(), "another")
					}
					if cut < 1000 {
						require.Positive(t, early)
					}
				})
			}
		}
	}
}

// Whatever a text is, its elements are those of the result, and the result is that of the plain call. Only where the end of the
// text gives what was yielded another meaning there is none.
func TestItemsOfAnyText(t *testing.T) {
	texts := []string{
		`{"value": [{"name": "a", "n": 1, "tags": ["x", "y"]}, {"name": "b\"c", "n": -2, "tags": []}, {"name": "", "n": 3, "tags": ["[", "}"]}]}`,
		`[{"name":"a","n":1,"tags":["x","y"]},{"name":"b","n":2,"tags":[]}]`,
		"Sure:\n```json\n{\"value\":[{\"name\":\"a\",\"n\":1,\"tags\":[]},{\"name\":\"b\",\"n\":2,\"tags\":[\"z\"]}]}\n```\nBye {x}",
	}
	bits := []string{"", `"`, `'`, `,`, `{`, `}`, `[`, `]`, `:`, ` `, `1`, `x`, `\`, "\n", `null`, `,"z":1`, `}, {`, "```", `"1"`, "// c\n"}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(rt, "text")
		for range rapid.IntRange(0, 2).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(text)-1).Draw(rt, "at")
			text = text[:at] + rapid.SampledFrom(bits).Draw(rt, "in") + text[at+rapid.IntRange(0, 1).Draw(rt, "out"):]
		}
		chunks := pieces(text, rapid.IntRange(1, 12).Draw(rt, "cut"))
		s := streamed(t, listing, alloytest.New(alloytest.Reply("").Chunks(chunks...)), alloy.WithAutoFinalize(false))
		got := slices.Collect(alloy.Items(s))
		value, err := s.Result()
		want, wantErr := listing.Parse(text)
		switch {
		case err == nil:
			require.NoError(rt, wantErr)
			require.Equal(rt, want, value)
			require.Equal(rt, value, append([]Entry{}, got...))
		case wantErr == nil:
			require.ErrorContains(rt, err, "the answer is another than its first")
		case len(got) > 0:
			as[*alloy.StreamInterrupted](t, err)
		}
	})
}

// What an answer may not need is not yielded of it.
func TestItemsAndLeniency(t *testing.T) {
	good := `{"value": [{"name": "a", "n": 1, "tags": []}]}`
	repaired := `{"value": [{"name": "a", "n": "1", "tags": []}]}`
	inFence := "```json\n" + good + "\n```"
	for _, tc := range []struct {
		leniency alloy.Leniency
		answer   string
	}{{alloy.Strict, repaired}, {alloy.Strict, inFence}, {alloy.Fenced, repaired}} {
		m := play(t, alloytest.Reply("").Chunks(pieces(tc.answer, 4)...), alloytest.Reply("").Chunks(pieces(good, 4)...))
		s := streamed(t, listing, m, alloy.WithLeniency(tc.leniency))
		require.Equal(t, []Entry{{"a", 1, []string{}}}, slices.Collect(alloy.Items(s)))
		_, err := s.Result()
		require.NoError(t, err, "nothing was yielded of it: it is asked for again")
	}
	s := streamed(t, listing, play(t, alloytest.Reply("").Chunks(pieces(inFence, 4)...)), alloy.WithLeniency(alloy.Fenced))
	require.Len(t, slices.Collect(alloy.Items(s)), 1)
}

// An element that does not fit, in whatever way that shows, is not yielded, nor is any after it.
func TestItemsEndAtAnElementThatDoesNotFit(t *testing.T) {
	numbers := `{"type":"array","items":{"type":"integer"}}`
	odd := errors.New("odd")
	even := func(n int) error {
		if n%2 != 0 {
			return odd
		}
		return nil
	}
	decode := func(data []byte) (list []int, err error) {
		if err = json.Unmarshal(data, &list); err != nil {
			return nil, err
		}
		for _, n := range list {
			err = errors.Join(err, even(n))
		}
		return list, err
	}
	validate := func(data []byte) error {
		var root struct{ Value []int }
		if err := json.Unmarshal(data, &root); err != nil {
			return err
		}
		_, err := decode([]byte(strings.ReplaceAll(fmt.Sprint(root.Value), " ", ",")))
		return err
	}
	schema := &alloy.Schema{JSON: `{"type":"object","properties":{"value":` + numbers + `},"required":["value"],"additionalProperties":false}`}
	for name, cmd := range map[string]alloy.Command[[]int]{
		"schema":   wrapped[[]int](`{"type":"array","items":{"type":"integer","multipleOf":2}}`),
		"decode":   alloy.NewCommand(alloy.Definition[[]int]{Name: "Extract", Wrapped: true, Output: schema, Decode: decode}),
		"validate": alloy.NewCommand(alloy.Definition[[]int]{Name: "Extract", Wrapped: true, Output: schema, Validate: validate}),
	} {
		t.Run(name, func(t *testing.T) {
			s := streamed(t, cmd, play(t, alloytest.Reply("").Chunks(pieces(`{"value":[2,4,5,6,8]}`, 2)...)), times(3))
			require.Equal(t, []int{2, 4}, slices.Collect(alloy.Items(s)))
			_, err := s.Result()
			require.Equal(t, alloy.KindSchema, failed(t, err).Kind)
			require.Equal(t, len(`{"value":[2,4,5,6,8]}`), as[*alloy.StreamInterrupted](t, err).Delivered)

			s = streamed(t, cmd, play(t, alloytest.Reply("").Chunks(pieces(`{"value":[1,2]}`, 2)...), alloytest.Reply("").Chunks(pieces(`{"value":[4,6]}`, 2)...)))
			require.Equal(t, []int{4, 6}, slices.Collect(alloy.Items(s)), "nothing was yielded of the first: it is asked for again")
		})
	}
	few := wrapped[[]int](`{"type":"array","items":{"type":"integer"},"maxItems":2}`)
	s := streamed(t, few, play(t, alloytest.Reply("").Chunks(pieces(`{"value":[1,2,3,4]}`, 2)...)))
	require.Equal(t, []int{1, 2}, slices.Collect(alloy.Items(s)))
	_, err := s.Result()
	as[*alloy.StreamInterrupted](t, err)
}

// Each request has its elements come one by one, whatever came of the one before.
func TestItemsOfALaterRequest(t *testing.T) {
	const text = `{"value":[{"name":"a","n":1,"tags":[]},{"name":"b","n":2,"tags":[]}]}`
	whole := alloytest.Reply("").Chunks(pieces(text, 5)...)
	l := &lookup{}
	for name, first := range map[string]alloytest.Step{
		"after a failure":        alloytest.Cut(`{"value":[{"name":"zzzzzzzzzzzz`),
		"after a rejection":      alloytest.Reply(`{"value":[[[[`),
		"after a round of tools": alloytest.ToolCall("lookup_order", order("1")).Saying(`I {look: ["`),
		"after a pause":          alloytest.Pause(`I {look: ["`),
	} {
		t.Run(name, func(t *testing.T) {
			var seen events
			s := streamed(t, listing, play(t, first, whole), alloy.WithRetry(alloy.Retry{Attempts: 2, Base: 1}), alloy.WithObserver(&seen), alloy.WithTools(l.tool()))
			n := 0
			for range alloy.Items(s) {
				n++
				require.Len(t, append(of[alloy.RequestFinished](&seen), alloy.RequestFinished{}), len(of[alloy.RequestStarted](&seen)), "the request is under way")
			}
			require.Equal(t, 2, n)
			_, err := s.Result()
			require.NoError(t, err)
		})
	}
	// Elements that came before a call of tools would come again.
	for _, goes := range []alloytest.Step{alloytest.ToolCall("lookup_order", order("1")).Saying(text[:50]), alloytest.Pause(text[:50])} {
		m := play(t, goes)
		s := streamed(t, listing, m, alloy.WithTools(l.tool()), times(3), alloy.WithFallback("o3"))
		require.Equal(t, []Entry{{"a", 1, []string{}}}, slices.Collect(alloy.Items(s)))
		_, err := s.Result()
		as[*alloy.StreamInterrupted](t, err)
	}
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

// However the list comes about, all of its elements are yielded, once: by the last request of finalize, by degrade, by a run that
// had its answer already, by a provider that delivers nothing piece by piece.
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
