package ollama_test

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

const typedAnswer = `{"model":"llama3.2","created_at":"2026-11-25T09:00:00.123456Z","message":{"role":"assistant","content":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}"},"done":true,"done_reason":"stop","total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":90,"prompt_eval_duration":342546000,"eval_count":60,"eval_duration":4535599000}`

func constantServer(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, typedAnswer)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkTypedCall compares a typed call by hand, over net/http and encoding/json, with the same one through the provider.
// The server's own work is in both.
func BenchmarkTypedCall(b *testing.B) {
	schema := providertest.Ticket()
	b.Run("by hand", func(b *testing.B) {
		url := constantServer(b) + "/api/chat"
		b.ReportAllocs()
		for b.Loop() {
			got, err := byHand(b.Context(), url, schema.JSON)
			require.NoError(b, err)
			require.Equal(b, "Ann", got.Customer.Name)
		}
	})
	b.Run("provider", func(b *testing.B) {
		p := at(b, constantServer(b))
		req := providertest.TypedRequest("llama3.2")
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

// byHand is what one writes without a library.
func byHand(ctx context.Context, url, schema string) (got ticket, err error) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	body, err := json.Marshal(struct {
		Model    string          `json:"model"`
		Messages []message       `json:"messages"`
		Stream   bool            `json:"stream"`
		Format   json.RawMessage `json:"format"`
	}{
		"llama3.2",
		[]message{{string(provider.User), "Triage this message:\nMy order 4392 is lost."}},
		false,
		json.RawMessage(schema),
	})
	if err != nil {
		return got, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return got, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return got, err
	}
	var m struct {
		Message         message `json:"message"`
		DoneReason      string  `json:"done_reason"`
		PromptEvalCount int     `json:"prompt_eval_count"`
		EvalCount       int     `json:"eval_count"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return got, err
	}
	err = json.Unmarshal([]byte(m.Message.Content), &got)
	return got, err
}
