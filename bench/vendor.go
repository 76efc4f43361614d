package main

import (
	"encoding/json"
	"net/http"
	"os"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	"github.com/alloygen/alloygen/runtime/provider/gemini"
	"github.com/alloygen/alloygen/runtime/provider/ollama"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

// vendor is a wire format: what a server answers in it, what a person writes for it by hand, and the provider that speaks it.
type vendor struct {
	name  string
	model string // as settings name it
	api   string // of OpenAI's two; empty for other vendors

	baseVar, base string // the variable of the base URL, and what stands in it behind the server's address
	keyVar        string // the variable of the key
	path          string // of a typed request, behind the address
	demands       string // what a typed request has in it
	reply         any    // to a typed request

	new    func(provider.Config) (provider.Provider, error)
	stream func(pieces []string) string // a whole stream, as a server sends it
	prefix string                       // of the lines of a stream that have data in them

	byHand  form
	scanned func(data []byte) (text string, end bool, err error) // of one event, by hand
}

var vendors = []vendor{
	{
		name: "OpenAI's Chat Completions", model: model, api: "chat", new: openai.New,
		baseVar: "OPENAI_BASE_URL", base: "/v1", keyVar: "OPENAI_API_KEY", path: "/v1/chat/completions",
		demands: `"json_schema"`, reply: completion(map[string]any{"role": "assistant", "content": answer, "refusal": nil}, "stop"),
		stream: chatStream, prefix: "data: ", byHand: chatForm, scanned: scanChat,
	},
	{
		name: "OpenAI's Responses", model: model, api: "responses", new: openai.New,
		baseVar: "OPENAI_BASE_URL", base: "/v1", keyVar: "OPENAI_API_KEY", path: "/v1/responses",
		demands: `"json_schema"`, reply: response(answer),
		stream: responsesStream, prefix: "data: ", byHand: responsesForm, scanned: scanResponses,
	},
	{
		name: "Anthropic's Messages", model: "claude-opus-4-7", new: anthropic.New,
		baseVar: "ANTHROPIC_BASE_URL", keyVar: "ANTHROPIC_API_KEY", path: "/v1/messages",
		demands: `"output_config"`, reply: messagesReply,
		stream: messagesStream, prefix: "data: ", byHand: messagesForm, scanned: scanMessages,
	},
	{
		name: "Gemini", model: "gemini-3.8-flash", new: gemini.New,
		baseVar: "GEMINI_BASE_URL", keyVar: "GEMINI_API_KEY", path: "/v1beta/models/gemini-3.8-flash:generateContent",
		demands: `"responseJsonSchema"`, reply: geminiPiece(answer, "STOP"),
		stream: geminiStream, prefix: "data: ", byHand: geminiForm, scanned: scanGemini,
	},
	{
		name: "Ollama", model: "ollama:llama3.2", new: ollama.New,
		baseVar: "OLLAMA_BASE_URL", keyVar: "OLLAMA_API_KEY", path: "/api/chat",
		demands: `"format"`, reply: ollamaPiece(answer, true),
		stream: ollamaStream, byHand: ollamaForm, scanned: scanOllama,
	},
}

// at sends the requests of the vendor's provider to an address.
func (v *vendor) at(address string) {
	os.Setenv(v.baseVar, address+v.base)
	os.Setenv(v.keyVar, apiKey)
}

// extra chooses the API.
func (v *vendor) extra() map[string]any {
	if v.api == "" {
		return nil
	}
	return map[string]any{"openai.api": v.api}
}

// benchProviders measures a typed call of each vendor.
func benchProviders(t *table, s settings) error {
	address, stop, err := startServer()
	if err != nil {
		return err
	}
	defer stop()
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	for _, v := range vendors {
		v.at(address)
		t.group("providers: a typed answer of 8 fields, nested list and enum, over loopback: " + v.name)
		ways := []way{
			asWay("net/http and encoding/json, by hand", v.byHand.triage(client, address+v.path)),
			asWay("alloygen", generated(alloy.WithModel(v.model), alloy.WithExtras(v.extra()))),
		}
		if err := t.compare(ways, s.rounds, s.calls, 1.15, 1.5); err != nil {
			return err
		}
	}
	return nil
}

func jsonText(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // of a value that is written in this program
	}
	return string(data)
}
