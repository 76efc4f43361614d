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

// typedAnswer is an answer with a struct in it.
const typedAnswer = `{"model":"llama3.2","created_at":"2026-11-25T09:00:00.123456Z","message":{"role":"assistant","content":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}"},"done":true,"done_reason":"stop","total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":90,"prompt_eval_duration":342546000,"eval_count":60,"eval_duration":4535599000}`
