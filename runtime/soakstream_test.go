package alloy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

// The share of streams in the soak: what the server sends, and what a reader does.

// frames are a reply of the vendor's as a stream has it.
func (v vendor) frames(reply string) []string {
	if v == openAI {
		return chatFrames(reply)
	}
	return messageFrames(reply)
}

func chatFrames(reply string) (all []string) {
	var r struct {
		Choices []struct {
			Message struct {
				Content string           `json:"content"`
				Calls   []map[string]any `json:"tool_calls"`
			} `json:"message"`
			Reason string `json:"finish_reason"`
		} `json:"choices"`
		Usage any `json:"usage"`
	}
	if json.Unmarshal([]byte(reply), &r) != nil || len(r.Choices) == 0 {
		return []string{"data: " + reply + "\n\n"}
	}
	chunk := func(delta map[string]any, reason any, usage any) {
		c := map[string]any{"model": "gpt-5-2026", "usage": usage, "choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": reason}}}
		all = append(all, "data: "+asJSON(c)+"\n\n")
	}
	chunk(map[string]any{"role": "assistant", "content": nil}, nil, nil)
	for _, piece := range pieces(r.Choices[0].Message.Content, 1+rand.IntN(30)) {
		chunk(map[string]any{"content": piece}, nil, nil)
	}
	for i, call := range r.Choices[0].Message.Calls {
		call["index"] = i
		chunk(map[string]any{"tool_calls": []any{call}}, nil, nil)
	}
	chunk(map[string]any{}, r.Choices[0].Reason, r.Usage)
	return append(all, "data: [DONE]\n\n")
}

func messageFrames(reply string) (all []string) {
	var r struct {
		Content []map[string]any `json:"content"`
		Reason  string           `json:"stop_reason"`
		Usage   map[string]int   `json:"usage"`
	}
	if json.Unmarshal([]byte(reply), &r) != nil {
		return []string{"data: " + reply + "\n\n"}
	}
	event := func(kind string, fields map[string]any) {
		fields["type"] = kind
		all = append(all, "event: "+kind+"\ndata: "+asJSON(fields)+"\n\n")
	}
	event("message_start", map[string]any{"message": map[string]any{"model": "claude-2026", "content": []any{}, "usage": map[string]any{"input_tokens": r.Usage["input_tokens"], "output_tokens": 1}}})
	for i, block := range r.Content {
		var deltas []map[string]any
		if text, ok := block["text"].(string); ok {
			for _, piece := range pieces(text, 1+rand.IntN(30)) {
				deltas = append(deltas, map[string]any{"type": "text_delta", "text": piece})
			}
			block["text"] = ""
		} else {
			deltas = append(deltas, map[string]any{"type": "input_json_delta", "partial_json": asJSON(block["input"])})
			block["input"] = map[string]any{}
		}
		event("content_block_start", map[string]any{"index": i, "content_block": block})
		for _, d := range deltas {
			event("content_block_delta", map[string]any{"index": i, "delta": d})
		}
		event("content_block_stop", map[string]any{"index": i})
	}
	event("message_delta", map[string]any{"delta": map[string]any{"stop_reason": r.Reason}, "usage": map[string]any{"output_tokens": r.Usage["output_tokens"]}})
	event("message_stop", map[string]any{})
	return all
}

// asStream sends a reply as a stream, of which something goes wrong now and then.
func asStream(v vendor, reply string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		frames := v.frames(reply)
		send := func(text string) {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		var pause time.Duration
		if rand.IntN(4) == 0 {
			pause = time.Duration(rand.IntN(5)) * time.Millisecond
		}
		fails, at := rand.IntN(30), rand.IntN(len(frames))
		for i, f := range frames {
			if i == at {
				switch fails {
				case 0:
					return // a clean end
				case 1:
					panic(http.ErrAbortHandler)
				case 2:
					send("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n")
				case 3:
					send("data: {nonsense\n\n")
				case 4:
					send(f[:len(f)/2])
					return
				case 5:
					<-r.Context().Done()
				case 6:
					for r.Context().Err() == nil {
						send(": ping\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n")
						time.Sleep(5 * time.Millisecond)
					}
				}
			}
			if r.Context().Err() != nil {
				return
			}
			send(f)
			time.Sleep(pause)
		}
	}
}

var errSoakPanic = errors.New("the reader's own")

// stream makes the call as a stream that is read in some way, and looks at what was read.
func (c *soakCall) stream(ctx context.Context, rnd *rand.Rand, call alloy.Call[Ticket], opts []alloy.Option) (Ticket, error) {
	view := rnd.IntN(4)
	c.hedged = c.hedged && view == 3 // without a loop it is a plain call
	opts = append(opts, alloy.WithStreamTimeout(alloy.StreamTimeout{First: time.Duration(20+rnd.IntN(300)) * time.Millisecond, Idle: time.Duration(20+rnd.IntN(200)) * time.Millisecond}))
	stays := -1 // values that the reader takes before it leaves; -1: all
	if rnd.IntN(3) == 0 {
		stays = rnd.IntN(12)
	}
	slow, panics := rnd.IntN(6) == 0, rnd.IntN(10) == 0
	taken := 0
	next := func() bool { // whether the reader stays
		if taken++; slow {
			time.Sleep(time.Duration(rand.IntN(30)) * time.Millisecond)
		}
		if taken-1 != stays {
			return true
		}
		if panics {
			panic(errSoakPanic)
		}
		return false
	}
	s := triage.Stream(ctx, call, opts)
	var text strings.Builder
	var last Ticket
	var events []alloy.Event
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(errSoakPanic) {
				panic(p)
			}
		}()
		switch view {
		case 0:
			for piece := range s.Text() {
				if text.WriteString(piece); !next() {
					break
				}
			}
		case 1:
			for last = range s.Partials() {
				if !next() {
					break
				}
			}
		case 2:
			for e := range s.Events() {
				if events = append(events, e); !next() {
					break
				}
			}
		}
	}()
	got, err := s.Result()
	all := stays < 0 || taken <= stays
	switch {
	case view == 0 && all && err == nil && !strings.HasSuffix(text.String(), c.lastText()):
		c.wrong("the text ends otherwise than the answer: %q, %q", text.String(), c.lastText())
	case view == 1 && all && err == nil && !reflect.DeepEqual(last, got):
		c.wrong("the last partial is %+v, of %+v", last, got)
	case view == 2 && all && len(events) < len(c.seen.all):
		c.wrong("%d events, of %d", len(events), len(c.seen.all))
	}
	return got, err
}

// list makes a call whose elements are read one by one.
func (c *soakCall) list(ctx context.Context, rnd *rand.Rand, opts []alloy.Option) (Ticket, error) {
	c.hedged = false
	s := tickets.Stream(ctx, saying[[]Ticket](c.question+" of many"), opts)
	stays := rnd.IntN(6)
	var read []Ticket
	for one := range alloy.Items(s) {
		if read = append(read, one); len(read) > stays {
			break
		}
	}
	got, err := s.Result()
	if err == nil && (len(read) > len(got) || !reflect.DeepEqual(read, got[:len(read)]) || len(read) < len(got) && len(read) <= stays) {
		c.wrong("%+v were read, of %+v", read, got)
	}
	if err != nil || len(got) == 0 {
		return Ticket{}, err
	}
	return got[0], nil
}

var tickets = wrapped[[]Ticket](`{"type":"array","minItems":1,"items":` + ticketSchema.JSON + `}`)

// lastText is what the answer says that was accepted; what degrade, or an earlier call of the run, has answered is known by its
// value.
func (c *soakCall) lastText() (text string) {
	for _, e := range c.seen.all {
		switch e := e.(type) {
		case alloy.RequestFinished:
			if text = ""; e.Response != nil {
				text = e.Response.Text()
			}
		case alloy.DegradeFinished:
			text = ""
		}
	}
	return text
}

func (c *soakCall) wrong(format string, args ...any) {
	if c.faults.Add(1) <= 20 {
		c.t.Errorf("%s: %s", c.question, fmt.Sprintf(format, args...))
	}
}
