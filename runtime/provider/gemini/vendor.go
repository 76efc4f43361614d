package gemini

import (
	"encoding/json"

	"github.com/alloygen/alloygen/runtime/provider"
)

// kept is what a vendor part holds: something of a model's answer that must go back to that model unchanged. Exactly one of
// the fields beside Model is set.
type kept struct {
	Model     string          `json:"model"`                       // as asked for; no other model takes it
	Part      json.RawMessage `json:"part,omitempty"`              // a part of a kind that is not understood here
	Signature string          `json:"thoughtSignature,omitempty"`  // of the part that stands behind it
	Token     string          `json:"continuationToken,omitempty"` // of an answer that goes on in the next one
}

func (k kept) part() provider.Part {
	data, _ := json.Marshal(k) // a Part that was parsed does not fail
	return provider.Part{Vendor: &provider.Vendor{Provider: name, Data: data}}
}

// keptIn is what a vendor part of this vendor holds.
func keptIn(p *provider.Part) (k kept, ok bool) {
	ok = p.Vendor != nil && p.Vendor.Provider == name && json.Unmarshal(p.Vendor.Data, &k) == nil
	return k, ok
}

// token is the continuation token of a message, if it has one.
func token(m *provider.Message) (k kept, ok bool) {
	for i := range m.Parts {
		if k, ok := keptIn(&m.Parts[i]); ok && k.Token != "" {
			return k, true
		}
	}
	return kept{}, false
}

// conversation is what a request says of its conversation.
type conversation struct {
	messages []provider.Message
	token    string          // of the answer that goes on
	begun    []provider.Part // … as far as it came
}

// conversationOf takes the beginnings of answers that stopped at the limit of one request out of a conversation: the next
// answer has them in it. The last of them, which is still to go on, is asked for with its token.
func conversationOf(req *provider.Request) conversation {
	c := conversation{}
	for i := range req.Messages {
		m, last := &req.Messages[i], i == len(req.Messages)-1
		k, ok := token(m)
		if !ok || !last && req.Messages[i+1].Role != provider.Assistant {
			if c.messages != nil {
				c.messages = append(c.messages, *m)
			}
			continue
		}
		if c.messages == nil {
			c.messages = append(make([]provider.Message, 0, len(req.Messages)), req.Messages[:i]...)
		}
		if last && k.Model == req.Model {
			c.token, c.begun = k.Token, m.Parts
		}
	}
	if c.messages == nil { // nearly always
		c.messages = req.Messages
	}
	return c
}
