package openai

import (
	"encoding/json"

	"github.com/alloygen/alloygen/runtime/provider"
)

// kept is what a vendor part of ours holds. Only the model that made it gets it back: another may not be able to read it.
type kept struct {
	Model string `json:"model"`

	// Of Responses: an item of an answer that goes back as it came, or the phase of the message after it.
	Item  json.RawMessage `json:"item,omitempty"`
	Phase string          `json:"phase,omitempty"`

	// Of Chat Completions: fields of the assistant's message, and the extra_content of the call after it.
	Message json.RawMessage `json:"message,omitempty"`
	Call    json.RawMessage `json:"call,omitempty"`
}

// keep writes k by hand: to encoding/json the long JSON of a thought is one more text to check.
func keep(providerName string, k kept) provider.Part {
	data := append([]byte(`{"model":`), quoted(k.Model)...)
	if k.Phase != "" {
		data = append(append(data, `,"phase":`...), quoted(k.Phase)...)
	}
	for _, field := range []struct {
		key string
		raw json.RawMessage
	}{{"item", k.Item}, {"message", k.Message}, {"call", k.Call}} {
		if len(field.raw) > 0 {
			data = append(append(data, `,"`+field.key+`":`...), field.raw...)
		}
	}
	data = append(data, '}')
	return provider.Part{Vendor: &provider.Vendor{Provider: providerName, Data: data}}
}

func quoted(s string) []byte {
	text, _ := json.Marshal(s) // of a string it does not fail
	return text
}

// keptIn is what a vendor part holds for that model; nothing when it is another's.
func keptIn(v *provider.Vendor, providerName, model string) kept {
	var k kept
	if v.Provider != providerName || json.Unmarshal(v.Data, &k) != nil || k.Model != model {
		return kept{}
	}
	return k
}
