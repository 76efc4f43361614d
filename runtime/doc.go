// Package alloy runs the commands that alloygen generates, and holds what their users touch: prompts, options, clients,
// errors, events and reports. The folder is called runtime; the package is called alloy because that is what its users
// write.
//
// A command is a Go function that returns a Prompt, with directives in its doc comment. go generate writes a wrapper beside
// it, which asks a model and returns the typed answer:
//
//	// triage classifies a customer's message.
//	//
//	//alloy:command
//	//alloy:model claude-opus-4-7
//	//alloy:retry 3
//	func triage(message string) alloy.Prompt[Ticket] {
//		return alloy.Promptf[Ticket]("Triage this message:\n%s", message)
//	}
//
//	ticket, err := Triage(ctx, "Where is order 4392?", alloy.WithTimeout(10*time.Second))
//
// Ask does the same for one prompt and plain text, without a command.
//
// # One call
//
// A call goes through these steps, in this order:
//
//	require      the preconditions; if one does not hold no model is called
//	prompt       the prompt function, once; not for a run that goes on (WithRunID)
//	timeout      of the whole call: WithTimeout
//	model        WithModel, then each of WithFallback
//	request      of one turn; failed ones are repeated as WithRetry says
//	tools        those that the model calls, side by side; their results are the next turn
//	answer       found in the text and fitted to the schema (WithLeniency), decoded, held to the contracts of ensure
//	finalize     where WithFinalize asks for it, one last request without tools
//	degrade      an answer without a model, from the command's degrade function
//
// These stand before a request; those down to the rate limits may keep it from being sent:
//
//	budget       WithBudget: what it will cost is set aside
//	breaker      WithBreaker, WithHealthBreaker: a look, and once more behind the limits
//	cooldown     of a model that has asked to wait (Retry-After): it waits, if that is not too long
//	slots        WithConcurrency: it waits for one
//	rate limits  WithRateLimit: it waits for a place in all, if the call's time allows that
//	hedge        WithHedge: it is sent again when it is slow
//	timeout      WithAttemptTimeout; WithStreamTimeout for a stream
//
// and a tool through its arguments, Tool.After, what is stored of it (Tool.Idempotent, WithRunID), WithApprover, its timeout, its
// retries, Tool.Limit, require, the tool and ensure.
//
// A rejected answer (blank, without the JSON, of another shape, breaking a contract) is asked for again in the same
// conversation, with the exact reason. The first time in a call that is free (WithAutoFinalize); after that it counts as a
// failure, like a failed request. The Attempts-th failure gives a model up. The next model gets the conversation as it
// stands: tools that have run are not run again.
//
// Not every failure is worth another attempt, or another model. A failed request has a class (package provider):
//
//	                  repeated                        breaker             next model
//	network, timeout  yes                             yes                 yes
//	server            yes                             not HTTP 408, 409   yes
//	rate_limit        yes, not before Retry-After     no: a cooldown      yes
//	overloaded        yes, with waits twice as long   yes                 yes
//	malformed         once                            yes                 yes
//	quota             under all                       no                  of another provider
//	invalid           under all                       no                  yes, but not after HTTP 400, 413, 422
//	context_window    under all                       no                  yes
//	refusal           if WithRetryOn names it         no                  if WithRetryOn names it
//	too_large         under all                       no                  no
//	rejected answer   asked for again                 no                  yes
//	breaker_open      no: it was not sent             no                  yes
//	budget, store     no: it was not sent             no                  no
//
// A request that a rate limit of our own has kept back goes to the next model at once. Repeats and hedges together are at most a
// fifth of the requests to a model within ten seconds, or ten if that is more; beyond that the failure stands.
//
// A failing require, a ConfigurationError and the end of the caller's context end the call at once. So do
// ToolLoopLimitExceeded and Stop, unless WithRetryOn names them; neither goes to another model.
//
// # Errors
//
// The prompt function's own error comes back as it is. All others are one of four types: *ConfigurationError for mistakes in
// the program or its environment, *CommandError for a call without a value, *ToolLoopLimitExceeded for a model that does not
// stop calling tools (errors.As finds a *CommandError in it too), and *ToolError, which models get to read and which Go code
// meets only when it calls a tool itself. errors.Is and errors.As reach every cause: *provider.Error,
// *contracts.Violation, context.DeadlineExceeded, what a tool gave to Stop.
//
// # Settings
//
// One type of option serves everywhere. For each setting the nearest wins: an option of the call, a directive, a client (New,
// Configure, WithClient), an environment variable, the built-in default. WithExtra and WithPrice add up by key, as do WithRateLimit,
// WithConcurrency and WithBudget; tools and observers add up.
//
//	ALLOY_MODEL                         WithModel
//	ALLOY_TEMPERATURE                   WithTemperature
//	ALLOY_MAX_TOKENS                    WithMaxTokens
//	ALLOY_DEFAULT_SYSTEM, ALLOY_SYSTEM  WithSystem; the first wins
//	ALLOY_RETRY                         the Attempts of WithRetry
//	ALLOY_MAX_TOOL_TURNS                WithMaxToolTurns
//	ALLOY_PARALLEL_TOOLS_MAX            WithParallelTools
//	ALLOY_AUTO_FINALIZE_MISSING_OUTPUT  WithAutoFinalize: 1, true, yes, y, on, or 0, false, no, n, off
//	ALLOY_EXTRA_JSON                    WithExtras: a JSON object
//	ALLOY_BACKEND                       offline: every command is answered from its schema, without a network
//
// The variables are read anew at each call; an empty one counts as not set. A malformed one is a ConfigurationError of the
// next call. Keys and base URLs have the names that the vendors gave them; see the packages of the providers.
//
// Breakers, slots and retry budgets are those of a Client, for each provider and model: a program should have one Client, or the
// default. Rate limits, cooldowns, shared budgets, results of tools and states of runs are in its memory, or in the
// store of WithStore: package store/file keeps them for one machine, package store/redis for several processes.
//
// # Watching
//
// Everything that happens in a call is an Event, which WithObserver delivers, and a Report adds up. A request that is not sent is a
// RequestRefused; waits are RetryScheduled and RateLimitAcquired, changes of a model's state BreakerChanged and CooldownStarted.
// Package observe/health sums them up for each model, package observe/async keeps slow observers away from the calls. Values of
// redacted parameters are in requests to models and in what is kept of runs, and nowhere else.
//
// Nothing is done before a call: no connection, no look at a credential, no goroutine. No goroutine outlives a call, but that of a
// tool, or of an Approver, which goes on although its context has ended (ToolFinished.StillRunning).
//
// A Stream is the same call, in the goroutine of whoever ranges over it.
//
// To test code that calls commands, use package alloytest.
package alloy

// IsAtLeastVersion0_1 is named by generated code, so that a runtime that is too old for it fails to compile with a line that
// says what to do.
const IsAtLeastVersion0_1 = true
