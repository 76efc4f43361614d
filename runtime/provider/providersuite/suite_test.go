// Package providersuite is one set of tests for every provider: conversations that are scripted once, in no vendor's words, and
// run through package alloy over net/http, on virtual time, against servers that write and read each vendor's wire format. What
// a format looks like, its errors and its streams included, is in one file for each, made from the vendor's documentation. A
// further provider needs such a file and a row in vendors.
package providersuite

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	alloy "github.com/alloygen/alloygen/runtime"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
	_ "github.com/alloygen/alloygen/runtime/provider/gemini"
	_ "github.com/alloygen/alloygen/runtime/provider/ollama"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// TestMain fails when a goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendor is a provider, the model of it that is asked, and the wire format that its server speaks.
type vendor struct {
	format
	name     string
	provider string // as it calls itself
	model    string // as options name it
	wire     string // the vendor's own name of the model
	other    string // a model of another vendor, to fall back on
	options  []alloy.Option
	idHeader string // the response header with the request's ID; empty when the format has it elsewhere, or nowhere
	lacks    lacks
}

// lacks is what a vendor has no place for.
type lacks struct {
	documents, imageURLs     bool // in a request
	details, ids, refusals   bool // in an answer: cached and reasoning tokens, a request's ID, a word for a refusal
	thoughts, comments, ends bool // in a stream: thoughts, comments between the frames, an end of its own beside the end of the body
}

var vendors = []*vendor{
	{
		format: chat{}, name: "openai_chat", provider: "openai", model: "gpt-5", wire: "gpt-5", other: "claude-opus-4-7",
		options: []alloy.Option{alloy.WithExtra("openai.api", "chat")}, idHeader: "X-Request-Id", lacks: lacks{thoughts: true},
	},
	{
		format: responses{}, name: "openai_responses", provider: "openai", model: "gpt-5", wire: "gpt-5", other: "claude-opus-4-7",
		options: []alloy.Option{alloy.WithExtra("openai.api", "responses")}, idHeader: "X-Request-Id",
	},
	{
		format: messages{}, name: "anthropic", provider: "anthropic", model: "claude-opus-4-7", wire: "claude-opus-4-7",
		other: "gemini-3.8-flash", idHeader: "Request-Id",
	},
	{
		format: generate{}, name: "gemini", provider: "gemini", model: "gemini-3.8-flash", wire: "gemini-3.8-flash",
		other: "claude-opus-4-7", lacks: lacks{ends: true},
	},
	{
		format: ollama{}, name: "ollama", provider: "ollama", model: "ollama:qwen3-vl", wire: "qwen3-vl", other: "claude-opus-4-7",
		lacks: lacks{documents: true, imageURLs: true, details: true, ids: true, refusals: true, comments: true},
	},
	{
		format: chat{reasons: true}, name: "compatible", provider: "local", model: "local/qwen3", wire: "qwen3", other: "claude-opus-4-7",
		idHeader: "X-Request-Id",
	},
}

// environment leads every provider to the servers of the suite.
func environment(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_BASE_URL": "http://openai.test/v1", "OPENAI_API_KEY": "sk-suite",
		"ANTHROPIC_BASE_URL": "http://anthropic.test", "ANTHROPIC_API_KEY": "sk-ant-suite",
		"GEMINI_BASE_URL": "http://gemini.test", "GEMINI_API_KEY": "AIza-suite",
		"OLLAMA_BASE_URL": "http://ollama.test", "OLLAMA_API_KEY": "",
		"LOCAL_BASE_URL": "http://local.test/v1", "LOCAL_API_KEY": "",
	} {
		t.Setenv(name, value)
	}
}

// each runs a check for every vendor, on virtual time; but for those that lack what it is about.
func each(t *testing.T, without func(lacks) bool, check func(t *testing.T, v *vendor)) {
	environment(t)
	for _, v := range vendors {
		if without != nil && without(v.lacks) {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { check(t, v) })
		})
	}
}

// eachTwice is each, plainly and as a stream.
func eachTwice(t *testing.T, without func(lacks) bool, check func(t *testing.T, v *vendor, streamed bool)) {
	t.Run("plain", func(t *testing.T) { each(t, without, func(t *testing.T, v *vendor) { check(t, v, false) }) })
	t.Run("streamed", func(t *testing.T) { each(t, without, func(t *testing.T, v *vendor) { check(t, v, true) }) })
}

func refusals(l lacks) bool { return l.refusals }
