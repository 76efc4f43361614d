package alloy_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	_ "github.com/alloygen/alloygen/runtime/provider/compatible"
)

// echoServer answers with what it was asked: the model, and the key.
func echoServer(t *testing.T, name string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Model string }
		_ = json.NewDecoder(r.Body).Decode(&body)
		answerBoth(w, r, name+" "+body.Model+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// F144, F150: a prefix leads to a server of the option, the nearest first, or of the environment.
func TestCompatible(t *testing.T) {
	one, two, three := echoServer(t, "one"), echoServer(t, "two"), echoServer(t, "three")
	t.Setenv("GROQ_BASE_URL", one)
	t.Setenv("GROQ_API_KEY", "gsk-1")
	t.Setenv("TEAM_KEY", "k2")
	ctx := alloy.WithClient(t.Context(), client(t, alloy.WithModel("groq/llama/3")))
	ask := func(opts ...alloy.Option) string {
		t.Helper()
		got, err := reply.Run(ctx, saying[string]("hello"), opts)
		require.NoError(t, err)
		return got
	}
	require.Equal(t, "one llama/3 Bearer gsk-1", ask())
	require.Equal(t, "two llama/3 Bearer k2", ask(alloy.WithCompatible("groq", two, "TEAM_KEY")))
	require.Equal(t, "two llama/3 Bearer gsk-1", ask(alloy.WithCompatible("groq", two, "")))
	require.Equal(t, "one llama/3 Bearer gsk-1", ask(alloy.WithCompatible("other", two, "TEAM_KEY")))

	ctx = alloy.WithClient(t.Context(), client(t, alloy.WithModel("groq/m"), alloy.WithCompatible("groq", two, "TEAM_KEY"), alloy.WithCompatible("own", three, "")))
	require.Equal(t, "two m Bearer k2", ask())
	require.Equal(t, "three m Bearer gsk-1", ask(alloy.WithCompatible("groq", three, "")), "the nearest counts")
	require.Equal(t, "three x ", ask(alloy.WithModel("own/x")), "options add up by prefix")
	t.Setenv("TEAM_KEY", "k3")
	require.Equal(t, "two m Bearer k3", ask())
}

// F31, F154: what is wrong with a server is a ConfigurationError before anything is sent.
func TestCompatibleRefused(t *testing.T) {
	t.Setenv("NO_SUCH_KEY", "")
	for name, tc := range map[string]struct {
		model   string
		option  alloy.Option
		setting string
	}{
		"no key":               {"groq/m", alloy.WithCompatible("groq", "http://127.0.0.1:1", "NO_SUCH_KEY"), "NO_SUCH_KEY"},
		"no address":           {"nowhere/m", alloy.WithModel("nowhere/m"), "NOWHERE_BASE_URL"},
		"no URL":               {"groq/m", alloy.WithCompatible("groq", "127.0.0.1:1", ""), "base URL"},
		"a vendor's prefix":    {"anthropic/m", alloy.WithCompatible("anthropic", "http://127.0.0.1:1", ""), "compatible"},
		"of another model":     {"offline", alloy.WithCompatible("openai", "http://127.0.0.1:1", ""), "compatible"},
		"no prefix":            {"offline", alloy.WithCompatible("my server", "http://127.0.0.1:1", ""), "compatible"},
		"a provider's prefix":  {"toy/m", alloy.WithCompatible("toy", "http://127.0.0.1:1", ""), "model"},
		"nothing that is said": {"groq/m", alloy.WithCompatible("", "http://127.0.0.1:1", ""), "compatible"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel(tc.model), tc.option, times(3), alloy.WithRetryOn(alloy.All), alloy.WithFallback("offline")})
			require.IsType(t, &alloy.ConfigurationError{}, err)
			require.Equal(t, tc.setting, as[*alloy.ConfigurationError](t, err).Setting, "%v", err)
		})
	}
}

// A model without tools and schemas on its vendor's API gets both in words, over the wire too.
func TestToolsInWordsOverHTTP(t *testing.T) {
	var bodies []map[string]any
	answers := []string{`{"calls":[{"tool":"lookup_order","arguments":{"orderID":"4392"}}]}`, `{"summary":"late","priority":"low","score":0.5,"order_ids":["4392"]}`}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		bodies = append(bodies, body)
		answerBoth(w, r, answers[len(bodies)-1])
	}))
	defer s.Close()
	t.Setenv("OPENAI_BASE_URL", s.URL)
	var l lookup
	got, err := triage.Run(alloy.WithClient(t.Context(), client(t)), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel("o1-mini"), alloy.WithTools(l.tool())})
	require.NoError(t, err)
	require.Equal(t, Ticket{Summary: "late", Priority: "low", Score: 0.5, OrderIDs: []string{"4392"}}, got)
	require.Equal(t, []string{"4392"}, l.ran)
	require.Len(t, bodies, 2)
	for _, body := range bodies {
		require.NotContains(t, body, "tools")
		require.NotContains(t, body, "response_format")
		system := body["messages"].([]any)[0].(map[string]any)
		require.Equal(t, "system", system["role"])
		require.Contains(t, system["content"], "lookup_order")
		require.Contains(t, system["content"], "order_ids")
	}
}
