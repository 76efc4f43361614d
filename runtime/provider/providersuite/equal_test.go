package providersuite

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// The same command on any two providers gives the same value, report and events for the same scripted answers. What may differ
// is what they call themselves and their models, how they word their errors, and how long things take.

// scripts are conversations, step by step.
var scripts = []struct {
	name     string
	without  func(lacks) bool
	steps    func(v *vendor) []step
	opts     []alloy.Option
	fallback bool       // to another vendor's model
	fails    alloy.Kind // empty when there is a value
}{
	{name: "typed", steps: answers(says(ticketPieces...))},
	{name: "typed_in_a_fence", steps: answers(says("Here it is:\n```json\n", ticketJSON, "\n```\n"))},
	{name: "tool", steps: answers(said{text: []string{"I will ", "look."}, calls: []called{order("call_a", "4392")}}, says(ticketPieces...))},
	{name: "tools_side_by_side", steps: answers(calls(order("call_a", "4392"), order("call_b", "1"), called{"call_c", "rm", `{}`}),
		calls(order("call_d", "4393")), says(ticketPieces...)), opts: []alloy.Option{alloy.WithParallelTools(1)}},
	{name: "one_id_twice", steps: answers(calls(order("call_a", "4392"), order("call_a", "4393")), calls(order("call_a", "4392")),
		says(ticketPieces...)), opts: []alloy.Option{alloy.WithParallelTools(1)}},
	{name: "no_ids", steps: answers(calls(order("", "4392"), order("", "4393")), says(ticketPieces...)), opts: []alloy.Option{alloy.WithParallelTools(1)}},
	{name: "too_many_rounds", steps: answers(said{text: []string{"Again."}, calls: []called{order("call_a", "4392")}}),
		opts: []alloy.Option{alloy.WithMaxToolTurns(2), alloy.WithFinalize(alloy.Finalize{Limit: true})}, fails: alloy.KindToolLoopLimit},
	{name: "rejected_answers", steps: answers(says("It is late."), says(`{"summary":"late","priority":"urgent","score":0,"order_ids":[]}`), says(ticketPieces...))},
	{name: "cut_off_at_the_limit", steps: answers(said{text: ticketPieces[:2], finish: provider.FinishLength}, says(ticketPieces...)),
		opts: []alloy.Option{alloy.WithMaxTokens(40)}},
	{name: "refusal", without: refusals, steps: answers(said{text: []string{"I will ", "not."}, finish: provider.FinishRefusal}), fails: alloy.KindRefusal},
	{name: "failures_that_pass", steps: func(v *vendor) []step {
		return []step{v.failure(provider.Server).step, v.failure(provider.RateLimit).step, reply(says(ticketPieces...))}
	}},
	{name: "failures_that_stay", steps: func(v *vendor) []step { return []step{v.failure(provider.Overloaded).step} },
		opts: []alloy.Option{alloy.WithBreaker(alloy.Breaker{Failures: 2})}, fails: alloy.KindBreakerOpen},
	{name: "quota", steps: func(v *vendor) []step { return []step{v.failure(provider.Quota).step} }, fails: alloy.KindQuota},
	{name: "context_window", steps: func(v *vendor) []step { return []step{v.failure(provider.ContextWindow).step} }, fails: alloy.KindContextWindow},
	{name: "silence", steps: func(*vendor) []step { return []step{silent, reply(says(ticketPieces...))} }},
	{name: "malformed", steps: func(*vendor) []step { return []step{text("text/html", 200, "<html>")} }, fails: alloy.KindMalformed},
	{name: "fallback_in_the_middle", steps: func(v *vendor) []step {
		return []step{reply(calls(order("call_a", "4392"))), v.failure(provider.Invalid).step}
	}, fallback: true},
}

func answers(list ...said) func(*vendor) []step {
	return func(*vendor) (steps []step) {
		for _, a := range list {
			steps = append(steps, reply(a))
		}
		return steps
	}
}

// account is what a call came to, as far as it must be the same everywhere.
type account struct {
	Value  Ticket
	Kind   alloy.Kind
	Err    string
	Report string
	Events []string
	Asked  []string // what each request says
}

func TestSameEverywhere(t *testing.T) {
	environment(t)
	for _, sc := range scripts {
		t.Run(sc.name, func(t *testing.T) {
			var first account
			var from string
			for _, v := range vendors {
				if sc.without != nil && sc.without(v.lacks) {
					continue
				}
				for _, streamed := range []bool{false, true} {
					var got account
					opts := sc.opts
					if sc.fallback {
						opts = []alloy.Option{alloy.WithFallback(v.other)}
					}
					synctest.Test(t, func(t *testing.T) { got = accountOf(t, v, streamed, sc.steps(v), opts) })
					if from == "" {
						first, from = got, v.name
					}
					require.Equal(t, first, got, "%s and %s (streamed: %v)", from, v.name, streamed)
				}
			}
			require.Equal(t, sc.fails, first.Kind, first.Err)
			if sc.fails == "" {
				require.Equal(t, ticket, first.Value)
			}
		})
	}
}

// accountOf makes a call and writes down all that there is to see of it.
func accountOf(t *testing.T, v *vendor, streamed bool, steps []step, opts []alloy.Option) (a account) {
	s := open(t, v, steps...)
	var report alloy.Report
	var seen events
	var l lookup
	all := append([]alloy.Option{times(3), alloy.WithAttemptTimeout(20 * time.Second), alloy.WithTools(l.tool())}, opts...)
	all = append(all, alloy.WithReport(&report), alloy.WithObserver(&seen))
	call := triage.Stream(s.of(t), asking[Ticket](alloy.Text(question)), all)
	if streamed {
		var text strings.Builder
		for e := range call.Events() {
			switch e := e.(type) {
			case alloy.RequestStarted, alloy.Restarted:
				text.Reset()
			case alloy.TextDelta:
				text.WriteString(e.Text)
			case alloy.RequestFinished:
				if e.Response != nil && e.Response.Finish != provider.FinishRefusal {
					require.Equal(t, e.Response.Text(), text.String(), "the pieces are the answer")
				}
			}
		}
	}
	var err error
	if a.Value, err = call.Result(); err != nil {
		a.Kind, a.Err = failed(t, err).Kind, v.neutral(err.Error())
	}
	ids := made{}
	a.Report = ids.rename(fmt.Sprint(v.fields(report)))
	for _, e := range seen.all {
		if line := v.line(e); line != "" {
			a.Events = append(a.Events, ids.rename(line))
		}
	}
	for _, q := range s.asked() {
		q.vendor, q.model, q.stream, q.schema = nil, "", false, false
		if q.room == 2048 { // which one vendor demands
			q.room = 0
		}
		q.system = told.ReplaceAllString(q.system, "")
		said := strings.ReplaceAll(fmt.Sprintf("%+v", q), " text:error: ", " text:") // where a format has no flag for it
		a.Asked = append(a.Asked, ids.rename(said))
	}
	return a
}

// told is what a model is told of the answer's form whose vendor does not hold it to a schema while there are tools.
var told = regexp.MustCompile(`(?s)Answer with JSON only, .*`)

// made are the IDs that are made up for calls without one, in the order in which they are seen: what they are made of is how an
// answer is cut into parts.
type made map[string]string

var madeUp = regexp.MustCompile(`call_\d+_\d+_*`)

func (m made) rename(s string) string {
	return madeUp.ReplaceAllStringFunc(s, func(id string) string {
		if m[id] == "" {
			m[id] = fmt.Sprintf("made_up_%d", len(m)+1)
		}
		return m[id]
	})
}

// worded is what vendors put in words of their own.
var worded = regexp.MustCompile(`HTTP \d+: [^;]*|( \(request req_\d+\))|unexpected answer of type [^;]*`)

// neutral is a text without the names of models and the words of vendors.
func (v *vendor) neutral(s string) string {
	s = worded.ReplaceAllString(s, "…")
	return strings.NewReplacer(v.model, "MODEL", v.other, "OTHER").Replace(s)
}

// line is an event: its type, and what must be the same of its fields. It is empty for those that only streams have.
func (v *vendor) line(e alloy.Event) string {
	switch e.(type) {
	case alloy.TextDelta, alloy.Restarted:
		return ""
	}
	return fmt.Sprintf("%T %v", e, v.fields(e))
}

// fields are those of an event or a report that must be the same everywhere, by name.
func (v *vendor) fields(of any) map[string]any {
	all := map[string]any{}
	value := reflect.ValueOf(of)
	for i := range value.NumField() {
		name, field := value.Type().Field(i).Name, value.Field(i).Interface()
		switch name {
		case "Meta", "Provider", "Cost", "Priced", "Unpriced", "Warnings", "Stack": // the price is the model's
			continue
		}
		switch f := field.(type) {
		case time.Duration: // a Retry-After gets up to a tenth on top
			field = f.Round(time.Second / 2)
		case error:
			field = v.neutral(f.Error())
			if e, ok := errors.AsType[*provider.Error](f); ok {
				field = e.Class
			}
		case string:
			field = v.neutral(f)
		case []string:
			field = v.neutral(strings.Join(f, " "))
		case *provider.Request:
			field = conversation(f.Messages) + fmt.Sprint(len(f.Tools), told.ReplaceAllString(f.System, ""), f.Settings.MaxTokens)
		case *provider.Response:
			field = answer(f)
		case []alloy.Attempt:
			var list []map[string]any
			for _, a := range f {
				list = append(list, v.fields(a))
			}
			field = list
		case []alloy.ToolFinished:
			var list []map[string]any
			for _, tool := range f {
				list = append(list, v.fields(tool))
			}
			field = list
		}
		all[name] = field
	}
	return all
}

// conversation is messages without what only one vendor understands.
func conversation(list []provider.Message) string {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%s:", m.Role)
		for _, p := range m.Parts {
			b.WriteString(part(p))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func answer(r *provider.Response) any {
	if r == nil {
		return nil
	}
	s := fmt.Sprintf("%s %+v", r.Finish, r.Usage)
	for _, p := range r.Parts {
		s += part(p)
	}
	return s
}

func part(p provider.Part) string {
	switch {
	case p.ToolCall != nil:
		return fmt.Sprintf(" %+v", *p.ToolCall)
	case p.ToolResult != nil:
		return fmt.Sprintf(" %+v", *p.ToolResult)
	case p.Vendor != nil:
		return ""
	}
	return fmt.Sprintf(" %q", p.Text)
}
