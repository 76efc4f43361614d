package gemini_test

import (
	"testing"

	"github.com/alloygen/alloygen/runtime/provider/gemini"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// X20 X21
func FuzzReply(f *testing.F) {
	f.Setenv("GEMINI_BASE_URL", "http://nowhere")
	providertest.FuzzReply(f, gemini.New, "gemini-3.8-flash", stop, typedAnswer, reported(429, "RESOURCE_EXHAUSTED", "slow", perDay, retryInfo),
		`{"promptFeedback":{"blockReason":"SAFETY"}}`, "["+reported(500, "INTERNAL", "oops")+"]",
		piece(`{"functionCall":{"id":"call_1_1","name":"f"}},{"functionCall":{"id":"","name":"f"}},{"functionCall":{"id":"call_1_1","args":7},"thoughtSignature":"s"}`, "STOP"),
		stream(piece(`{"text":"h","thought":true},{"text":"a"}`, ""), piece(`{"text":"b","thoughtSignature":"s"},{"dream":1},{}`, ""), piece(`{"text":"c"}`, "STOP")),
		stream(piece(`{"text":"a"}`, "CONTINUATION"), `{"candidates":[{"continuationToken":"t"}]}`))
}
