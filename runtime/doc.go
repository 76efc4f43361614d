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
//	prompt       the prompt function, once
//	timeout      of the whole call: WithTimeout
//	model        WithModel, then each of WithFallback
//	request      of one turn, within WithAttemptTimeout; failed ones are repeated as WithRetry says
//	tools        those that the model calls, side by side; their results are the next turn
//	answer       found in the text and fitted to the schema (WithLeniency), decoded, held to the contracts of ensure
//	finalize     where WithFinalize asks for it, one last request without tools
//
// A rejected answer (blank, without the JSON, of another shape, breaking a contract) is asked for again in the same
// conversation, with the exact reason. The first time in a call that is free (WithAutoFinalize); after that it counts as a
// failure, like a failed request. The Attempts-th failure gives a model up. The next model gets the conversation as it
// stands: tools that have run are not run again.
//
// Not every failure is worth another attempt, or another model. A failed request has a class (package provider):
//
//	                  repeated                                next model
//	network, timeout  yes                                     yes
//	server            yes                                     yes
//	rate_limit        yes, not before Retry-After             yes
//	overloaded        yes, with waits twice as long           yes
//	malformed         once                                    yes
//	quota             under all                               of another provider
//	invalid           under all                               yes, but not after HTTP 400, 413, 422
//	context_window    under all                               yes
//	refusal           if WithRetryOn names it                 if WithRetryOn names it
//	too_large         under all                               no
//	rejected answer   asked for again                         yes
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
// Configure, WithClient), an environment variable, the built-in default. WithExtra adds up by key; tools and observers add up.
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
// # Watching
//
// Everything that happens in a call is an Event, which WithObserver delivers, and a Report adds up. Values of redacted
// parameters are in requests to models and nowhere else.
//
// Nothing is done before a call: no connection, no look at a credential, no goroutine. No goroutine outlives a call, but that of a
// tool which goes on although its context has ended (ToolFinished.StillRunning).
//
// To test code that calls commands, use package alloytest.
package alloy

// IsAtLeastVersion0_1 is named by generated code, so that a runtime that is too old for it fails to compile with a line that
// says what to do.
const IsAtLeastVersion0_1 = true
