package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
)

// CallIDs gives each tool call of an answer an id that no other has.
type CallIDs struct {
	turn int
	used map[string]bool
}

// CallIDsOf is for the answer to a request.
func CallIDsOf(req *provider.Request) CallIDs {
	return CallIDs{turn: len(req.Messages)}
}

// Next returns the id of a call: the vendor's, unless it sent none or one that this answer already used. An id that is made up is
// unique in the conversation, and the same each time; place is that of the call among the parts of the answer.
func (c *CallIDs) Next(id string, place int) string {
	if id == "" || c.used[id] {
		id = fmt.Sprintf("call_%d_%d", c.turn, place)
		for c.used[id] {
			id += "_"
		}
	}
	if c.used == nil {
		c.used = map[string]bool{}
	}
	c.used[id] = true
	return id
}

// Object is what a tool was called with, as the object that some APIs demand. Arguments that are none are kept as a text, so
// that the model sees what it wrote.
func Object(arguments string) string {
	raw := bytes.TrimSpace([]byte(arguments))
	switch {
	case len(raw) == 0:
		return "{}"
	case raw[0] == '{' && json.Valid(raw):
		return arguments
	}
	text, _ := json.Marshal(arguments) // of a string it does not fail
	return `{"arguments":` + string(text) + "}"
}
