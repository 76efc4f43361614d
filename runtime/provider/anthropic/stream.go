package anthropic

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// event is any event of a stream; see https://platform.claude.com/docs/en/build-with-claude/streaming.
type event struct {
	Type    string          `json:"type"`
	Message json.RawMessage `json:"message"`       // message_start
	Index   int             `json:"index"`         // content_block_…
	Block   json.RawMessage `json:"content_block"` // content_block_start
	Delta   struct {
		Type        string `json:"type"`
		Text        string `json:"text"`
		PartialJSON string `json:"partial_json"`
		Thinking    string `json:"thinking"`
		Signature   string `json:"signature"`

		StopReason string      `json:"stop_reason"`  // message_delta
		Details    stopDetails `json:"stop_details"` // message_delta
	} `json:"delta"`
	Usage json.RawMessage `json:"usage"` // message_delta
	Error json.RawMessage `json:"error"`
}

// stream reads events until message_stop. A stream that ends without it was cut.
func (a answer) Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error) {
	events, err := a.reply.Events(ctx)
	if err != nil {
		return nil, err
	}
	s := streamed{answerTool: a.answerTool}
	emitted := false
	fail := func(e *provider.Error) error {
		e.Usage = s.message.Usage.neutral()
		return e
	}
	var e event // one for all: each would be allocated
	for !s.done {
		data, err := events.Next()
		if err != nil {
			return nil, fail(a.reply.StreamError(ctx, err))
		}
		e = event{}
		err = json.Unmarshal(data, &e)
		if err == nil && wire.IsSet(e.Error) {
			return nil, fail(a.reply.Reported(e.Error))
		}
		var text string
		works := false
		if err == nil {
			text, err = s.add(&e)
			works = s.works(&e)
		}
		if err != nil {
			return nil, fail(a.reply.Fail(provider.Malformed, "an event of the stream is not JSON of the API: "+err.Error()))
		}
		if s.size > wire.MaxBody {
			return nil, fail(a.reply.TooLarge())
		}
		if a.wrapped() {
			text = "" // it is held back
		}
		if text != "" || works {
			if err := emit(provider.Delta{Text: text}); err != nil {
				return nil, err
			}
			emitted = emitted || text != ""
		}
	}
	if err := s.finish(); err != nil {
		return nil, fail(a.reply.Fail(provider.Malformed, "a block of the stream is not JSON of the API: "+err.Error()))
	}
	res, err := a.response(&s.message)
	if err != nil {
		return nil, err
	}
	if text := res.Text(); !emitted && text != "" { // an answer that was held back
		if err := emit(provider.Delta{Text: text}); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// streamed is what the events of a stream add up to.
type streamed struct {
	message    message
	open       []*openBlock
	answerTool string
	size       int
	done       bool
}

// openBlock is a block of content that grows.
type openBlock struct {
	index               int
	start               json.RawMessage
	block               block
	text, json          strings.Builder
	thinking, signature strings.Builder
}

// add takes one event and returns the text that it brings.
func (s *streamed) add(e *event) (text string, err error) {
	switch e.Type {
	case "message_start":
		err = json.Unmarshal(e.Message, &s.message)
		s.message.Content = nil
	case "content_block_start":
		b := &openBlock{index: e.Index, start: e.Block}
		err = json.Unmarshal(e.Block, &b.block)
		b.text.WriteString(b.block.Text)
		s.size += wire.ItemSize + len(e.Block)
		s.open = append(s.open, b)
		if s.answerTool == "" {
			text = b.block.Text
		}
	case "content_block_delta":
		text, err = s.grow(e)
	case "message_delta":
		s.message.StopReason, s.message.Details = e.Delta.StopReason, e.Delta.Details
		if len(e.Usage) > 0 { // cumulative; what it does not name keeps the value of message_start
			err = json.Unmarshal(e.Usage, &s.message.Usage)
		}
	case "message_stop":
		s.done = true
	}
	return text, err // ping, content_block_stop and events yet to be invented say nothing
}

// works says whether an event shows that the model is at work: it brings a piece of a block, or a block that is no text. The
// start of a message and of a text, and an empty piece of one, is not yet work, and a ping never.
func (s *streamed) works(e *event) bool {
	switch e.Type {
	case "content_block_start":
		return s.open[len(s.open)-1].block.Type != "text"
	case "content_block_delta":
		return e.Delta.Type != "text_delta" || e.Delta.Text != ""
	}
	return false
}

func (s *streamed) grow(e *event) (text string, err error) {
	for i := len(s.open) - 1; i >= 0; i-- {
		b := s.open[i]
		if b.index != e.Index {
			continue
		}
		d := &e.Delta
		s.size += len(d.Text) + len(d.PartialJSON) + len(d.Thinking) + len(d.Signature)
		b.text.WriteString(d.Text)
		b.json.WriteString(d.PartialJSON)
		b.thinking.WriteString(d.Thinking)
		b.signature.WriteString(d.Signature)
		switch {
		case s.answerTool == "":
			return d.Text, nil
		case b.block.Type == "tool_use" && b.block.Name == s.answerTool:
			return d.PartialJSON, nil
		}
		return "", nil
	}
	return "", fmt.Errorf("a delta of the block %d, which was not begun", e.Index)
}

// finish turns the grown blocks into the content of the message.
func (s *streamed) finish() error {
	for _, b := range s.open {
		switch b.block.Type {
		case "text":
			b.block.Text = b.text.String()
		case "tool_use":
			if b.json.Len() > 0 {
				b.block.Input = json.RawMessage(b.json.String())
			}
		default:
			raw, err := b.whole()
			if err != nil {
				return err
			}
			b.block.raw = raw
		}
		s.message.Content = append(s.message.Content, b.block)
	}
	return nil
}

// whole is a block of a kind that is not understood here, with what its deltas brought.
func (b *openBlock) whole() (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(b.start, &fields); err != nil {
		return nil, err
	}
	for key, grown := range map[string]*strings.Builder{"text": &b.text, "thinking": &b.thinking, "signature": &b.signature} {
		if grown.Len() > 0 {
			text, _ := json.Marshal(grown.String()) // of a string it does not fail
			fields[key] = text
		}
	}
	if input := json.RawMessage(b.json.String()); json.Valid(input) { // or it was cut off at the limit
		fields["input"] = input
	}
	return json.Marshal(fields)
}
