package openai_test

import (
	"testing"

	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	"github.com/alloygen/alloygen/runtime/provider/openai"
)

// X20 X21
func FuzzReply(f *testing.F) {
	f.Setenv("OPENAI_BASE_URL", "http://nowhere")
	providertest.FuzzReply(f, openai.New, "gpt-5", stop, typedAnswer, errorBody("server_error", "", "oops"),
		`{"choices":[{"message":{"tool_calls":[{"id":"call_1_1"},{"id":""},{"id":"call_1_1"}]},"finish_reason":"tool_calls"}]}`,
		stream(delta(`{"tool_calls":[{"index":-7,"id":"c","function":{"name":"f","arguments":"{}"}},{"id":"c"}]}`), done("stop"), usageChunk))
}
