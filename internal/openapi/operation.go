package openapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const (
	typeJSON    = "application/json"
	typeEvents  = "text/event-stream"
	typeProblem = "application/problem+json"
)

// operation describes one route.
func (c *components) operation(r Route) (*object, error) {
	o := of("operationId", c.operationID(r.Command))
	if receiver, _, ok := strings.Cut(r.Command, "."); ok {
		o.set("tags", []any{receiver})
	}
	if r.Summary != "" {
		o.set("summary", r.Summary)
	}
	if r.Description != "" {
		o.set("description", r.Description)
	}
	if r.Method != http.MethodGet {
		if r.Input.JSON == "" {
			r.Input.JSON = noParameters
		}
		input, err := c.schema(r.Input)
		if err != nil {
			return nil, fmt.Errorf("its parameters: %w", err)
		}
		o.set("requestBody", of("required", true, "content", of(typeJSON, of("schema", input))))
	}
	responses, err := c.responses(r)
	if err != nil {
		return nil, err
	}
	o.set("responses", responses)
	return o, nil
}

const noParameters = `{"type":"object","properties":{},"additionalProperties":false}`

// responses are all that a request may be answered with.
func (c *components) responses(r Route) (*object, error) {
	content, all := &object{}, &object{}
	switch r.Answer {
	case Text:
		content.set(typeJSON, of("schema", of("type", "string")))
	case None:
		all.set("204", of("description", "Done."))
	default:
		answer, err := c.answer(r)
		if err != nil {
			return nil, fmt.Errorf("its answer: %w", err)
		}
		content.set(typeJSON, of("schema", answer))
	}
	content.set(typeEvents, of("schema", ref(streams[r.Answer].name)))
	all.set("200", of("description", "The answer.", "content", content))
	for _, r := range problems {
		all.set(r.status, of("$ref", "#/components/responses/"+r.name))
	}
	return all.sorted(), nil
}

// stream is what is sent as events in place of an answer in one piece.
type stream struct{ name, own string }

var streams = map[Answer]stream{
	Typed: {"ValueEvents", "partial: the answer as far as it is known, what is to come is zero. " +
		"restarted: the partials so far count no more. "},
	Text: {"TextEvents", "delta: the next piece of the text, {text}. "},
	None: {"Events", ""},
}

func (s stream) schema() *object {
	return of("description", "Server-Sent Events, each with an id and JSON for data. "+s.own+
		"tool: a tool has started, or finished: {name, call_id, state, error?}. "+
		"retry: a request or a tool is repeated: {operation, attempt, delay_ms, kind?}. "+
		"result: the answer, and the end. error: a Problem, and the end. Comments keep the connection alive.",
		"type", "string")
}

// answer is the schema of what a typed command returns.
func (c *components) answer(r Route) (any, error) {
	if r.Wrapped {
		r.Output.Name = "" // nobody sees the root
	}
	schema, err := c.schema(r.Output)
	if err != nil || !r.Wrapped {
		return schema, err
	}
	value := schema.object("properties").get("value")
	if value == nil {
		return nil, errors.New("the schema wraps no value")
	}
	return value, nil
}
