package providersuite

import (
	"encoding/json"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// generate is Gemini's generateContent: https://ai.google.dev/api/generate-content.
type generate struct{}

func (generate) mediaType() string { return "text/event-stream" }

func (generate) finish(a said) string {
	switch a.reason() {
	case provider.FinishLength:
		return "MAX_TOKENS"
	case provider.FinishRefusal:
		return "SAFETY"
	}
	return "STOP" // for calls too
}

// piece is an answer, or a part of it; finish is empty unless it is the last.
func (generate) piece(parts []object, finish string, u provider.Usage) string {
	candidate := object{"content": object{"parts": parts, "role": "model"}, "index": 0}
	if finish != "" {
		candidate["finishReason"] = finish
	}
	return encode(object{
		"candidates": []object{candidate}, "modelVersion": "served", "responseId": "req_1",
		"usageMetadata": object{
			"promptTokenCount": u.InputTokens, "cachedContentTokenCount": u.CachedTokens, "candidatesTokenCount": u.OutputTokens - u.ReasoningTokens,
			"thoughtsTokenCount": u.ReasoningTokens, "totalTokenCount": u.Total(),
			"promptTokensDetails": []object{{"modality": "TEXT", "tokenCount": u.InputTokens}},
		},
	})
}

func (generate) thought(text string) object { return object{"text": text, "thought": true} }

func (generate) call(call called) object {
	return object{"functionCall": object{"id": call.id, "name": call.name, "args": json.RawMessage(call.args)}}
}

func (g generate) whole(a said) string {
	parts := []object{}
	for _, thought := range a.thoughts {
		parts = append(parts, g.thought(thought))
	}
	if len(a.text) > 0 {
		parts = append(parts, object{"text": a.whole()})
	}
	for i, call := range a.calls {
		part := g.call(call)
		if i == 0 {
			part["thoughtSignature"] = "CiQB"
		}
		parts = append(parts, part)
	}
	return g.piece(parts, g.finish(a), a.tokens())
}

func (g generate) stream(a said) (f frames) {
	event := func(finish string, parts ...object) string {
		return "data: " + g.piece(parts, finish, a.tokens()) + "\r\n\r\n"
	}
	f.begin = []string{event("", []object{}...)}
	for _, thought := range a.thoughts {
		f.thoughts = append(f.thoughts, event("", g.thought(thought)))
	}
	for _, text := range a.text {
		f.text = append(f.text, event("", object{"text": text}))
	}
	for i, call := range a.calls {
		part := g.call(call)
		if i == 0 {
			part["thoughtSignature"] = "CiQB"
		}
		f.calls = append(f.calls, event("", part))
	}
	f.end = []string{event(g.finish(a), object{"text": ""})}
	return f
}

func (generate) ping() string { return ": keep-alive\r\n\r\n" }

// failure has the errors of https://ai.google.dev/gemini-api/docs/troubleshooting, in the form of https://google.aip.dev/193.
func (generate) failure(class provider.Class) failure {
	reports := func(status int, word, message string, details ...object) failure {
		return failure{status, nil, encode(object{"error": object{"code": status, "message": message, "status": word, "details": details}})}
	}
	quota := func(id string) object {
		return object{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []object{{"quotaId": id, "quotaValue": "250"}}}
	}
	switch class {
	case provider.RateLimit:
		return reports(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.",
			quota("GenerateRequestsPerMinutePerProjectPerModel"), object{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"})
	case provider.Overloaded:
		return reports(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
	case provider.Quota:
		return reports(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details.",
			quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"))
	case provider.ContextWindow:
		return reports(400, "INVALID_ARGUMENT", "The input token count (1054016) exceeds the maximum number of tokens allowed (1048576).")
	case provider.Invalid:
		return reports(404, "NOT_FOUND", "models/gemini-3.8-flash is not found for API version v1beta")
	}
	return reports(500, "INTERNAL", "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting")
}

func (g generate) broken() string {
	return "data: " + g.failure(provider.Overloaded).body + "\r\n\r\n"
}

func (generate) empty() string {
	return `{"usageMetadata":{"promptTokenCount":7},"modelVersion":"served","responseId":"req_1"}`
}

func (g generate) strange() string {
	return g.piece([]object{{"text": "Hm."}}, "TIRED", provider.Usage{InputTokens: 7, OutputTokens: 1})
}

func (generate) read(path string, body []byte) (q asked, err error) {
	type part struct {
		Text string
		Call *struct {
			ID   string
			Name string
			Args json.RawMessage
		} `json:"functionCall"`
		Result *struct {
			ID       string
			Response map[string]string
		} `json:"functionResponse"`
		Inline *struct{ MimeType, Data string } `json:"inlineData"`
		File   *struct{ FileURI string }        `json:"fileData"`
	}
	var req struct {
		System   struct{ Parts []part } `json:"systemInstruction"`
		Contents []struct {
			Role  string
			Parts []part
		}
		Tools []struct {
			Functions []struct{ Name string } `json:"functionDeclarations"`
		}
		Config struct {
			Schema object `json:"responseJsonSchema"`
			Room   int    `json:"maxOutputTokens"`
		} `json:"generationConfig"`
	}
	err = json.Unmarshal(body, &req)
	model, method, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ":")
	q = asked{model: model, schema: req.Config.Schema != nil, room: req.Config.Room, stream: method == "streamGenerateContent"}
	for _, p := range req.System.Parts {
		q.system += p.Text
	}
	for _, t := range req.Tools {
		for _, f := range t.Functions {
			q.tools = append(q.tools, f.Name)
		}
	}
	for _, c := range req.Contents {
		said := turn{role: provider.User}
		if c.Role == "model" {
			said.role = provider.Assistant
		}
		for _, p := range c.Parts {
			switch {
			case p.Call != nil:
				said.calls = append(said.calls, called{p.Call.ID, p.Call.Name, compact(p.Call.Args)})
			case p.Result != nil:
				said.results = append(said.results, result{p.Result.ID, p.Result.Response["output"] + p.Result.Response["error"]})
			case p.Inline != nil && strings.HasPrefix(p.Inline.MimeType, "image/"):
				said.images = append(said.images, decoded(p.Inline.Data))
			case p.Inline != nil:
				said.documents = append(said.documents, decoded(p.Inline.Data))
			case p.File != nil:
				said.images = append(said.images, p.File.FileURI)
			default:
				said.write(p.Text)
			}
		}
		q.add(said)
	}
	return q, err
}
