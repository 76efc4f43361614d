package gemini

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// encode writes the body of a generateContent request.
func encode(req *provider.Request, can provider.Capabilities, said conversation) (body []byte, warnings []string, err error) {
	if err := files(req); err != nil {
		return nil, nil, err
	}
	b := wire.NewBody(req, name, "toolConfig", "tool_config")
	if strings.TrimSpace(req.System) != "" && b.Key("systemInstruction") {
		b.Raw(`{"parts":[{"text":`)
		b.String(req.System)
		b.Raw("}]}")
	}
	if b.Key("contents") {
		contents(b, req.Model, said.messages)
	}
	if len(req.Tools) > 0 && b.Key("tools") {
		tools(b, req.Tools)
	}
	warnings = generationConfig(b, req, can)
	if said.token != "" && b.Key("continuationToken") {
		b.String(said.token)
	}
	body, err = b.Bytes(name)
	return body, warnings, err
}

// generationConfig writes the settings and the schema of the answer.
func generationConfig(b *wire.Body, req *provider.Request, can provider.Capabilities) (warnings []string) {
	s := req.Settings // a copy: what the model does not take goes out of it
	leave := func(setting string, value any) {
		warnings = append(warnings, wire.LeftOut(req.Model, setting, value))
	}
	if !can.Temperature {
		if s.Temperature != nil {
			leave("temperature", *s.Temperature)
		}
		if s.TopP != nil {
			leave("top_p", *s.TopP)
		}
		s.Temperature, s.TopP = nil, nil
	}
	if s.Seed != nil && (*s.Seed < math.MinInt32 || *s.Seed > math.MaxInt32) {
		leave("seed of more than 32 bits", *s.Seed)
		s.Seed = nil
	}
	level, budget, known := thinking(req.Model, s.Effort)
	if s.Effort != "" && !known {
		leave("effort of that name", s.Effort)
		s.Effort = ""
	}
	schema := schemaOf(req, can)
	needed := s.Temperature != nil || s.TopP != nil || s.MaxTokens > 0 || s.Seed != nil || len(s.Stop) > 0 || s.Effort != "" ||
		schema != ""
	if !b.Open("generationConfig", needed) {
		return warnings
	}
	b.Setting("temperature", s.Temperature)
	b.Setting("topP", s.TopP)
	if s.MaxTokens > 0 && b.Key("maxOutputTokens") {
		b.Int(int64(s.MaxTokens))
	}
	if s.Seed != nil && b.Key("seed") {
		b.Int(*s.Seed)
	}
	if len(s.Stop) > 0 && b.Key("stopSequences") {
		b.Strings(s.Stop)
	}
	if s.Effort != "" && b.Key("thinkingConfig") {
		thinkingConfig(b, level, budget)
	}
	if schema != "" {
		if b.Key("responseMimeType") {
			b.String("application/json")
		}
		if b.Key("responseJsonSchema") {
			b.Raw(schema)
		}
	}
	b.Close()
	return warnings
}

func thinkingConfig(b *wire.Body, level string, budget int) {
	if level != "" {
		b.Raw(`{"thinkingLevel":"`, level, `"}`)
		return
	}
	b.Raw(`{"thinkingBudget":`)
	b.Int(int64(budget))
	b.Raw("}")
}

// schemaOf is the schema to hold the answer to; empty without one, and where the model takes none with the rest of the request.
func schemaOf(req *provider.Request, can provider.Capabilities) string {
	if req.Output == nil || !can.Schema || len(req.Tools) > 0 && !can.SchemaWithTools {
		return ""
	}
	return formOf(req.Output)
}

// contents writes the conversation. Messages of one role that follow each other become one, so that the results of all tool
// calls of a turn stand in one content, right behind the calls, as the API demands.
func contents(b *wire.Body, model string, list []provider.Message) {
	w := writer{Body: b, model: model, all: list}
	b.Raw("[")
	for i := 0; i < len(list); {
		end := i + 1
		for end < len(list) && (list[end].Role == list[i].Role || w.silent(&list[end])) {
			end++
		}
		if list[i].Role == provider.Assistant {
			w.begin("model")
			w.assistant(list[i:end])
		} else {
			w.begin("user")
			w.user(list[i:end])
		}
		w.end()
		i = end
	}
	b.Raw("]")
}

// silent says whether the API would take no part of a message.
func (w *writer) silent(m *provider.Message) bool {
	return !slices.ContainsFunc(m.Parts, func(p provider.Part) bool {
		if p.Vendor != nil {
			k, ours := keptIn(&p)
			return ours && k.Model == w.model
		}
		return p != (provider.Part{Text: p.Text}) || strings.TrimSpace(p.Text) != ""
	})
}

// writer writes contents. One of which the API would take no part is not written.
type writer struct {
	*wire.Body
	model string
	all   []provider.Message
	role  string
	open  bool
}

func (w *writer) begin(role string) { w.role, w.open = role, false }

func (w *writer) end() {
	if w.open {
		w.Raw("]}")
	}
}

// part starts a part, which the caller ends.
func (w *writer) part(begins ...string) {
	if !w.open {
		w.open = true
		w.Raw(`{"role":"`, w.role, `","parts":[`)
	}
	w.Raw(begins...)
}

// user writes the results of tools, then everything else: text, and files.
func (w *writer) user(list []provider.Message) {
	for i := range list {
		for j := range list[i].Parts {
			if r := list[i].Parts[j].ToolResult; r != nil {
				w.toolResult(r)
			}
		}
	}
	for i := range list {
		for j := range list[i].Parts {
			switch p := &list[i].Parts[j]; {
			case p.ToolResult != nil:
			case p.Image != nil:
				w.file(p.Image.Data, p.Image.URL, imageType(p.Image))
			case p.Document != nil:
				w.document(p.Document)
			case p.Audio != nil:
				w.file(p.Audio.Data, "", wire.AudioType(p.Audio))
			case p.ToolCall == nil && p.Vendor == nil:
				w.text(p.Text, "")
			}
		}
	}
}

// skipValidator stands for the signature of a call that another model made: without one, Gemini 3 and later refuse the first
// call of an answer. https://ai.google.dev/gemini-api/docs/thought-signatures
const skipValidator = "skip_thought_signature_validator"

// assistant writes what the model said. A signature belongs to the part behind it, or, at the end, to an empty text.
func (w *writer) assistant(list []provider.Message) {
	for i := range list {
		signature, calls := "", 0
		for j := range list[i].Parts {
			p := &list[i].Parts[j]
			switch k, ours := keptIn(p); {
			case ours && k.Model == w.model:
				if k.Part != nil {
					w.part(string(k.Part))
				}
				signature = cmp.Or(k.Signature, signature)
				continue
			case p.Vendor != nil:
				continue
			case p.ToolCall != nil:
				if calls++; calls == 1 && signature == "" && !wire.Among(withoutSignatures, vendors(w.model)) {
					signature = skipValidator
				}
				w.toolCall(p.ToolCall, signature)
			case p.Image != nil:
				w.file(p.Image.Data, p.Image.URL, imageType(p.Image))
			case p.ToolResult == nil && p.Document == nil && p.Audio == nil:
				w.text(p.Text, signature)
			}
			signature = ""
		}
		if signature != "" {
			w.text("", signature)
		}
	}
}

// text writes a text, unless it is blank, which the API refuses; with a signature it does not.
func (w *writer) text(text, signature string) {
	if signature == "" && strings.TrimSpace(text) == "" {
		return
	}
	w.part(`{"text":`)
	w.String(text)
	w.sign(signature)
	w.Raw("}")
}

func (w *writer) toolCall(call *provider.ToolCall, signature string) {
	w.part(`{"functionCall":{"id":`)
	w.String(call.ID)
	w.Raw(`"name":`)
	w.String(identifier(call.Name))
	w.Raw(`"args":`, wire.Object(call.Arguments))
	w.Raw("}")
	w.sign(signature)
	w.Raw("}")
}

func (w *writer) sign(signature string) {
	if signature != "" {
		w.Raw(`"thoughtSignature":`)
		w.String(signature)
	}
}

// toolResult writes the result as a text, whatever it is: the API would turn its numbers into floats.
func (w *writer) toolResult(r *provider.ToolResult) {
	w.part(`{"functionResponse":{"id":`)
	w.String(r.CallID)
	w.Raw(`"name":`)
	w.String(identifier(cmp.Or(r.Name, w.called(r.CallID))))
	if r.IsError {
		w.Raw(`"response":{"error":`)
	} else {
		w.Raw(`"response":{"output":`)
	}
	w.String(r.Content)
	w.Raw("}}}")
}

// called is the name of the tool that a call was of.
func (w *writer) called(id string) string {
	for i := range w.all {
		for j := range w.all[i].Parts {
			if call := w.all[i].Parts[j].ToolCall; call != nil && call.ID == id {
				return call.Name
			}
		}
	}
	return ""
}

// identifier fits the name of a tool, which another vendor's model may have made up, to what the API takes.
func identifier(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_.:-", r):
			return r
		}
		return '_'
	}, name)
	if name == "" || !strings.ContainsRune("_", rune(name[0])) && (name[0]|0x20 < 'a' || name[0]|0x20 > 'z') {
		name = "_" + name
	}
	return name[:min(len(name), 128)]
}

func tools(b *wire.Body, list []provider.Tool) {
	b.Raw(`[{"functionDeclarations":[`)
	for i := range list {
		t := &list[i]
		b.Raw(`{"name":`)
		b.String(t.Name)
		b.Raw(`"description":`)
		b.String(cmp.Or(t.Description, t.Name)) // which the API demands
		if form := inputOf(t.Input); form != "" {
			b.Raw(`"parametersJsonSchema":`, form)
		}
		b.Raw("}")
	}
	b.Raw("]}]")
}
