package ollama_test

import (
	"testing"

	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/ollama"
)

// X20 X21
func FuzzReply(f *testing.F) {
	f.Setenv("OLLAMA_BASE_URL", "http://nowhere")
	providertest.FuzzReplyAs(f, "application/x-ndjson", ollama.New, "llama3.2", stop, typedAnswer, `{"error":"oops"}`, `{"error":{"code":429}}`,
		`{"message":{"content":"a","tool_calls":[{"id":"call_1_1"},{"id":"","function":{"arguments":"x"}},{"id":"call_1_1","function":{"arguments":7}}]},"done":true,"done_reason":"stop"}`,
		stream(said("a", `,"thinking":"h"`), said("", `,"tool_calls":[{"function":{"name":"f","arguments":{}}}]`), done("stop")), "\r\n\n"+said("a", ""))
}
