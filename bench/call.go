package main

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	alloy "github.com/alloygen/alloygen/runtime"

	"github.com/alloygen/alloygen/bench/support"
)

const (
	model   = "gpt-5-mini"
	apiKey  = "sk-bench"
	message = "Order 4392: both mugs arrived cracked and the tin of tea is dented. I wrote last week already. I want my money back."
)

// want is what every way must make of answer.
var want = support.Ticket{
	Summary: "The customer received two cracked mugs and wants their money back.", Priority: support.Urgent, Score: 0.92, OrderID: "4392",
	Items: []support.Item{
		{SKU: "MUG-01", Quantity: 2, Problem: "both arrived cracked"},
		{SKU: "TEA-17", Quantity: 1, Problem: "the tin is all dented"},
	},
	Tags: []string{"damage", "refund", "ceramics", "second contact"}, Refund: true, Attempts: 2,
}

// triager is a way to get a ticket.
type triager func(ctx context.Context, message string) (support.Ticket, error)

// asWay makes a triager measurable; a ticket that is not the expected one fails it.
func asWay(name string, triage triager) way {
	ctx := context.Background()
	return way{name, func() error {
		got, err := triage(ctx, message)
		if err == nil && !sameTicket(got, want) {
			err = fmt.Errorf("got %+v, want %+v", got, want)
		}
		return err
	}}
}

// sameTicket compares without reflection, so that the comparison is not what is measured.
func sameTicket(a, b support.Ticket) bool {
	return a.Summary == b.Summary && a.Priority == b.Priority && a.Score == b.Score && a.OrderID == b.OrderID &&
		a.Refund == b.Refund && a.Attempts == b.Attempts && len(a.Items) == len(b.Items) && len(a.Tags) == len(b.Tags)
}

// generated triages with the generated command.
func generated(opts ...alloy.Option) triager {
	return func(ctx context.Context, message string) (support.Ticket, error) {
		return support.Triage(ctx, message, opts...)
	}
}

func benchCalls(t *table, s settings) error {
	address, stop, err := startServer()
	if err != nil {
		return err
	}
	defer stop()
	vendors[0].at(address)
	base := address + vendors[0].base

	resolve := func(ctx context.Context, message string) (support.Ticket, error) {
		return support.Resolve(ctx, message)
	}
	hand := byHand{http: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, base: base}

	typed := []way{
		asWay("net/http and encoding/json, by hand", hand.triage),
		asWay("sashabaranov/go-openai", goOpenAI(base)),
		asWay("openai-go, typed chat completions", openAIGo(base)),
		asWay("alloygen", generated()),
	}
	t.group("call: a typed answer of 8 fields, nested list and enum, over loopback")
	if err := t.compare(typed, s.rounds, s.calls, 1.15, 1.5); err != nil {
		return err
	}
	tools := []way{
		asWay("net/http and encoding/json, by hand", hand.resolve),
		asWay("alloygen", resolve),
	}
	t.group("call: the same answer after one round of tools, two requests")
	return t.compare(tools, s.rounds, s.calls/2+1, 1.3, 0)
}

// compare measures ways of which the last is ours, and prints a line for the time and one for the allocations of each. A
// limit of 0 is none.
func (t *table) compare(ways []way, rounds, calls int, cpuLimit, allocLimit float64) error {
	costs, err := compare(ways, rounds, calls)
	if err != nil {
		return err
	}
	for i, c := range costs {
		l := line{name: "CPU: " + ways[i].name, figure: micros(c.cpu), ratio: c.cpuRatio}
		if i == len(costs)-1 {
			l.target = atMost(fmt.Sprintf("%g × by hand", cpuLimit), c.cpuRatio, cpuLimit)
		}
		t.add(l)
	}
	for i, c := range costs {
		l := line{name: "allocations: " + ways[i].name, figure: fmt.Sprintf("%.0f", c.allocs), ratio: c.allocRatio}
		if i == len(costs)-1 && allocLimit > 0 {
			l.target = atMost(fmt.Sprintf("%g × by hand", allocLimit), c.allocRatio, allocLimit)
		}
		t.add(l)
	}
	return nil
}

// benchMemory measures the pipeline without a network.
func benchMemory(t *table, s settings) error {
	ctx := context.Background()
	typed, err := inMemory(ctx, answer)
	if err != nil {
		return err
	}
	text, err := inMemory(ctx, want.Summary)
	if err != nil {
		return err
	}
	if got, err := support.Triage(typed, message); err != nil || !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	t.group("memory: the pipeline on a provider that answers in memory")
	for _, m := range []struct {
		way
		cpu, allocs float64
	}{
		{way{"a text answer", func() error { _, err := support.Summarize(text, message); return err }}, 6, 40},
		{way{fmt.Sprintf("a typed answer of %d bytes, checked and decoded", len(answer)), func() error { _, err := support.Triage(typed, message); return err }}, 35, 130},
	} {
		costs, err := compare([]way{m.way}, s.rounds, s.calls*10)
		if err != nil {
			return err
		}
		us := costs[0].cpu.Seconds() * 1e6
		t.add(line{name: "CPU: " + m.name, figure: micros(costs[0].cpu), target: below(fmt.Sprintf("%g µs", m.cpu), us, m.cpu)})
		t.add(line{name: "allocations: " + m.name, figure: fmt.Sprintf("%.0f", costs[0].allocs), target: below(fmt.Sprintf("%g", m.allocs), costs[0].allocs, m.allocs)})
	}
	return nil
}

// inMemory returns a context in which every command is answered with the text.
func inMemory(ctx context.Context, text string) (context.Context, error) {
	client, err := alloy.New(alloy.WithProvider(constant{text}))
	if err != nil {
		return nil, err
	}
	return alloy.WithClient(ctx, client), nil
}
