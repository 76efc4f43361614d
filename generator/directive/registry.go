package directive

import (
	"slices"
	"time"

	"github.com/alloygen/alloygen/contracts"
)

// Directive describes a directive, for help and documentation.
type Directive struct {
	Name       string
	Places     Place
	Arguments  string // as in a synopsis: N [backoff=WORD] [base=DURATION]
	Help       string // one line
	Keys       []Key
	Repeatable bool // several lines add up
	Setting    bool // may be given once for a type or package, the nearest one wins
}

// Key is a key=value argument.
type Key struct {
	Name    string
	Value   string // what it takes: DURATION
	Default string // as written; empty if there is none
	Help    string
}

// All returns every directive, in the order of the documentation.
func All() []Directive {
	all := make([]Directive, len(table))
	for i, d := range table {
		all[i] = d.Directive
		all[i].Keys = slices.Clone(d.Keys)
	}
	return all
}

// definition is an entry of the table.
type definition struct {
	Directive
	read    func(r *reader, to *target)
	inherit func(to, from *Settings) // for a setting: fills its field if it is empty
}

const (
	callable = OnCommand | OnTool
	settings = OnType | OnPackage // added to the places of a setting
)

// table is the grammar. An entry's constructor says what shape its arguments have.
var table = []*definition{
	command(
		"marks a function that returns a prompt", OnCommand,
		optional("name", "NAME", "the function's name with a capital letter", "name of the generated function", identifier,
			func(m *mark) **Value[string] { return &m.name })),
	tool(
		"marks a function that a model may call", OnTool,
		optional("name", "NAME", "the function's name in snake_case", "name given to the model", toolName,
			func(m *mark) **Value[string] { return &m.name })),

	one("model", OnCommand, "MODEL", "the model: gpt-…, claude-…, ollama:NAME, offline, PROVIDER/NAME", model,
		func(s *Settings) **Value[string] { return &s.Model }),
	list("fallback", OnCommand, "MODEL,MODEL…", "models to try in order when the one before fails for good", model,
		func(s *Settings) **Value[[]Value[string]] { return &s.Fallback }),
	system("the system prompt; several lines are joined"),
	one("temperature", OnCommand, "0…2", "how freely the model chooses its words", number(0, 2),
		func(s *Settings) **Value[float64] { return &s.Temperature }),
	one("max_tokens", OnCommand, "N", "longest answer, in tokens", integer(1),
		func(s *Settings) **Value[int] { return &s.MaxTokens }),
	one("top_p", OnCommand, "0…1", "share of the likeliest words that the model chooses from", number(0, 1),
		func(s *Settings) **Value[float64] { return &s.TopP }),
	one("seed", OnCommand, "N", "asks for the same answer to the same prompt, where the vendor can", anyInteger,
		func(s *Settings) **Value[int64] { return &s.Seed }),
	list("stop", OnCommand, "TEXT,TEXT…", "texts at which the model stops", text,
		func(s *Settings) **Value[[]Value[string]] { return &s.Stop }),
	one("effort", OnCommand, "WORD", "how much the model reasons: none, minimal, low, medium, high, xhigh, max",
		oneOf("none", "minimal", "low", "medium", "high", "xhigh", "max"),
		func(s *Settings) **Value[string] { return &s.Effort }),

	record("retry", callable, "total attempts, and the waits between them",
		func(s *Settings) **Value[Retry] { return &s.Retry }, checkRetry,
		positional("N", "3", "total attempts, at least 1", integer(1),
			func(r *Retry) **Value[int] { return &r.Attempts }),
		optional("backoff", "WORD", "exponential", "growth of the waits: exponential, linear or constant",
			oneOf("exponential", "linear", "constant"),
			func(r *Retry) **Value[string] { return &r.Backoff }),
		optional("base", "DURATION", "500ms", "the first wait", duration,
			func(r *Retry) **Value[time.Duration] { return &r.Base }),
		optional("max", "DURATION", "60s", "the longest wait", duration,
			func(r *Retry) **Value[time.Duration] { return &r.Max }),
		optional("jitter", "PERCENT", "25%", `how far a wait strays, or "full"`, jitter,
			func(r *Retry) **Value[Jitter] { return &r.Jitter })),
	list("retry_on", callable, "CONDITION,CONDITION…", "failures that another attempt may cure; default transient,output", condition,
		func(s *Settings) **Value[[]Value[Condition]] { return &s.RetryOn }),
	one("timeout", callable, "DURATION", "time for the whole call", duration,
		func(s *Settings) **Value[time.Duration] { return &s.Timeout }),
	one("attempt_timeout", OnCommand, "DURATION", "time for one model request", duration,
		func(s *Settings) **Value[time.Duration] { return &s.AttemptTimeout }),
	record("rate_limit", callable, "how many requests, or runs of a tool, may go per second, minute, hour and day; all rates hold at once",
		func(s *Settings) **Value[RateLimit] { return &s.RateLimit }, checkRateLimit,
		needed(positionals("RATE…", "", "rates, one for each unit: 10/s 500/m 20000/h 100000/d", rate,
			func(l *RateLimit) *[]Value[Rate] { return &l.Requests })),
		optional("burst", "N", "10, or the number of the fastest rate if that is less", "how many may go at once", burst,
			func(l *RateLimit) **Value[int64] { return &l.Burst }),
		optional("key", "NAME", "the function", "who has the same key and rates shares them; the name of a provider or model limits the requests to it", text,
			func(l *RateLimit) **Value[string] { return &l.Key }),
		optionals("tokens", "RATE,RATE…", "", "rates of a command's tokens, of input and output: 60000/m", rate,
			func(l *RateLimit) *[]Value[Rate] { return &l.Tokens })),
	record("breaker", OnCommand, "stops asking a model that keeps failing, for a while; there is one for each provider and model",
		func(s *Settings) **Value[Breaker] { return &s.Breaker }, nil,
		optional("failures", "N", "5", "failures in a row that open it", integer(1),
			func(b *Breaker) **Value[int] { return &b.Failures }),
		optional("window", "DURATION", "1m", "it opens as well when half of ten requests or more have failed within that time", duration,
			func(b *Breaker) **Value[time.Duration] { return &b.Window }),
		optional("cooldown", "DURATION", "30s", "time until one request may try the model again", duration,
			func(b *Breaker) **Value[time.Duration] { return &b.Cooldown })),
	record("hedge", OnCommand, "sends a request again when its answer is slow, and takes the first that comes; not on a command with tools, and not for streams",
		func(s *Settings) **Value[Hedge] { return &s.Hedge }, checkHedge,
		needed(optional("after", "DURATION", "", "how long a request may take before the next is sent", duration,
			func(h *Hedge) **Value[time.Duration] { return &h.After })),
		optional("max", "N", "2", "requests at once, the first included", integer(2),
			func(h *Hedge) **Value[int] { return &h.Max })),
	list("tools", OnCommand, "NAME,NAME…", "tools and commands that the model may call: of the package, the receiver, or pkg.Name", name,
		func(s *Settings) **Value[[]Value[Name]] { return &s.Tools }),
	one("max_tool_turns", OnCommand, "N", "rounds of tools, default 10; 0 allows none, -1 any number", integer(-1),
		func(s *Settings) **Value[int] { return &s.MaxToolTurns }),
	record("finalize", OnCommand, "on these ends, one last request without tools asks for the best answer",
		func(s *Settings) **Value[Finalize] { return &s.Finalize }, checkFinalize,
		positionals("limit,timeout,error | none", "none", "the ends", oneOf("limit", "timeout", "error", "none"),
			func(f *Finalize) *[]Value[string] { return &f.On }),
		optional("grace", "DURATION", "15s", "time for that request", duration,
			func(f *Finalize) **Value[time.Duration] { return &f.Grace })),
	one("degrade", OnCommand, "FUNC", "answers when all else has failed: func([ctx,] params…, error) (T, error), of the package, the receiver, or pkg.Name", name,
		func(s *Settings) **Value[Name] { return &s.Degrade }),

	contract(contracts.Require, callable, "a condition on the parameters, checked before the call"),
	contract(contracts.Ensure, callable, "a condition on the parameters and the result, checked after the call"),
	contract(contracts.Check, OnCommand, "like ensure, but only recorded in the report"),
	param("describes a parameter to the model"),

	list("after", OnTool, "NAME,NAME…", "tools of the package or the receiver that must have succeeded in an earlier round of the call", identifier,
		func(s *Settings) **Value[[]Value[string]] { return &s.After }),
	record("approve", OnTool, "the tool runs only when the call's Approver says yes",
		func(s *Settings) **Value[Approve] { return &s.Approve }, nil,
		optional("timeout", "DURATION", "5m", "how long the Approver may take", duration,
			func(a *Approve) **Value[time.Duration] { return &a.Timeout }),
		optional("on_timeout", "WORD", "reject", "what happens when nobody decides in time: reject or accept", oneOf("reject", "accept"),
			func(a *Approve) **Value[string] { return &a.OnTimeout })),
	flag("idempotent", OnTool, "with the same arguments in one run the tool does not run again: the model gets the stored result",
		func(s *Settings) **Value[bool] { return &s.Idempotent }),
	flag("stream", OnCommand, "also generates a function that delivers the answer while it is written: TriageStream of Triage",
		func(s *Settings) **Value[bool] { return &s.Stream }),
	served("also generates a handler that serves the command at that path, with JSON or Server-Sent Events: TriageHandler of Triage"),
	one("cache", OnCommand, "prompt | none", "keeps the constant beginning of requests, tools and system prompt, in the vendor's prompt cache", oneOf("prompt", "none"),
		func(s *Settings) **Value[string] { return &s.Cache }),
	one("lenient", OnCommand, "WORD", "how much repair an answer may need: strict (none), fenced (out of a fence or prose) or lenient (the default)",
		oneOf("strict", "fenced", "lenient"),
		func(s *Settings) **Value[string] { return &s.Lenient }),
	record("stream_timeout", OnCommand, "how long the answer of a stream may be silent",
		func(s *Settings) **Value[StreamTimeout] { return &s.StreamTimeout }, checkStreamTimeout,
		optional("first", "DURATION", "60s", "until its first piece", duration,
			func(t *StreamTimeout) **Value[time.Duration] { return &t.First }),
		optional("idle", "DURATION", "60s", "between its pieces", duration,
			func(t *StreamTimeout) **Value[time.Duration] { return &t.Idle })),
	list("redact", callable, "NAME,NAME…", "parameters that never leave the process in logs, spans or reports", identifier,
		func(s *Settings) **Value[[]Value[string]] { return &s.Redact }),
	record("budget", OnCommand, "what a call may spend, or with per all calls together in that time: a request that would pass it is not sent",
		func(s *Settings) **Value[Budget] { return &s.Budget }, checkBudget,
		optional("usd", "X", "", "US dollars; the price of every model must be known", dollars,
			func(b *Budget) **Value[float64] { return &b.USD }),
		optional("tokens", "N", "", "tokens of input and output", integer(1),
			func(b *Budget) **Value[int] { return &b.Tokens }),
		optional("per", "DURATION", "", "the time for which all calls share the budget", duration,
			func(b *Budget) **Value[time.Duration] { return &b.Per }),
		optional("key", "NAME", "the function", "with per: who has the same key shares the budget", text,
			func(b *Budget) **Value[string] { return &b.Key })),
	schema("the JSON Schema of a type that marshals itself, one's own or another module's"),
}

// names are the names of all directives.
var names = func() []string {
	var all []string
	for _, d := range table {
		all = append(all, d.Name)
	}
	return all
}()

// find returns the definition of a directive, or nil.
func find(name string) *definition {
	for _, d := range table {
		if d.Name == name {
			return d
		}
	}
	return nil
}
