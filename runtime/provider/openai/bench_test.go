package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// ticket is the answer of BenchmarkTypedCall.
type ticket struct {
	Summary  string `json:"summary"`
	Priority string `json:"priority"`
	Score    float64
	Customer struct {
		Name string `json:"name"`
		Site string `json:"site"`
	} `json:"customer"`
	OrderIDs []string `json:"order_ids"`
	Due      *string  `json:"due"`
}

const typedAnswer = `{"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-5-mini-2025-08-07","choices":[{"index":0,"message":{"role":"assistant","content":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":90,"completion_tokens":60,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":null}`

const typedResponse = `{"id":"resp_1","object":"response","created_at":1760000000,"status":"completed","error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAAAABpMm18nXrFLUlQW"},{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}"}]}],"store":false,"usage":{"input_tokens":90,"input_tokens_details":{"cached_tokens":0},"output_tokens":60,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":150}}`

func constantServer(b *testing.B, answer string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkTypedCall compares a typed call by hand, over net/http and encoding/json, with the same one through the provider.
// The server's own work is in both.
func BenchmarkTypedCall(b *testing.B) {
	schema := providertest.Ticket()
	b.Run("by hand", func(b *testing.B) {
		url := constantServer(b, typedAnswer) + "/chat/completions"
		b.ReportAllocs()
		for b.Loop() {
			got, err := byHand(b.Context(), url, schema.JSON)
			require.NoError(b, err)
			require.Equal(b, "Ann", got.Customer.Name)
		}
	})
	for api, answer := range map[string]string{"chat": typedAnswer, "responses": typedResponse} {
		b.Run("provider, "+api, func(b *testing.B) {
			p := at(b, constantServer(b, answer))
			req := providertest.TypedRequest("gpt-5-mini")
			req.Extra = map[string]any{"openai.api": api}
			b.ReportAllocs()
			for b.Loop() {
				res, err := p.Do(b.Context(), req, nil)
				require.NoError(b, err)
				var got ticket
				require.NoError(b, json.Unmarshal([]byte(res.Text()), &got))
				require.Equal(b, "Ann", got.Customer.Name)
			}
		})
	}
}

// byHand is what one writes without a library.
func byHand(ctx context.Context, url, schema string) (got ticket, err error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	type jsonSchema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	}
	type format struct {
		Type       string     `json:"type"`
		JSONSchema jsonSchema `json:"json_schema"`
	}
	body, err := json.Marshal(struct {
		Model          string    `json:"model"`
		Messages       []message `json:"messages"`
		ResponseFormat format    `json:"response_format"`
	}{
		"gpt-5-mini",
		[]message{{string(provider.User), "Triage this message:\nMy order 4392 is lost."}},
		format{"json_schema", jsonSchema{"Ticket", true, json.RawMessage(schema)}},
	})
	if err != nil {
		return got, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return got, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return got, err
	}
	var c struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
		Usage struct {
			PromptTokens     int `json:"prompt_tokens"`
			CompletionTokens int `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return got, err
	}
	err = json.Unmarshal([]byte(c.Choices[0].Message.Content), &got)
	return got, err
}
