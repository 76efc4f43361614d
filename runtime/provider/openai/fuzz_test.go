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

// X20 X21
func FuzzResponsesReply(f *testing.F) {
	f.Setenv("OPENAI_BASE_URL", "")
	f.Setenv("OPENAI_API_KEY", key)
	providertest.FuzzReply(f, openai.New, "gpt-5", completed, recorded(f, "responses-tools.json"), recorded(f, "responses-tools.sse"), errorBody("server_error", "", "oops"),
		output(reasoning+","+says(outputText(`"a"`), `{"type":"refusal","refusal":"b"}`)+","+calls("", "f", "{}"), isTruncated),
		events(added("0", says()), more("0", `"He"`), itemDone("0", says(outputText(`"Help"`))), added("-1", calls("c", "f", "")), ends("completed", output(calls("c", "f", "{}"), isCompleted))),
		events(ends("failed", output("", `"status":"failed","error":{"code":"server_error","message":"oops"}`))))
}
