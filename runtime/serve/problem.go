package serve

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Problem is an answer that is no value, as RFC 9457 has it. It is an error: a prompt function that returns one, or a tool that
// gives one to alloy.Stop, says what is answered. Empty fields are filled in; a Status that is no error is 500.
type Problem struct {
	Type       string `json:"type"`                  // a URI; about:blank means that the status says it all
	Title      string `json:"title"`                 // of the type; the status's own phrase for about:blank
	Status     int    `json:"status"`                // of HTTP
	Detail     string `json:"detail,omitempty"`      // for people
	Instance   string `json:"instance,omitempty"`    // a URI of this very case
	Kind       string `json:"kind,omitempty"`        // an alloy.Kind; request, configuration or internal
	Field      *Field `json:"field,omitempty"`       // of the body, that does not fit
	RetryAfter int    `json:"retry_after,omitempty"` // in seconds; also the header of that name
}

// Field is what does not fit of a body.
type Field struct {
	Pointer   string `json:"pointer"`             // a JSON Pointer (RFC 6901): /order/items/2
	Parameter string `json:"parameter,omitempty"` // of the command; empty for the body as a whole
	Rule      string `json:"rule"`                // what is wanted of it
}

// Error returns Detail, or Title.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.complete().Title
}

// kinds of problems that are none of alloy's.
const (
	kindRequest       = "request"
	kindConfiguration = "configuration"
	kindInternal      = "internal"
)

// statusClientClosed is what proxies and gRPC gateways say of a client that has gone: nobody reads it but access logs.
const statusClientClosed = 499

// complete is p with all that it must have.
func (p *Problem) complete() *Problem {
	c := *p
	if c.Status < 400 || c.Status > 599 {
		c.Status = http.StatusInternalServerError
	}
	if c.Type == "" {
		c.Type = "about:blank"
	}
	if c.Title == "" {
		c.Title = statusText(c.Status)
	}
	return &c
}

// statusText is the phrase of a status, in the words of RFC 9110 where package http has older ones.
func statusText(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return "Content Too Large"
	case http.StatusUnprocessableEntity:
		return "Unprocessable Content"
	case statusClientClosed:
		return "Client Closed Request"
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Status " + strconv.Itoa(status)
}

// encoded is the problem as JSON, on one line.
func (p *Problem) encoded() []byte {
	body, _ := json.Marshal(p) // nothing in it can fail
	return body
}

// refused is the problem of a request that comes to no call.
func refused(status int, detail string) *Problem {
	return &Problem{Status: status, Detail: detail, Kind: kindRequest}
}
