package wire

import (
	"context"
	"errors"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Answer is a reply that is read in a vendor's format.
type Answer interface {
	// Whole reads it in one piece.
	Whole(ctx context.Context) (*provider.Response, error)
	// Stream reads it as it comes. Text goes to emit, and the zero Delta for what is not shown; tool calls do not.
	Stream(ctx context.Context, emit func(provider.Delta) error) (*provider.Response, error)
}

// Read reads an answer whole if emit is nil, and as it comes otherwise: its tool calls go to emit when all of it is there. The
// response has the warnings of the request. It ends the reply.
func Read(ctx context.Context, r *Reply, a Answer, emit func(provider.Delta) error, warnings []string) (res *provider.Response, err error) {
	defer r.Close()
	if emit == nil {
		res, err = a.Whole(ctx)
	} else {
		res, err = a.Stream(ctx, emit)
		if _, reported := errors.AsType[*provider.Error](err); err == nil || reported {
			r.drain()
		}
	}
	if err != nil {
		return nil, err
	}
	if emit != nil {
		for _, call := range res.ToolCalls() {
			if err := emit(provider.Delta{ToolCall: call}); err != nil {
				return nil, err
			}
		}
	}
	res.Warnings = warnings
	return res, nil
}
