package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// responsesEvent is any event of a stream; see https://developers.openai.com/api/reference/resources/responses/streaming-events.
// Values whose kind depends on the event stay as they are until it is known.
type responsesEvent struct {
	Type     string          `json:"type"`
	Index    int             `json:"output_index"`
	Item     json.RawMessage `json:"item"`     // response.output_item.…
	Delta    any             `json:"delta"`    // a string in response.output_text.delta and response.refusal.delta
	Response json.RawMessage `json:"response"` // response.completed, response.incomplete, response.failed
	Error    json.RawMessage `json:"error"`    // error; or, beside the type:
	Code     json.RawMessage `json:"code,omitempty"`
	Message  json.RawMessage `json:"message,omitempty"`
}

// stream reads events until the response is completed, incomplete or failed. A stream that ends without one of them was cut.
func (a responsesAnswer) Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error) {
	events, err := a.reply.Events(ctx)
	if err != nil {
		return nil, err
	}
	var s responsesStream
	var e responsesEvent // one for all: each would be allocated
	for !s.done {
		data, err := events.Next()
		if err != nil {
			return nil, a.reply.StreamError(ctx, err)
		}
		if string(data) == "[DONE]" { // of servers that end every stream so
			return nil, a.reply.Fail(provider.Truncated, "the stream ended before the answer was complete")
		}
		e = responsesEvent{}
		text, works := "", false
		if err = json.Unmarshal(data, &e); err == nil {
			if e.Type == "error" || e.Type == "" && wire.IsSet(e.Error) {
				return nil, a.reply.Reported(e.fault())
			}
			text, err = s.add(&e)
			works = s.works(&e)
		}
		if err != nil {
			return nil, a.failed(a.reply.Fail(provider.Malformed, "an event of the stream is not JSON of the API: "+err.Error()), &s)
		}
		if s.size > wire.MaxBody {
			return nil, a.failed(a.reply.TooLarge(), &s)
		}
		if text != "" || works {
			if err := emit(provider.Delta{Text: text}); err != nil {
				return nil, err
			}
		}
	}
	if kind := s.gather(); kind != "" {
		return nil, a.failed(a.reply.Fail(provider.Malformed, fmt.Sprintf("a %s of the stream has no end", kind)), &s)
	}
	res, fault := a.response(&s.response)
	if fault != nil {
		return nil, fault
	}
	return res, nil
}

func (a responsesAnswer) failed(err *provider.Error, s *responsesStream) *provider.Error {
	err.Usage = s.response.Usage.neutral()
	return err
}

// fault is what an error event reports, which may stand in it or beside its type.
func (e *responsesEvent) fault() json.RawMessage {
	if wire.IsSet(e.Error) {
		return e.Error
	}
	fault, _ := json.Marshal(responsesEvent{Code: e.Code, Message: e.Message}) // of JSON that was read before it does not fail
	return fault
}

// piece is the text that the event brings.
func (e *responsesEvent) piece() (string, error) {
	text, ok := e.Delta.(string)
	if !ok {
		return "", fmt.Errorf("the delta of %s is no text", e.Type)
	}
	return text, nil
}

// responsesStream is what the events of a stream add up to.
type responsesStream struct {
	response responseObject
	items    []*streamedItem
	size     int
	done     bool
}

// streamedItem is an item that grows.
type streamedItem struct {
	index         int
	kind          string // of an item that was begun
	text, refusal strings.Builder
	item          *item // once it is complete
}

// add takes one event and returns the text that it brings.
func (s *responsesStream) add(e *responsesEvent) (text string, err error) {
	switch e.Type {
	case "response.output_item.added":
		var begun struct {
			Type string `json:"type"`
		}
		err = json.Unmarshal(e.Item, &begun)
		s.at(e.Index).kind = begun.Type
		s.size += len(begun.Type)
	case "response.output_text.delta":
		text, err = e.piece()
		s.at(e.Index).text.WriteString(text)
		s.size += len(text)
	case "response.refusal.delta":
		var refusal string
		refusal, err = e.piece()
		s.at(e.Index).refusal.WriteString(refusal)
		s.size += len(refusal)
	case "response.output_item.done":
		it := new(item)
		err = it.decode(e.Item)
		s.size += len(e.Item)
		text = s.at(e.Index).complete(it)
	case "response.completed", "response.incomplete", "response.failed":
		s.done = true
		err = s.response.decode(e.Response)
		for i := range s.response.Output { // of a server that sends fewer events
			if it := s.at(i); it.item == nil {
				text += it.complete(&s.response.Output[i])
			}
			if s.size > wire.MaxBody { // which is to look for each among all
				break
			}
		}
	}
	return text, err // other events, those yet to be invented too, say nothing
}

// works says whether an event shows that the model is at work: it brings a piece of something, begins or ends an item that is
// no message, or tells how a tool of the vendor's own gets on. The start of a response and of a message is not yet work.
func (s *responsesStream) works(e *responsesEvent) bool {
	switch e.Type {
	case "response.output_item.added":
		return s.at(e.Index).kind != "message"
	case "response.output_item.done":
		return s.at(e.Index).item.Type != "message"
	}
	return strings.HasSuffix(e.Type, ".delta") && e.Delta != "" || strings.Contains(e.Type, "_call.")
}

func (s *responsesStream) at(index int) *streamedItem {
	for i := len(s.items) - 1; i >= 0; i-- {
		if s.items[i].index == index {
			return s.items[i]
		}
	}
	it := &streamedItem{index: index}
	s.items = append(s.items, it)
	s.size += wire.ItemSize
	return it
}

// complete ends an item and returns the text that no delta brought. What deltas brought stands, since it was shown.
func (s *streamedItem) complete(it *item) (rest string) {
	s.item = it
	if it.Type != "message" {
		return ""
	}
	text, _ := it.text()
	rest, ok := strings.CutPrefix(text, s.text.String())
	if !ok {
		s.item = s.message()
		s.item.Phase = it.Phase
		return ""
	}
	return rest
}

// message is what the deltas add up to.
func (s *streamedItem) message() *item {
	return &item{Type: "message", Content: []said{
		{Type: "output_text", Text: s.text.String()},
		{Type: "refusal", Refusal: s.refusal.String()},
	}}
}

// gather makes the output of the response out of its items. It returns the kind of an item that is not complete, if there is
// one that cannot be put together from deltas.
func (s *responsesStream) gather() (lost string) {
	slices.SortStableFunc(s.items, func(a, b *streamedItem) int { return cmp.Compare(a.index, b.index) })
	s.response.Output = make([]item, 0, len(s.items))
	for _, it := range s.items {
		switch {
		case it.item != nil:
			s.response.Output = append(s.response.Output, *it.item)
		case it.kind == "message", it.text.Len() > 0, it.refusal.Len() > 0:
			s.response.Output = append(s.response.Output, *it.message())
		case it.kind == "function_call" && s.response.Status == "completed":
			return it.kind
		}
	}
	return ""
}
