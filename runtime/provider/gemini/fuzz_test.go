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

// typedAnswer is an answer with a struct in it.
const typedAnswer = `{"candidates":[{"content":{"parts":[{"text":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}","thoughtSignature":"EooDCocDAdHtim8J0Q=="}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":90,"candidatesTokenCount":60,"totalTokenCount":250,"promptTokensDetails":[{"modality":"TEXT","tokenCount":90}],"thoughtsTokenCount":100},"modelVersion":"gemini-3.8-flash","responseId":"abcdefghijkl"}`
