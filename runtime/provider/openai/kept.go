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

func keep(providerName string, k kept) provider.Part {
	data, _ := json.Marshal(k) // of strings and JSON that was read before it does not fail
	return provider.Part{Vendor: &provider.Vendor{Provider: providerName, Data: data}}
}

// keptIn is what a vendor part holds for that model; nothing when it is another's.
func keptIn(v *provider.Vendor, providerName, model string) kept {
	var k kept
	if v.Provider != providerName || json.Unmarshal(v.Data, &k) != nil || k.Model != model {
		return kept{}
	}
	return k
}
