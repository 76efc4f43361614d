package alloy

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Budget is what may be spent. A request that would pass it is not sent: the call fails with kind budget. What a request will
// cost is estimated: a token for four bytes of input, and max_tokens of output, or 1,024 where that is not set. Afterwards the
// usage that the vendor reports counts.
type Budget struct {
	USD    float64       // US dollars; 0 means no limit
	Tokens int           // of input and output; 0 means no limit
	Per    time.Duration // 0: each call has the whole budget; otherwise all calls with the same key share it for so long
	Key    string        // with Per: who shares it; WithStore says with which other processes
}

// WithBudget sets what a call, or all calls with the same key in a period, may spend. The nearest one of each key counts; one
// without limits removes it. A budget in dollars needs the price of every model that is asked: see WithPrice.
func WithBudget(b Budget) Option {
	return option(func(s *settings) {
		switch {
		case math.IsNaN(b.USD) || math.IsInf(b.USD, 0) || b.USD < 0 || b.Tokens < 0 || b.Per < 0:
			s.refuse("budget", "want dollars, tokens and a period of at least 0, got %+v", b)
		case b.Key != "" && b.Per == 0:
			s.refuse("budget", "the budget %q needs a period: with Per 0 each call has a budget of its own", b.Key)
		default:
			s.budgets = replaced(s.budgets, b, func(other Budget) bool { return other.Key == b.Key && (other.Per == 0) == (b.Per == 0) })
		}
	})
}

// estimate is about what a request will use.
type estimate struct {
	input, output int
	usd           float64 // 0 if the price is not known
}

func (e estimate) tokens() int { return e.input + e.output }

const (
	usualOutput   = 1024 // how long an answer is taken to be, in tokens, where max_tokens does not say
	pictureTokens = 1024 // what vendors count for a picture of a common size
	tokenBytes    = 4    // a common rule for English and JSON
)

// estimateOf guesses from the size of a request.
func (c *call) estimateOf(req *provider.Request) estimate {
	size := len(req.System) + len(req.Output.Text())
	for i := range req.Messages {
		for j := range req.Messages[i].Parts {
			size += sizeOf(&req.Messages[i].Parts[j])
		}
	}
	for i := range req.Tools {
		size += len(req.Tools[i].Name) + len(req.Tools[i].Description) + len(req.Tools[i].Input.Text())
	}
	e := estimate{input: (size + tokenBytes - 1) / tokenBytes, output: usualOutput}
	if n := req.Settings.MaxTokens; n > 0 {
		e.output = n
	}
	if price, known := c.price(); known {
		e.usd = price.Cost(e.input, 0, e.output)
	}
	return e
}

func sizeOf(p *Part) int {
	size := len(p.Text)
	switch {
	case p.ToolCall != nil:
		size += len(p.ToolCall.Name) + len(p.ToolCall.Arguments)
	case p.ToolResult != nil:
		size += len(p.ToolResult.Content)
	case p.Vendor != nil:
		size += len(p.Vendor.Data)
	case p.Image != nil:
		size += tokenBytes * pictureTokens
	case p.Document != nil:
		size += max(len(p.Document.Data), tokenBytes*pictureTokens)
	case p.Audio != nil:
		size += len(p.Audio.Data) / 8
	}
	return size
}

// spending is what a call has spent, and has set aside for requests that are under way.
type spending struct {
	tokens int
	usd    float64
}

// afford sets aside what a request will cost, or says which budget it would pass.
func (c *call) afford(ctx context.Context, e estimate) *failure {
	for i := range c.set.budgets {
		if f := c.setAside(ctx, &c.set.budgets[i], e); f != nil {
			for j := range i { // of all budgets, or of none
				c.adjust(ctx, &c.set.budgets[j], -e.tokens(), -e.usd)
			}
			return f
		}
	}
	c.spent.tokens += e.tokens()
	c.spent.usd += e.usd
	return nil
}

func (c *call) setAside(ctx context.Context, b *Budget, e estimate) *failure {
	if b.USD > 0 {
		if _, known := c.price(); !known {
			return misconfigured(&ConfigurationError{Setting: "budget", Message: fmt.Sprintf(
				"budget: no price of the model %s is known, so a budget in dollars cannot be kept: give the price with WithPrice, or set a budget of tokens", c.target.model)})
		}
	}
	if b.Per == 0 {
		switch {
		case b.Tokens > 0 && c.spent.tokens+e.tokens() > b.Tokens:
			return overBudget(fmt.Sprintf("the request needs about %d tokens, %d of the budget of %d are spent", e.tokens(), c.spent.tokens, b.Tokens))
		case b.USD > 0 && c.spent.usd+e.usd > b.USD:
			return overBudget(fmt.Sprintf("the request needs about $%.4g, $%.4g of the budget of $%.4g are spent", e.usd, c.spent.usd, b.USD))
		}
		return nil
	}
	store := c.storage()
	if b.Tokens > 0 {
		ok, spent, err := store.Reserve(ctx, b.tokensKey(), b.Per, int64(b.Tokens), int64(e.tokens()))
		switch {
		case err != nil:
			return c.unavailable(ctx, "the budget "+b.Key, err)
		case !ok:
			return overBudget(fmt.Sprintf("the request needs about %d tokens, %d of the budget %s of %d per %v are spent", e.tokens(), spent, b.Key, b.Tokens, b.Per))
		}
	}
	if b.USD > 0 {
		ok, spent, err := store.Reserve(ctx, b.dollarsKey(), b.Per, nanoDollars(b.USD), nanoDollars(e.usd))
		if err == nil && ok {
			return nil
		}
		if b.Tokens > 0 {
			_ = store.Settle(ctx, b.tokensKey(), b.Per, -int64(e.tokens()))
		}
		if err != nil {
			return c.unavailable(ctx, "the budget "+b.Key, err)
		}
		return overBudget(fmt.Sprintf("the request needs about $%.4g, $%.4g of the budget %s of $%.4g per %v are spent", e.usd, float64(spent)/1e9, b.Key, b.USD, b.Per))
	}
	return nil
}

func overBudget(message string) *failure {
	return refusedHere(KindBudget, "not sent: "+message, nil, 0)
}

// charge puts what a request did cost in place of what was set aside for it.
func (c *call) charge(ctx context.Context, e estimate, used spending) {
	tokens, usd := used.tokens-e.tokens(), used.usd-e.usd
	c.spent.tokens += tokens
	c.spent.usd += usd
	for i := range c.set.budgets {
		c.adjust(ctx, &c.set.budgets[i], tokens, usd)
	}
}

// adjust corrects what has been taken of a shared budget. A store that cannot be reached keeps the estimate.
func (c *call) adjust(ctx context.Context, b *Budget, tokens int, usd float64) {
	if b.Per == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second) // money is spent even if nobody waits any more
	defer cancel()
	if b.Tokens > 0 {
		_ = c.storage().Settle(ctx, b.tokensKey(), b.Per, int64(tokens))
	}
	if b.USD > 0 {
		_ = c.storage().Settle(ctx, b.dollarsKey(), b.Per, nanoDollars(usd))
	}
}

func (b *Budget) tokensKey() string  { return b.Key + ":tokens" }
func (b *Budget) dollarsKey() string { return b.Key + ":usd" }

// nanoDollars is the unit in which stores count dollars: the cheapest token costs some of it.
func nanoDollars(usd float64) int64 { return int64(math.Round(usd * 1e9)) }
