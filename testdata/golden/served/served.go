// Package served offers its commands as streams and over HTTP.
//
//alloy:system Be brief.
//alloy:cache prompt
//alloy:stream
//alloy:stream_timeout first=10s idle=30s
package served

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/alloygen/alloygen/runtime"
)

// Priority is how soon a ticket needs a person.
type Priority string

const (
	Low    Priority = "low"
	Urgent Priority = "urgent" // money is at stake
)

// Ticket is one triaged message. As an answer it has all of its properties, in the body of a request some may be missing.
type Ticket struct {
	Summary  string   `json:"summary"` // one sentence
	Priority Priority `json:"priority"`
	Note     string   `json:"note,omitempty"`
	Follows  *Ticket  `json:"follows"`
}

// triage classifies a customer's message. It is asked often.
//
//alloy:command
//alloy:http /v1/tickets:triage heartbeat=10s
//alloy:param message what the customer wrote
//alloy:redact card
//alloy:require len(message) > 2, "the message is too short"
func triage(message string, card *string) alloy.Prompt[Ticket] {
	return alloy.Promptf[Ticket]("Triage: %s", message)
}

// retriage looks at tickets again.
//
//alloy:command
//alloy:http PUT /v1/tickets:triage
func retriage(context context.Context, tickets ...Ticket) (alloy.Prompt[[]Ticket], error) {
	return alloy.Promptf[[]Ticket]("Again: %d", len(tickets)), context.Err()
}

// reword says it in other words.
//
//alloy:command name=Rephrase
//alloy:http PATCH /reword heartbeat=none
//alloy:stream_timeout idle=5s
func reword(text string) string { return "Reword: " + text }

//alloy:command
//alloy:http /
//alloy:cache none
func greet() string { return "Say hello." }

// record answers nothing, and is no stream.
//
//alloy:command
//alloy:http /events
func record(event string) alloy.Prompt[alloy.None] { return alloy.Promptf[alloy.None]("%s", event) }

// Shape is one of the shapes below.
type Shape interface{ area() float64 }

// Circle is round.
type Circle struct {
	Radius float64 `json:"radius"`
}

// Square has four sides.
type Square struct {
	Side float64 `json:"side"`
}

func (c Circle) area() float64 { return 3 * c.Radius * c.Radius }
func (s Square) area() float64 { return s.Side * s.Side }

// Plan holds what encoding/json does not write as its schema says.
type Plan struct {
	Shape Shape         `json:"shape"`
	Every time.Duration `json:"every"`
}

type user struct{}

// plan needs a user who has logged in.
//
//alloy:command name=MakePlan
//alloy:http /plans
//alloy:require ctx.Value(user{}) != nil, "log in first"
func plan(ctx context.Context, shapes []Shape, at url.URL, within *time.Duration) alloy.Prompt[Plan] {
	return alloy.Promptf[Plan]("%d shapes for %v at %v", len(shapes), ctx.Value(user{}), at.Host)
}

//alloy:command
//alloy:http /wait
func howLong(plan Plan) alloy.Prompt[time.Duration] {
	return alloy.Promptf[time.Duration]("%v", plan)
}

// Money marshals itself.
//
//alloy:schema {"type":"string","pattern":"^[0-9]+ EUR$","not":{"const":"0 EUR"}}
type Money struct{ euros int }

func (m Money) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprintf("%d EUR", m.euros)) }

func (m *Money) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	_, err := fmt.Sscanf(s, "%d EUR", &m.euros)
	return err
}

// Code says its schema when the program runs.
type Code struct{ text string }

func (Code) JSONSchema() string { return `{"enum":["` + fmt.Sprint("a", "b") + `"]}` }

func (c Code) MarshalJSON() ([]byte, error)     { return json.Marshal(c.text) }
func (c *Code) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &c.text) }

// Offer has both.
type Offer struct {
	Price Money `json:"price"`
	Code  Code  `json:"code"`
}

// haggle changes an offer.
//
//alloy:command
//alloy:http PUT /offers
func haggle(offer Offer, rest json.RawMessage) alloy.Prompt[Offer] {
	return alloy.Promptf[Offer]("%v %s", offer, rest)
}

// awkward has parameters, and stands in a package, with names that generated code would like to use.
//
//alloy:command
//alloy:http /awkward
//alloy:require opts != "" && serve != "" && http != "", "say something"
func awkward(opts, http, serve, in, err, alloy string) string {
	return opts + http + serve + in + err + alloy
}

var awkwardParameters, rephraseEndpoint = 1, 2

var _ = []int{awkwardParameters, rephraseEndpoint}

// Desk is where customers write to.
type Desk struct {
	Name string
	*alloy.Client
}

// answer replies.
//
//alloy:command
//alloy:http /desk/answer
//alloy:tools lookUp
func (d Desk) answer(message string) string { return d.Name + ": " + message }

// close says goodbye.
//
//alloy:command name=SayGoodbye
//alloy:http /desk/close
func (*Desk) close() alloy.Prompt[Ticket] { return alloy.Promptf[Ticket]("Close.") }

// lookUp finds a thing.
//
//alloy:tool
func (d Desk) lookUp(thing string) string { return thing + " is here" }

// Box holds something.
type Box[T any] struct{ in T }

//alloy:command
//alloy:http /box
func (b *Box[T]) describe(how string) string { return fmt.Sprint(how, b.in) }
