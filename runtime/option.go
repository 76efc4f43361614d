package alloy

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Option is one setting. The same options serve New, Configure, the directives in generated code, and every call. For each
// setting the nearest wins: call, directive, client, ALLOY_ variable, built-in default. An option that is not given resets
// nothing.
type Option interface{ apply(*settings) }

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// The built-in settings, which hold where nothing else is said.
const (
	DefaultModel         = "gpt-5-mini"
	DefaultMaxToolTurns  = 10
	DefaultParallelTools = 8
	DefaultTimeout       = 5 * time.Minute  // of a call
	DefaultToolTimeout   = 30 * time.Second // of a tool
	DefaultGrace         = 15 * time.Second // of a last request
)

// WithModel sets the model: a name with a known beginning (claude-…, gpt-…, o3…), or PROVIDER/NAME. Default: gpt-5-mini.
func WithModel(model string) Option {
	return option(func(s *settings) {
		s.model, s.modelFrom = model, "model"
		s.routed++
	})
}

// WithFallback sets the models that are tried, in order, when the one before fails for good. They get the conversation as it
// stands: no tool call that has run is run again. Without models it switches fallback off.
func WithFallback(models ...string) Option {
	return option(func(s *settings) { s.fallback = slices.Clone(models); s.routed++ })
}

// WithSystem sets the system prompt.
func WithSystem(text string) Option { return option(func(s *settings) { s.system = text }) }

// WithTemperature sets the sampling temperature, at least 0. Unset, the vendor's default holds. Models that take none do not
// get it.
func WithTemperature(t float64) Option {
	return option(func(s *settings) {
		if math.IsNaN(t) || math.IsInf(t, 0) || t < 0 {
			s.refuse("temperature", "want a number of at least 0, got %v", t)
			return
		}
		s.generation.Temperature = &t
	})
}

// WithTopP sets the probability mass that tokens are sampled from, between 0 and 1. Unset, the vendor's default holds.
func WithTopP(p float64) Option {
	return option(func(s *settings) {
		if !(p >= 0 && p <= 1) {
			s.refuse("top_p", "want a number between 0 and 1, got %v", p)
			return
		}
		s.generation.TopP = &p
	})
}

// WithMaxTokens limits the tokens of an answer. 0 means the vendor's default (2048 at Anthropic, which demands a limit). An
// answer that runs into the limit is truncated: it is asked for once more, with twice the limit.
func WithMaxTokens(n int) Option {
	return option(func(s *settings) {
		if n < 0 {
			s.refuse("max_tokens", "want a number of at least 0, got %d", n)
			return
		}
		s.generation.MaxTokens = n
	})
}

// WithMaxOutput limits the answer of a typed command, in bytes. Default, and for 0: output.MaxSize, 16 MiB. A longer one is
// rejected, and asked for again. What a provider reads at most is not changed by it.
func WithMaxOutput(bytes int) Option {
	return option(func(s *settings) {
		if bytes < 0 {
			s.refuse("max_output", "want a number of at least 0, got %d", bytes)
			return
		}
		s.reading.MaxSize = bytes
	})
}

// WithSeed asks the vendor for repeatable sampling, where it has that.
func WithSeed(seed int64) Option { return option(func(s *settings) { s.generation.Seed = &seed }) }

// WithStop sets the sequences at which the model stops. Without sequences it removes them.
func WithStop(sequences ...string) Option {
	return option(func(s *settings) { s.generation.Stop = slices.Clone(sequences) })
}

// WithEffort sets how much a reasoning model thinks, in its vendor's words: low, medium, high … Unset, the vendor's default
// holds.
func WithEffort(effort string) Option {
	return option(func(s *settings) { s.generation.Effort = effort })
}

// WithCache asks the vendor to keep the constant beginning of requests, tools and system prompt, in its prompt cache, so that the
// next call pays less for it. Default: false. Anthropic caches what is marked (docs.claude.com, "Prompt caching"); vendors that
// cache by themselves ignore it. The system prompt must be that of the settings: a prompt function that adds to it, with
// Prompt.WithSystem, makes the call fail with a ConfigurationError, as what differs from call to call is paid for and never
// found again.
func WithCache(on bool) Option { return option(func(s *settings) { s.generation.Cache = on }) }

// WithRetry sets how often a model is attempted and how long to wait in between. Default: one attempt. See Retry.
func WithRetry(r Retry) Option {
	return option(func(s *settings) {
		if r.Attempts < 0 || r.Base < 0 || r.Max < 0 || math.IsNaN(r.Jitter) || r.Jitter > 1 {
			s.refuse("retry", "want attempts and durations of at least 0 and a jitter of at most 1, got %+v", r)
			return
		}
		s.retry = r
	})
}

// WithRetryOn sets which failures are retried, any of the conditions being enough. Default, and without conditions:
// Transient and OutputRejected. See Kind, KindSet, MatchError and MatchType.
func WithRetryOn(conditions ...Condition) Option {
	return option(func(s *settings) {
		if s.retryOn = slices.Clone(conditions); len(conditions) == 0 {
			s.retryOn = defaultRetryOn
		}
	})
}

// WithTimeout limits a whole call, waits, fallbacks and tools included. Default: 5 minutes; 0 or less means no limit beside
// the deadline of the context.
func WithTimeout(d time.Duration) Option { return option(func(s *settings) { s.timeout = d }) }

// WithAttemptTimeout limits one request to a model, without the time that the reader of a stream takes; passing it is a failure of
// kind timeout, which is retried. Default: no limit beside that of the call.
func WithAttemptTimeout(d time.Duration) Option {
	return option(func(s *settings) { s.attemptTimeout = d })
}

// WithToolTimeout limits a tool that sets no timeout of its own, its retries included; the model is then told that it timed
// out. Default: 30 s; 0 or less means no limit beside that of the call.
func WithToolTimeout(d time.Duration) Option {
	return option(func(s *settings) { s.toolTimeout = d })
}

// WithTools offers more tools to the model, beside those of the directives.
func WithTools(tools ...Tool) Option {
	return option(func(s *settings) { s.tools = append(s.tools[:len(s.tools):len(s.tools)], tools...) })
}

// WithMaxToolTurns limits the rounds of tools of a call: n rounds make at most n+1 requests, and wanting one more is a
// ToolLoopLimitExceeded. Default: 10; 0 allows no tools; below 0 means no limit.
func WithMaxToolTurns(n int) Option { return option(func(s *settings) { s.maxToolTurns = n }) }

// WithParallelTools limits how many tools of one round run at once. Default, and for n below 1: 8.
func WithParallelTools(n int) Option {
	return option(func(s *settings) {
		if s.parallelTools = n; n < 1 {
			s.parallelTools = DefaultParallelTools
		}
	})
}

// WithAutoFinalize says whether the first rejected or missing answer of a call is asked for again without counting as a
// failure. Default: true.
func WithAutoFinalize(on bool) Option { return option(func(s *settings) { s.autoFinalize = on }) }

// WithExtra sets a vendor's option by name; it goes into the request's JSON body as it is. Options with different keys add
// up over all levels. A key with a dot before it ("openai.service_tier") is for that provider alone.
func WithExtra(key string, value any) Option {
	return WithExtras(map[string]any{key: value})
}

// WithExtras sets several vendor options. See WithExtra.
func WithExtras(extra map[string]any) Option {
	return option(func(s *settings) {
		all := make(map[string]any, len(s.extra)+len(extra))
		maps.Copy(all, s.extra)
		maps.Copy(all, extra)
		s.extra = all
	})
}

// WithContext puts data before the prompt, as JSON: "Context: {…}", a blank line, "Task: " and the prompt.
func WithContext(data any) Option {
	return option(func(s *settings) { s.context, s.hasContext = data, true })
}

// WithReport fills report with what the call did; nil is no report. A report serves one call at a time.
func WithReport(report *Report) Option {
	if report == nil {
		return option(func(*settings) {})
	}
	return WithObserver(report)
}

// WithObserver adds an observer, which gets every event of the call. Observers of all levels add up.
func WithObserver(o Observer) Option {
	return option(func(s *settings) {
		if o != nil {
			s.observers = append(s.observers[:len(s.observers):len(s.observers)], o)
		}
	})
}

// WithHTTPClient makes providers send their requests with client: for proxies, gateways, one's own transport. A transport that
// retries multiplies the attempts of WithRetry; one that puts the key in by itself needs the provider's base URL variable to be
// set, be it to the vendor's own address, since a key that is missing there is a ConfigurationError. An error of a transport is a
// failure of the network, unless it is a *provider.Error, whose class counts, or a *provider.ConfigError. Default: a client
// without a time limit of its own that dials within 10 s, which all clients of the program share. A Client keeps what it made for
// each HTTP client: give it one, not one a call.
func WithHTTPClient(client *http.Client) Option {
	return option(func(s *settings) { s.httpClient = client; s.routed++ })
}

// WithCompatible makes PREFIX/NAME a model of an OpenAI-compatible server: its base URL, as https://api.groq.com/openai/v1, and the
// environment variable of its key, which is then needed; when empty, PREFIX_API_KEY is sent where it is set. Without the option
// PREFIX_BASE_URL and PREFIX_API_KEY say both.
// It needs import _ "github.com/alloygen/alloygen/runtime/provider/compatible". A prefix that a provider has is refused: for
// OpenAI's own models at another address, set OPENAI_BASE_URL.
func WithCompatible(prefix, baseURL, keyVar string) Option {
	return option(func(s *settings) {
		server := provider.Endpoint{Prefix: prefix, BaseURL: baseURL, KeyVar: keyVar}
		switch _, _, err := server.Variables(); {
		case prefix == "" || baseURL == "":
			s.refuse("compatible", "want a prefix and a base URL, got %q and %q", prefix, baseURL)
			return
		case err != nil: // gpt-5-mini would not go to a server of the prefix openai, say, but to OpenAI
			s.refuse("compatible", "%v", err) // names the prefix
			return
		}
		servers := make(map[string]provider.Endpoint, len(s.compatible)+1)
		maps.Copy(servers, s.compatible)
		servers[prefix] = server
		s.compatible = servers
		s.routed++
	})
}

// WithProvider sends the requests of every model to p, whatever the models are called. A p that has a method
//
//	Capabilities(model string) provider.Capabilities
//
// says by it what its models can do; otherwise they can do everything.
func WithProvider(p provider.Provider) Option {
	return option(func(s *settings) { s.provider = p; s.routed++ })
}
