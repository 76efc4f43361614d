package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// demo is a model for those who have no key: it looks up the order that a message names, and writes as slowly as models do.
type demo struct {
	pause time.Duration // between words
}

var orderNumber = regexp.MustCompile(`\b\d{4}\b`)

// Do answers a request, word by word.
func (d demo) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	last := req.Messages[len(req.Messages)-1]
	if id := orderNumber.FindString(last.Text()); id != "" && len(req.Tools) > 0 {
		arguments, err := json.Marshal(map[string]string{"orderID": id})
		if err != nil {
			return nil, err
		}
		call := &provider.ToolCall{ID: "call_1", Name: req.Tools[0].Name, Arguments: string(arguments)}
		return &provider.Response{Parts: []provider.Part{{ToolCall: call}}, Finish: provider.FinishToolCalls}, d.wait(ctx, 5*d.pause)
	}
	text := "I can look an order up for you. What is its number? Try 4392."
	for _, part := range last.Parts {
		if result := part.ToolResult; result != nil {
			text = answerTo(result)
		}
	}
	for _, word := range strings.SplitAfter(text, " ") {
		if err := d.wait(ctx, d.pause); err != nil {
			return nil, err
		}
		if emit == nil {
			continue
		}
		if err := emit(provider.Delta{Text: word}); err != nil {
			return nil, err
		}
	}
	return &provider.Response{Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
}

// answerTo makes a sentence of what the tool said.
func answerTo(result *provider.ToolResult) string {
	var order Order
	if result.IsError || json.Unmarshal([]byte(result.Content), &order) != nil {
		return "I am sorry, I do not find that order. Is the number right?"
	}
	return fmt.Sprintf("Order %s is %s. Is there anything else that I can do for you?", order.ID, order.State)
}

// wait passes some time, unless the customer leaves before.
func (demo) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &provider.Error{Provider: "demo", Class: provider.Canceled, Message: "the customer has left", Err: ctx.Err()}
	}
}
