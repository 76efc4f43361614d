package alloy_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// toyModel is what the registered provider toy answers with, toys counts how often it was made, and toyConfig is what it
// was last made with.
var (
	toyModel  atomic.Pointer[alloytest.Model]
	toys      atomic.Int32
	toyConfig atomic.Pointer[provider.Config]
)

func init() {
	err := provider.Register(provider.Registration{
		Name:        "toy",
		Prefixes:    []string{"toy-"},
		Credentials: []string{"TOY_KEY", "TOY_SECRET"},
		New: func(config provider.Config) (provider.Provider, error) {
			toys.Add(1)
			toyConfig.Store(&config)
			return toyProvider{}, nil
		},
		Capabilities: func(string) provider.Capabilities {
			return provider.Capabilities{Tools: true, Schema: true, SchemaWithTools: true}
		},
	})
	if err != nil {
		panic(err)
	}
}

type toyProvider struct{}

func (toyProvider) Do(ctx context.Context, req *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	var missing []string
	for _, name := range []string{"TOY_KEY", "TOY_SECRET"} {
		if os.Getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		all := strings.Join(missing, ", ")
		return nil, &provider.ConfigError{Provider: "toy", Setting: all, Message: "not set: " + all}
	}
	return toyModel.Load().Do(ctx, req, emit)
}

// toy plays the steps when the provider toy is asked.
func toy(t *testing.T, steps ...alloytest.Step) *alloytest.Model {
	t.Helper()
	t.Setenv("TOY_KEY", "k")
	t.Setenv("TOY_SECRET", "s")
	m := play(t, steps...)
	toyModel.Store(m)
	return m
}

// F144
func TestModelsFindTheirProvider(t *testing.T) {
	for model, want := range map[string][2]string{
		"gpt-5-mini":         {"openai", "gpt-5-mini"},
		"o1":                 {"openai", "o1"},
		"o3-mini":            {"openai", "o3-mini"},
		"o4-mini":            {"openai", "o4-mini"},
		"claude-opus-4-7":    {"anthropic", "claude-opus-4-7"},
		"gemini-3-pro":       {"gemini", "gemini-3-pro"},
		"ollama:llama3.2":    {"ollama", "llama3.2"},
		"offline":            {"offline", "offline"},
		"openai/claude-like": {"openai", "claude-like"},
		"toy-1":              {"toy", "toy-1"},
		"toy/gpt-5":          {"toy", "gpt-5"},
		"toy/a/b":            {"toy", "a/b"},
	} {
		name, vendorName, err := provider.Resolve(model)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{name, vendorName}, model)
	}
}

// F144, F154
func TestRegisteredProviderIsUsed(t *testing.T) {
	m := toy(t, alloytest.Reply("by prefix"), alloytest.Reply("by name"))
	for model, want := range map[string]string{"toy-1": "toy-1", "toy/gpt-5": "gpt-5"} {
		_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel(model)})
		require.NoError(t, err)
		require.Contains(t, models(m), want)
	}
	make := func(provider.Config) (provider.Provider, error) { return toyProvider{}, nil }
	require.ErrorContains(t, provider.Register(provider.Registration{Name: "toy", New: make}), "already registered")
	require.ErrorContains(t, provider.Register(provider.Registration{Name: "other", Prefixes: []string{"toy-"}, New: make}), "already belongs to")
}

// F145
func TestUnknownModels(t *testing.T) {
	for model, says := range map[string][]string{
		"mistral-x":    {`"mistral-x"`, "gpt-", "claude-", "PROVIDER/NAME"},
		"":             {"model"},
		"/x":           {"PROVIDER/NAME"},
		"gemini-3-pro": {"gemini"},
		"nowhere/x":    {"nowhere"},
	} {
		t.Run(model, func(t *testing.T) {
			_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel(model), times(3), alloy.WithRetryOn(alloy.All)})
			require.IsType(t, &alloy.ConfigurationError{}, err)
			require.Equal(t, "Reply", as[*alloy.ConfigurationError](t, err).Command)
			for _, part := range says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

// F31: every missing name at once, before anything is sent.
func TestMissingCredentials(t *testing.T) {
	m := toy(t)
	t.Setenv("TOY_KEY", "")
	t.Setenv("TOY_SECRET", "")
	_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel("toy-1")})
	require.Equal(t, "TOY_KEY, TOY_SECRET", as[*alloy.ConfigurationError](t, err).Setting)
	require.ErrorContains(t, err, "TOY_KEY, TOY_SECRET")
	require.Empty(t, m.Requests())
}

// F31, F63: a vendor's own credential.
func TestMissingKeyOfAVendor(t *testing.T) {
	for model, variable := range map[string]string{"gpt-5-mini": "OPENAI_API_KEY", "claude-opus-4-7": "ANTHROPIC_API_KEY"} {
		t.Setenv(variable, "")
		_, err := reply.Run(t.Context(), saying[string]("hello"), []alloy.Option{alloy.WithModel(model), times(3), alloy.WithFallback("offline")})
		require.IsType(t, &alloy.ConfigurationError{}, err)
		require.ErrorContains(t, err, variable)
	}
}

// F89: the credentials of a fallback matter when it is needed, and not before.
func TestCredentialsOfAFallback(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	opts := []alloy.Option{alloy.WithModel("toy-1"), alloy.WithFallback("gpt-5-mini")}
	toy(t, alloytest.Reply("ok"), alloytest.Fail(503))
	got, err := reply.Run(t.Context(), saying[string]("hello"), opts)
	require.NoError(t, err)
	require.Equal(t, "ok", got)
	_, err = reply.Run(t.Context(), saying[string]("hello"), opts)
	as[*alloy.ConfigurationError](t, err)
	require.ErrorContains(t, err, "OPENAI_API_KEY")
}

// F155
func TestProvidersAreMadeOncePerClient(t *testing.T) {
	m := toy(t, alloytest.Reply("ok").Forever())
	before := toys.Load()
	ctx := alloy.WithClient(t.Context(), client(t, alloy.WithModel("toy-1")))
	for range 3 {
		_, err := reply.Run(ctx, saying[string]("hello"), nil)
		require.NoError(t, err)
	}
	require.EqualValues(t, 1, toys.Load()-before)
	require.Len(t, m.Requests(), 3)

	_, err := reply.Run(alloy.WithClient(t.Context(), client(t, alloy.WithModel("toy-1"))), saying[string]("hello"), nil)
	require.NoError(t, err)
	require.EqualValues(t, 2, toys.Load()-before, "clients share none")
}

// WithHTTPClient reaches the provider, which is made anew for another client.
func TestHTTPClient(t *testing.T) {
	toy(t, alloytest.Reply("ok").Forever())
	ctx := alloy.WithClient(t.Context(), client(t, alloy.WithModel("toy-1")))
	before := toys.Load()
	_, err := reply.Run(ctx, saying[string]("hello"), nil)
	require.NoError(t, err)
	require.NotNil(t, toyConfig.Load().HTTPClient, "there is one unless one is given")

	mine := &http.Client{Timeout: time.Minute}
	for range 2 {
		_, err = reply.Run(ctx, saying[string]("hello"), []alloy.Option{alloy.WithHTTPClient(mine)})
		require.NoError(t, err)
		require.Same(t, mine, toyConfig.Load().HTTPClient)
	}
	require.EqualValues(t, 2, toys.Load()-before)
}

// F151
func TestOfflineBackend(t *testing.T) {
	t.Setenv("ALLOY_BACKEND", "offline")
	t.Setenv("OPENAI_API_KEY", "")
	for _, model := range []string{"gpt-5-mini", "claude-opus-4-7", "gemini-3-pro", "ollama:llama3.2"} {
		first, err := triage.Run(t.Context(), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel(model)})
		require.NoError(t, err)
		require.Contains(t, []string{"low", "normal", "urgent"}, first.Priority)
		require.GreaterOrEqual(t, first.Score, 0.0)
		require.LessOrEqual(t, first.Score, 1.0)
		require.NotNil(t, first.OrderIDs)
		again, err := triage.Run(t.Context(), saying[Ticket]("Where is order 4392?"), []alloy.Option{alloy.WithModel(model)})
		require.NoError(t, err)
		require.Equal(t, first, again, "the same prompt gives the same answer")
	}
	text, err := alloy.Ask(t.Context(), "hello")
	require.NoError(t, err)
	require.NotEmpty(t, text)
}
