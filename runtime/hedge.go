package alloy

import (
	"context"
	"errors"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/resilience"
)

// Hedge sends a request again when its answer is slow; the first that succeeds is taken, and the others are given up. Every
// one takes its place in the rate limits and counts for the budget. Hedges come out of the retry budget of the model, so that
// an outage is not made worse, and none is sent while it would have to wait for a limit.
type Hedge struct {
	After time.Duration // how long a request may take before the next is sent; 0 means no hedging
	Max   int           // requests at once, the first included; 0 means 2
}

// WithHedge sends a second request when the first is slow. Default, and for Hedge{}: none. A call with tools refuses it: two
// answers may call different tools.
func WithHedge(h Hedge) Option {
	return option(func(s *settings) {
		if h.After < 0 || h.Max < 0 || h.Max == 1 {
			s.refuse("hedge", "want a time of at least 0 and at least 2 requests at once, got %+v", h)
			return
		}
		if h.Max == 0 {
			h.Max = 2
		}
		s.hedge = h
	})
}

// hedged sends a request, and again when it is slow. Only what is sent runs in goroutines of its own; everything before and
// after a request happens here.
func (c *call) hedged(ctx context.Context, req *provider.Request) (*provider.Response, *failure) {
	h := &hedging{call: c, ctx: ctx, req: req, all: make([]hedge, c.set.hedge.Max)}
	defer h.abandon()
	if f := c.begin(ctx, &h.all[0].exchange, req, true); f != nil {
		return nil, f
	}
	_, _ = resilience.Hedge(ctx, resilience.Hedging[*provider.Response]{After: c.set.hedge.After, Max: c.set.hedge.Max,
		Run: h.run, Start: h.start, Ended: h.ended})
	return h.won, h.failure()
}

type hedging struct {
	*call
	ctx context.Context
	req *provider.Request
	all []hedge
	won *provider.Response
}

// hedge is one of the requests.
type hedge struct {
	exchange
	late    error
	failure *failure
}

// start reports whether a further request is sent.
func (h *hedging) start(n int) bool {
	x := &h.all[n].exchange
	x.hedge = n
	if h.begin(h.ctx, x, h.req, false) != nil {
		return false
	}
	if h.observed() {
		h.emit(h.ctx, HedgeStarted{Meta: h.meta(), Model: h.target.model, Number: n, After: h.set.hedge.After})
	}
	return true
}

func (h *hedging) run(ctx context.Context, n int) (resp *provider.Response, err error) {
	h.all[n].sent = true
	if resp, h.all[n].late, err = h.send(ctx, h.req); err == nil && resp == nil {
		err = errNoResponse
	}
	return resp, err
}

var errNoResponse = errors.New("no response")

func (h *hedging) ended(n int, resp *provider.Response, err error, won bool) {
	one := &h.all[n]
	f := h.outcome(h.ctx, one.late, resp, err)
	if f != nil && (h.won != nil || errors.Is(err, resilience.ErrLost)) {
		f = &failure{kind: KindCanceled, message: "another request was faster", err: resilience.ErrLost, sent: true, lost: true}
	}
	resp, one.failure = h.conclude(h.ctx, &one.exchange, resp, f, err)
	if won {
		h.won = resp // nil if it is none after all
	}
}

// failure is that of the first request that failed by itself; nil if one was taken.
func (h *hedging) failure() *failure {
	if h.won != nil {
		return nil
	}
	for i := range h.all {
		if f := h.all[i].failure; f != nil && !f.lost {
			return f
		}
	}
	return h.malformedReply("no response")
}

// abandon gives back what requests hold of whose end nobody was told.
func (h *hedging) abandon() {
	for i := range h.all {
		h.call.abandon(h.ctx, &h.all[i].exchange)
	}
}
