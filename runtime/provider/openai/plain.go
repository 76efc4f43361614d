package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// mostPlain is how long a text may be that is simplified, in bytes: all of it is held as values.
const mostPlain = 1 << 20

// decode decodes a completion or a chunk, also of servers that do not keep to the types of the API.
func decode[T any](data []byte, into *T) error {
	err := json.Unmarshal(data, into)
	if _, other := errors.AsType[*json.UnmarshalTypeError](err); !other || len(data) > mostPlain {
		return err
	}
	var again T
	if json.Unmarshal(plain(data), &again) == nil {
		*into, err = again, nil
	}
	return err
}

// plain is what a server says with texts where the API has texts: in place of a list of parts, in which Mistral puts thoughts
// beside the words, and of arguments that are an object. Thoughts of another kind are left out.
func plain(data []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var doc map[string]any
	if dec.Decode(&doc) != nil {
		return data
	}
	for _, choice := range items(doc["choices"]) {
		for _, key := range []string{"message", "delta"} {
			if message, ok := choice[key].(map[string]any); ok {
				simplify(message)
			}
		}
	}
	text, _ := json.Marshal(doc)
	return text
}

func simplify(message map[string]any) {
	if parts := items(message["content"]); parts != nil {
		var text strings.Builder
		for _, p := range parts {
			if t, ok := p["text"].(string); ok && p["type"] == "text" {
				text.WriteString(t)
			} else {
				message["reasoning"] = p
			}
		}
		message["content"] = text.String()
	}
	if _, ok := message["reasoning_content"].(string); !ok {
		delete(message, "reasoning_content")
	}
	if _, ok := message["reasoning_details"].([]any); !ok {
		delete(message, "reasoning_details")
	}
	for _, call := range items(message["tool_calls"]) {
		function, _ := call["function"].(map[string]any)
		if object, ok := function["arguments"].(map[string]any); ok {
			text, _ := json.Marshal(object) // of what was JSON it does not fail
			function["arguments"] = string(text)
		}
	}
}

// items are the objects of a list of objects; nil for anything else.
func items(list any) []map[string]any {
	all, ok := list.([]any)
	if !ok {
		return nil
	}
	objects := []map[string]any{}
	for _, v := range all {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		objects = append(objects, object)
	}
	return objects
}
