package alloy_test

import (
	"context"
	"testing"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// memory answers from memory, as fast as can be.
type memory struct{ resp provider.Response }

func (m *memory) Do(context.Context, *provider.Request, func(provider.Delta) error) (*provider.Response, error) {
	return &m.resp, nil
}

func remember(text string) *memory {
	return &memory{provider.Response{Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}}
}

// The goal is under 6 µs and 40 allocations.
func BenchmarkTextCall(b *testing.B) {
	client, err := alloy.New(alloy.WithProvider(remember("The order is on its way.")))
	if err != nil {
		b.Fatal(err)
	}
	command := alloy.NewCommand(alloy.Definition[string]{Name: "Text"})
	call := alloy.Call[string]{Client: client, Prompt: func(context.Context) (alloy.Prompt[string], error) {
		return alloy.Promptf[string]("Where is order %s?", "4392"), nil
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := command.Run(b.Context(), call, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// The goal is under 2.5 µs and 8 allocations more than BenchmarkTextCall.
func BenchmarkGuardedCall(b *testing.B) {
	const plenty = 1_000_000_000 // what is measured is a call that succeeds at once
	client, err := alloy.New(alloy.WithProvider(remember("The order is on its way.")),
		alloy.WithRetry(alloy.Retry{Attempts: 3}),
		alloy.WithRateLimit("bench", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerSecond(plenty)}, Burst: plenty}),
		alloy.WithBreaker(alloy.Breaker{}),
		alloy.WithAttemptTimeout(time.Minute))
	if err != nil {
		b.Fatal(err)
	}
	command := alloy.NewCommand(alloy.Definition[string]{Name: "Text"})
	call := alloy.Call[string]{Client: client, Prompt: func(context.Context) (alloy.Prompt[string], error) {
		return alloy.Promptf[string]("Where is order %s?", "4392"), nil
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := command.Run(b.Context(), call, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// purchase is an answer of about 350 bytes: eight fields, a nested list and an enum.
type purchase struct {
	ID       string         `json:"id"`
	Customer string         `json:"customer"`
	Status   string         `json:"status"`
	Total    float64        `json:"total"`
	Items    []purchaseItem `json:"items"`
	Paid     bool           `json:"paid"`
	Weight   int            `json:"weight"`
	Notes    []string       `json:"notes"`
}

type purchaseItem struct {
	Name  string  `json:"name"`
	Count int     `json:"count"`
	Price float64 `json:"price"`
}

const purchaseSchema = `{"type":"object","properties":{"id":{"type":"string","pattern":"^[0-9]{4}$"},"customer":{"type":"string"},
"status":{"type":"string","enum":["open","sent","delivered"]},"total":{"type":"number","minimum":0},
"items":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"count":{"type":"integer","minimum":1},"price":{"type":"number"}},
"required":["name","count","price"],"additionalProperties":false}},
"paid":{"type":"boolean"},"weight":{"type":"integer"},"notes":{"type":"array","items":{"type":"string"}}},
"required":["id","customer","status","total","items","paid","weight","notes"],"additionalProperties":false}`

const purchaseAnswer = `{"id":"4392","customer":"Ada Lovelace","status":"sent","total":124.5,"items":[{"name":"keyboard, mechanical","count":1,"price":89.5},{"name":"cable, two metres","count":2,"price":10},{"name":"sticker sheet","count":3,"price":5}],"paid":true,"weight":1850,"notes":["leave at the door","gift wrap","call before delivery, after six in the evening"]}`

// The goal is under 35 µs and 130 allocations, decoding and checks included.
func BenchmarkTypedCall(b *testing.B) {
	client, err := alloy.New(alloy.WithProvider(remember(purchaseAnswer)))
	if err != nil {
		b.Fatal(err)
	}
	command := alloy.NewCommand(alloy.Definition[purchase]{Name: "Order", Output: &alloy.Schema{Name: "Order", Strict: true, JSON: purchaseSchema}})
	call := alloy.Call[purchase]{Client: client, Prompt: func(context.Context) (alloy.Prompt[purchase], error) {
		return alloy.Promptf[purchase]("What is order %s?", "4392"), nil
	}}
	b.SetBytes(int64(len(purchaseAnswer)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := command.Run(b.Context(), call, nil); err != nil {
			b.Fatal(err)
		}
	}
}
