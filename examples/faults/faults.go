package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/alloygen/alloygen/examples/internal/choose"
	"github.com/alloygen/alloygen/runtime/provider"
)

// fault spoils a request: it gives an answer or an error of its own, or neither, and the request goes through.
type fault func(req *provider.Request) (*provider.Response, error)

// faulty is a provider with a fault before it.
type faulty struct {
	model provider.Provider
	fault fault
}

func (f faulty) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	if resp, err := f.fault(req); resp != nil || err != nil {
		return resp, err
	}
	return f.model.Do(ctx, req, emit)
}

// flaky fails the first request and answers the second with prose.
func flaky() fault {
	var requests atomic.Int32
	return func(req *provider.Request) (*provider.Response, error) {
		switch requests.Add(1) {
		case 1:
			return nil, &provider.Error{Provider: "faulty", Model: req.Model, Class: provider.Overloaded, Status: http.StatusServiceUnavailable, Message: "try again later"}
		case 2:
			return &provider.Response{Model: req.Model, Parts: []provider.Part{{Text: "I think it will be sunny."}}, Finish: provider.FinishStop}, nil
		}
		return nil, nil
	}
}

// looping calls the first tool for as long as there are tools.
func looping(req *provider.Request) (*provider.Response, error) {
	if len(req.Tools) == 0 {
		return nil, nil
	}
	call := &provider.ToolCall{ID: fmt.Sprintf("call_%d", len(req.Messages)), Name: req.Tools[0].Name, Arguments: `{"city": "Oslo"}`}
	return &provider.Response{Model: req.Model, Parts: []provider.Part{{ToolCall: call}}, Finish: provider.FinishToolCalls}, nil
}

// risky wants the alarm, and then says what has come of it.
func risky(req *provider.Request) (*provider.Response, error) {
	for _, m := range req.Messages {
		for _, p := range m.Parts {
			if p.ToolResult != nil {
				text := "I would have sounded the alarm. " + p.ToolResult.Content
				return &provider.Response{Model: req.Model, Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
			}
		}
	}
	return looping(req)
}

// down makes models unreachable.
func down(models ...string) fault {
	return func(req *provider.Request) (*provider.Response, error) {
		if slices.Contains(models, req.Model) {
			return nil, &provider.Error{Provider: "faulty", Model: req.Model, Class: provider.Network, Message: "connection refused"}
		}
		return nil, nil
	}
}

// connect returns the model that answers when nothing goes wrong, whatever the command calls it.
func connect() (provider.Provider, error) {
	name, model, err := provider.Resolve(choose.Model())
	if err != nil {
		return nil, err
	}
	registration, ok := provider.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("the provider %s is not linked", name)
	}
	p, err := registration.New(provider.Config{HTTPClient: http.DefaultClient})
	return renamed{p, model}, err
}

// renamed sends every request to one model.
type renamed struct {
	provider.Provider
	model string
}

func (r renamed) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	asked := *req
	asked.Model = r.model
	return r.Provider.Do(ctx, &asked, emit)
}
