package alloy

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/alloygen/alloygen/runtime/provider"
)

// open begins the conversation, or goes on with that of the run.
func (c *call) open(ctx context.Context) error {
	if restored, err := c.restore(ctx); restored || err != nil {
		if err == nil {
			c.becomes(ctx, Running)
		}
		return err
	}
	if err := c.compose(ctx); err != nil {
		return err
	}
	c.becomes(ctx, Running)
	return nil
}

// compose runs the prompt function and begins the conversation: examples, history, prompt.
func (c *call) compose(ctx context.Context) error {
	p, err := c.typed.prompt(ctx)
	if err != nil {
		return err
	}
	if c.set.generation.Cache && p.system != "" {
		return c.cmd.configurationError(&ConfigurationError{Setting: "cache", Message: "cache: the prompt function adds to the " +
			"system prompt, with WithSystem: put that into the prompt, or leave the cache off"})
	}
	c.system = joinLines(c.set.system, p.system)
	c.messages = c.firstMessages[:0]
	for _, e := range p.examples {
		answer, err := c.example(e)
		if err != nil {
			return c.cmd.configurationError(&ConfigurationError{Setting: "example", Message: "WithExample: " + err.Error(), Err: err})
		}
		c.messages = append(c.messages, UserMessage(Text(e.input)), AssistantMessage(Text(answer)))
	}
	c.messages = append(c.messages, p.history...)
	context, err := c.set.contextText()
	if err != nil {
		return c.cmd.configurationError(&ConfigurationError{Setting: "context", Message: "WithContext: " + err.Error(), Err: err})
	}
	parts := p.parts
	switch {
	case parts == nil:
		c.firstParts[0].Text = context + p.text
		parts = c.firstParts[:]
	case context != "":
		parts = append([]Part{Text(context)}, parts...)
	}
	c.messages = append(c.messages, Message{Role: provider.User, Parts: parts})
	c.opening, c.media = len(c.messages), mediaOf(c.messages)
	return nil
}

// example is the answer of an example, as the model would write it.
func (c *call) example(e example) (text string, err error) {
	defer recovered(&err) // of a MarshalJSON
	if text, ok := e.output.(string); ok && c.cmd.form == formText {
		return text, nil
	}
	data, err := c.typed.encode(e.output)
	if err != nil {
		return "", err
	}
	if c.cmd.wrapped {
		return `{"value":` + string(data) + `}`, nil
	}
	return string(data), nil
}

// contextText is what WithContext puts before the prompt.
func (s *settings) contextText() (string, error) {
	if !s.hasContext {
		return "", nil
	}
	data, err := plainJSON(s.context)
	if err != nil {
		return "", err
	}
	return "Context: " + data + "\n\nTask: ", nil
}

// plainJSON is v as JSON on one line, with <, > and & as they are: the reader is a model, not a browser.
func plainJSON(v any) (text string, err error) {
	defer recovered(&err) // of a MarshalJSON
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// media says what there is beside text in a conversation.
type media struct{ images, documents, audio bool }

func mediaOf(messages []Message) (all media) {
	for _, m := range messages {
		for i := range m.Parts {
			all.images = all.images || m.Parts[i].Image != nil
			all.documents = all.documents || m.Parts[i].Document != nil
			all.audio = all.audio || m.Parts[i].Audio != nil
		}
	}
	return all
}

// say adds a turn of the user to the conversation.
func (c *call) say(text string) {
	c.messages = append(c.messages, UserMessage(Text(text)))
}

// heard adds what the model said to the conversation, without tool calls that were not run.
func (c *call) heard(resp *provider.Response) {
	var parts []Part
	blank := true
	for _, p := range resp.Parts {
		if p.ToolCall == nil {
			parts = append(parts, p)
			blank = blank && isBlank(p.Text)
		}
	}
	if !blank { // vendors refuse turns without content
		c.messages = append(c.messages, Message{Role: provider.Assistant, Parts: parts})
	}
}

// withoutVendor is a copy of messages without vendor parts.
func withoutVendor(messages []Message) []Message {
	kept := make([]Message, 0, len(messages))
	for _, m := range messages {
		parts := make([]Part, 0, len(m.Parts))
		for _, p := range m.Parts {
			if p.Vendor == nil {
				parts = append(parts, p)
			}
		}
		if len(parts) > 0 {
			kept = append(kept, Message{Role: m.Role, Parts: parts})
		}
	}
	return kept
}
