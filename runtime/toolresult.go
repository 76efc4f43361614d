package alloy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// failureText is what the model is told of a failed tool.
func failureText(err error, attempts int) string {
	message := err.Error()
	if e, ok := err.(*ToolError); ok {
		message = e.Message
	}
	if attempts > 1 && violation(err) == nil {
		if text, err := plainJSON(struct {
			Error    string `json:"error"`
			Attempts int    `json:"attempts"`
		}{message, attempts}); err == nil {
			return text
		}
	}
	return message
}

// resultText is a tool's result as the model gets it: a string as it is, anything else as JSON, or as text if it has no JSON.
func resultText(v any) string {
	switch v := v.(type) {
	case string:
		return cut(v)
	case nil, None: // of a tool without a result
		return "done"
	case error:
		return cut(v.Error())
	}
	if s := reflect.ValueOf(v); s.Kind() == reflect.String {
		if _, custom := v.(json.Marshaler); !custom {
			return cut(s.String())
		}
	}
	text, err := plainJSON(v)
	if err != nil {
		text = printed(v)
	}
	return cut(text)
}

// cut shortens a result that is too long for a conversation, and says so.
func cut(text string) string {
	if len(text) <= mostToolBytes {
		return text
	}
	return strings.ToValidUTF8(text[:mostToolBytes], "") + fmt.Sprintf("\n[truncated: the first %d of %d bytes]", mostToolBytes, len(text))
}
