package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// responsesAnswer reads one reply of the Responses API.
type responsesAnswer struct {
	reply    *wire.Reply
	req      *provider.Request
	provider string // the name under which vendor parts are kept
}

// item is one piece of an answer, of the kinds that are understood here.
type item struct {
	Type      string `json:"type"`
	CallID    string `json:"call_id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
	Phase     string `json:"phase"`
	Content   []said `json:"content"`
	Encrypted string `json:"encrypted_content"` // of reasoning

	raw json.RawMessage // of a kind that goes back as it came: reasoning and the like
}

// said is a piece of a message.
type said struct {
	Type    string `json:"type"` // output_text, refusal
	Text    string `json:"text"`
	Refusal string `json:"refusal"`
}

// understood says whether the item is of a kind that is read here, and not one that goes back as it came.
func (it *item) understood() bool { return it.Type == "message" || it.Type == "function_call" }

// decode reads an item, of which data is its own.
func (it *item) decode(data json.RawMessage) error {
	err := json.Unmarshal(data, it) // of another form too it reads the type
	if it.understood() {
		return err
	}
	if _, other := errors.AsType[*json.UnmarshalTypeError](err); err != nil && (it.Type == "" || !other) {
		return err
	}
	it.keep(data)
	return nil
}

// keep keeps the whole of an item that is not understood here. Reasoning that is not encrypted cannot go back: the vendor stored
// nothing to look it up by.
func (it *item) keep(data json.RawMessage) {
	if !it.understood() && (it.Type != "reasoning" || it.Encrypted != "") {
		it.raw = data
	}
}

// text is what a message says, and what it says instead when it refuses.
func (it *item) text() (text, refusal string) {
	var says, refuses strings.Builder
	for i := range it.Content {
		if c := &it.Content[i]; c.Type == "output_text" {
			says.WriteString(c.Text)
		} else {
			refuses.WriteString(c.Refusal)
		}
	}
	return says.String(), refuses.String()
}

// responseObject is the API's response.
type responseObject struct {
	Model      string `json:"model"`
	Status     string `json:"status"`
	Output     []item `json:"output"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
	Usage responsesUsage  `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// decode reads a response, in one pass where every item is understood. Where one is of another form, each is read by itself.
func (r *responseObject) decode(data []byte) error {
	err := json.Unmarshal(data, r)
	if !slices.ContainsFunc(r.Output, func(it item) bool { return !it.understood() }) {
		return err
	}
	if err == nil {
		var all struct {
			Output []json.RawMessage `json:"output"`
		}
		err = json.Unmarshal(data, &all)
		for i := range all.Output {
			r.Output[i].keep(all.Output[i])
		}
		return err
	}
	rest := struct {
		*responseObject
		Output []json.RawMessage `json:"output"`
	}{responseObject: r}
	if err := json.Unmarshal(data, &rest); err != nil {
		return err
	}
	for i := range rest.Output {
		r.Output[i] = item{}
		if err := r.Output[i].decode(rest.Output[i]); err != nil {
			return err
		}
	}
	return nil
}

// responsesUsage is the token count of a response.
type responsesUsage struct {
	Input        int `json:"input_tokens"`
	Output       int `json:"output_tokens"`
	InputDetails struct {
		Cached int `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	OutputDetails struct {
		Reasoning int `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
}

func (u responsesUsage) neutral() provider.Usage {
	return provider.Usage{
		InputTokens:     u.Input,
		OutputTokens:    u.Output,
		CachedTokens:    u.InputDetails.Cached,
		ReasoningTokens: u.OutputDetails.Reasoning,
	}
}

func (a responsesAnswer) Whole(ctx context.Context) (*provider.Response, error) {
	var r responseObject
	if err := a.reply.DecodeWith(ctx, r.decode); err != nil {
		return nil, err
	}
	res, err := a.response(&r)
	if err != nil {
		return nil, err
	}
	return res, nil
}

// response builds the neutral form of a complete answer.
func (a responsesAnswer) response(r *responseObject) (*provider.Response, *provider.Error) {
	res := &provider.Response{Model: r.Model, RequestID: a.reply.RequestID, Usage: r.Usage.neutral()}
	finish, err := a.read(r, res)
	if err != nil {
		err.Usage = res.Usage
		return nil, err
	}
	res.Finish = finish
	return res, nil
}

func (a responsesAnswer) read(r *responseObject, res *provider.Response) (provider.FinishReason, *provider.Error) {
	if wire.IsSet(r.Error) {
		return "", a.reply.Reported(r.Error)
	}
	var refusals strings.Builder
	ids, refused, calls := wire.CallIDsOf(a.req), false, 0
	for i := range r.Output {
		switch it := &r.Output[i]; {
		case it.Type == "message":
			text, refusal := it.text()
			if text != "" && it.Phase != "" {
				res.Parts = append(res.Parts, keep(a.provider, kept{Model: a.req.Model, Phase: it.Phase}))
			}
			if text != "" {
				res.Parts = append(res.Parts, provider.Part{Text: text})
			}
			refused = refused || refusal != ""
			refusals.WriteString(refusal)
		case it.Type == "function_call":
			calls++
			res.Parts = append(res.Parts, provider.Part{ToolCall: &provider.ToolCall{
				ID:        ids.Next(it.CallID, len(res.Parts)),
				Name:      it.Name,
				Arguments: it.Arguments,
			}})
		case it.raw != nil:
			res.Parts = append(res.Parts, keep(a.provider, kept{Model: a.req.Model, Item: it.raw}))
		}
	}
	if refused && res.Text() == "" {
		res.Parts = append(res.Parts, provider.Part{Text: refusals.String()})
	}
	return a.finish(r, refused, calls)
}

// finish maps the status; calls is how many tool calls wait for their results.
func (a responsesAnswer) finish(r *responseObject, refused bool, calls int) (provider.FinishReason, *provider.Error) {
	switch r.Status {
	case "completed":
		switch {
		case len(r.Output) == 0:
			return "", a.reply.Fail(provider.Malformed, "the answer has no output")
		case refused:
			return provider.FinishRefusal, nil
		case calls > 0:
			return provider.FinishToolCalls, nil
		}
		return provider.FinishStop, nil
	case "incomplete":
		switch r.Incomplete.Reason {
		case "max_output_tokens":
			return provider.FinishLength, nil
		case "content_filter":
			return provider.FinishRefusal, nil
		}
		return "", a.reply.Fail(provider.Malformed,
			fmt.Sprintf("the answer is incomplete for an unknown reason: %q", r.Incomplete.Reason))
	case "failed":
		return "", a.reply.Fail(provider.Server, "the response failed, and does not say why")
	case "":
		if len(r.Output) == 0 {
			return "", a.reply.Fail(provider.Malformed, "the answer has no output")
		}
		return "", a.reply.Fail(provider.Truncated, "the answer has no status")
	}
	return "", a.reply.Fail(provider.Malformed, fmt.Sprintf("unknown status %q", r.Status))
}
