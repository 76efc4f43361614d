package alloy

import (
	"maps"

	"github.com/alloygen/alloygen/internal/price"
	"github.com/alloygen/alloygen/runtime/provider"
)

// Price is what a model's tokens cost, in US dollars per million.
type Price = price.Price

// WithPrice sets what the tokens of a model cost, for reports and budgets: the model as it is named in the settings, or its
// vendor's name. Prices of the usual models are built in, as their vendors published them; yours go before those.
func WithPrice(model string, p Price) Option {
	return option(func(s *settings) {
		if !(p.Input >= 0 && p.Cached >= 0 && p.Output >= 0) {
			s.refuse("price", "%q: want dollars of at least 0 per million tokens, got %+v", model, p)
			return
		}
		prices := make(map[string]Price, len(s.prices)+1)
		maps.Copy(prices, s.prices)
		prices[model] = p
		s.prices = prices
	})
}

// price is that of the current model.
func (c *call) price() (Price, bool) {
	if p, known := c.set.prices[c.target.model]; known {
		return p, true
	}
	if p, known := c.set.prices[c.target.name]; known {
		return p, true
	}
	return price.Lookup(c.target.model)
}

// cost is what a request has cost. It is not known without a price, or without the usage.
func (c *call) cost(u provider.Usage) (usd float64, known bool) {
	if u.Total() == 0 {
		return 0, false
	}
	p, known := c.price()
	if !known {
		return 0, false
	}
	return p.Cost(u.InputTokens, u.CachedTokens, u.OutputTokens), true
}
