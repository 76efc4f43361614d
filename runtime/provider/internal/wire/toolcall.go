package wire

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/alloygen/alloygen/runtime/provider"
)

// CallID returns the id of the next tool call after parts: the vendor's, unless it sent none or one that this answer
// already used. An id that is made up is unique in the conversation, of which turn is the length, and the same each time.
func CallID(id string, parts []provider.Part, turn int) string {
	if id == "" || used(id, parts) {
		id = fmt.Sprintf("call_%d_%d", turn, len(parts))
		for used(id, parts) {
			id += "_"
		}
	}
	return id
}

func used(id string, parts []provider.Part) bool {
	for i := range parts {
		if call := parts[i].ToolCall; call != nil && call.ID == id {
			return true
		}
	}
	return false
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
