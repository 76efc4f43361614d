package gemini_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

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

const typedAnswer = `{"candidates":[{"content":{"parts":[{"text":"{\"summary\":\"Order 4392 is lost.\",\"priority\":\"urgent\",\"score\":0.9,\"customer\":{\"name\":\"Ann\",\"site\":\"https://example.com\"},\"order_ids\":[\"4392\",\"4393\"],\"due\":null}","thoughtSignature":"EooDCocDAdHtim8J0Q=="}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":90,"candidatesTokenCount":60,"totalTokenCount":250,"promptTokensDetails":[{"modality":"TEXT","tokenCount":90}],"thoughtsTokenCount":100},"modelVersion":"gemini-3.8-flash","responseId":"abcdefghijkl"}`

func constantServer(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
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
		url := constantServer(b) + "/v1beta/models/gemini-3.8-flash:generateContent"
		b.ReportAllocs()
		for b.Loop() {
			got, err := byHand(b.Context(), url, schema.JSON)
			require.NoError(b, err)
			require.Equal(b, "Ann", got.Customer.Name)
		}
	})
	b.Run("provider", func(b *testing.B) {
		p := at(b, constantServer(b))
		req := providertest.TypedRequest("gemini-3.8-flash")
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
	type part struct {
		Text string `json:"text"`
	}
	type content struct {
		Role  string `json:"role"`
		Parts []part `json:"parts"`
	}
	type config struct {
		ResponseMIMEType   string          `json:"responseMimeType"`
		ResponseJSONSchema json.RawMessage `json:"responseJsonSchema"`
	}
	body, err := json.Marshal(struct {
		Contents         []content `json:"contents"`
		GenerationConfig config    `json:"generationConfig"`
	}{
		[]content{{"user", []part{{"Triage this message:\nMy order 4392 is lost."}}}},
		config{"application/json", json.RawMessage(schema)},
	})
	if err != nil {
		return got, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Goog-Api-Key", key)
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
		Candidates []struct {
			Content      content `json:"content"`
			FinishReason string  `json:"finishReason"`
		} `json:"candidates"`
		UsageMetadata struct {
			PromptTokenCount     int `json:"promptTokenCount"`
			CandidatesTokenCount int `json:"candidatesTokenCount"`
			ThoughtsTokenCount   int `json:"thoughtsTokenCount"`
		} `json:"usageMetadata"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return got, err
	}
	err = json.Unmarshal([]byte(m.Candidates[0].Content.Parts[0].Text), &got)
	return got, err
}
