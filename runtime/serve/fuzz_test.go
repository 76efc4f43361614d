package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/serve"
)

// F143: whatever a client sends, it gets a value or a problem, and the model is called for bodies alone that fit as they are.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		hello, `{}`, `{"message":"a","limit":5,"tags":["b"],"order":{"id":1,"state":"packed","a/b~":0.5},"when":"2026-01-02T03:04:05Z","notes":{"b":null}}`,
		`{"message":"a","shape":{"type":"circle","radius":1}}`, `{"message":"a","shape":{"type":"circle","radius":"1"}}`,
		`{"message":"a","order":{"id":"1"}}`, `{"message":1e999}`, `[`, "\xff", `{"message":"\ud800"}`, `{"message":"a","notes":{"x.y[0]":"]","\"":1}}`,
		`{"message":"` + strings.Repeat("a", 2000) + `"}`, `{"message":"a","message":"b"}`,
	} {
		f.Add([]byte(body), "application/json", "*/*")
		f.Add([]byte(body), "application/json; charset=utf-8", events)
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, accept string) {
		asked := 0
		h := handle(reply, alloytest.New(alloytest.Func(func(context.Context, *provider.Request) alloytest.Step {
			asked++
			return alloytest.Reply("hello")
		}).Forever()), serve.WithMaxBody(1000))
		r := request(string(body), accept)
		r.Header.Set("Content-Type", contentType)
		w := ask(h, r)
		if w.Code != http.StatusOK {
			require.Zero(t, asked)
		}
		switch w.Code {
		case http.StatusOK:
			require.Equal(t, 1, asked)
			var strict struct {
				Message string             `json:"message"`
				Limit   *int               `json:"limit"`
				Tags    []string           `json:"tags"`
				Order   map[string]any     `json:"order"`
				When    string             `json:"when"`
				Notes   map[string]*string `json:"notes"`
				Shape   map[string]any     `json:"shape"`
			}
			d := json.NewDecoder(strings.NewReader(string(body)))
			d.DisallowUnknownFields()
			require.NoError(t, d.Decode(&strict), "what encoding/json does not take is not taken: %q", body)
			require.NotEmpty(t, strict.Message)
		case http.StatusNotAcceptable, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			p := problem(t, w)
			if p.Field != nil && p.Field.Pointer != "" {
				require.True(t, strings.HasPrefix(p.Field.Pointer, "/"))
				leadsSomewhere(t, body, p.Field)
			}
		default:
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	})
}

// leadsSomewhere requires that a pointer names a part of the body, or what is missing of one.
func leadsSomewhere(t *testing.T, body []byte, f *serve.Field) {
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	require.NoError(t, d.Decode(&value))
	tokens := strings.Split(f.Pointer[1:], "/")
	for i, token := range tokens {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[token]
			if !ok {
				require.True(t, i == len(tokens)-1 && strings.HasSuffix(f.Rule, "it is missing") || len(token) >= 60, "%q has no %s", body, f.Pointer)
				return
			}
			value = inner
		case []any:
			n, err := strconv.Atoi(token)
			require.NoError(t, err)
			require.Less(t, n, len(v))
			value = v[n]
		default:
			t.Fatalf("%q has no %s", body, f.Pointer)
		}
	}
}
