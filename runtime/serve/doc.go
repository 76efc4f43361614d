// Package serve answers HTTP requests with commands: JSON in, and out JSON or Server-Sent Events, whichever the client accepts.
// Generated code of the directive http makes the endpoints:
//
//	http.Handle("POST /triage", support.TriageHandler())
//
// # Requests
//
// The body is a JSON object with one property per parameter of the command (RFC 8259, in UTF-8). It must fit as it is: nothing
// is repaired, and a property that the command does not have, or that comes twice, is refused. A request with the method GET
// has no body; the parameters are then those of an empty object.
//
// Accept decides the form of the answer (RFC 9110 §12.5.1). Events are sent when text/event-stream is named with at least the
// weight of application/json, or when JSON is not accepted; otherwise, and without Accept, JSON.
//
// A browser sends the requests of another site's pages as well where they need no permission: for a GET endpoint, put
// http.CrossOriginProtection or the program's own check before the handler. All others demand a Content-Type that such pages
// cannot set.
//
// # JSON
//
// A value is answered with 200 and the value, a text as a JSON string; a command without a result with 204. Everything else is
// a Problem, application/problem+json (RFC 9457):
//
//	400  the body did not arrive whole
//	404  Mux alone: there is no such path
//	405  another method; Allow has the right one
//	406  neither of the two forms is accepted
//	413  the body is over the limit
//	415  the body is not application/json, or compressed
//	422  the body does not fit, and field says where; a require does not hold, and detail is its message;
//	     kind refusal: the model refused; kind context_window: the request is too long for the model
//	499  kind canceled: the client has gone, or the server is about to
//	500  kind configuration: a mistake in the program or its environment; stopped: a tool ended the call; checkpoint;
//	     unknown_outcome; internal: the prompt function failed
//	502  kind network, server, malformed, invalid, too_large: the vendor failed; empty, parse, schema, contract, truncated,
//	     tool_loop_limit: the model gave no answer that can be used
//	503  kind rate_limit, overloaded, breaker_open, budget, quota, store; Retry-After says when to try again, where that is known
//	504  kind timeout
//
// The limits of 503 are the program's own and its vendors', not the client's: none of them is a 429. The detail is one sentence
// for each kind, as messages of errors hold what is nobody's business: addresses, account names, answers of models.
// WithMessages shows them, and WithErrorHook tells the program. An error of a prompt function, or one that a tool has given to
// alloy.Stop, says by itself what is answered if it is, or wraps, a *Problem.
//
// # Events
//
// Events are sent as the HTML standard has them (section 9.2, Server-sent events), flushed one by one, with ids that count up
// from 1. All data is JSON:
//
//	delta      {"text":"It is "}     the next piece of a text; only of commands for text
//	partial    {"summary":"Ord"}     the answer as far as it is known: a whole value, zero in what is to come, null for lists, maps
//	                                 and pointers; of typed commands
//	restarted  {}                    the partials so far count no more: the answer begins anew
//	tool       {"name":"lookup_order","call_id":"call_1","state":"started"}, and later "finished", with "error" if it failed
//	retry      {"operation":"request","attempt":1,"delay_ms":500,"kind":"overloaded"}   a request, or a tool, is repeated
//	result     "It is shipped."      the answer, as in JSON; null of a command without a result. The stream ends
//	error      a Problem             The stream ends
//
// Text that a model says before it calls tools comes as delta as well; result is the answer alone. When a text fails amid its
// pieces there is no other attempt, and an error comes; typed answers begin anew. Arguments and
// results of tools are not shown.
//
// Nothing is written before the first event other than retry, so that what fails until then is an ordinary status. When nothing
// was written for 30 s a comment keeps the connection alive, whatever else is still to come. A client that leaves ends the
// call, and so does one that takes no more: see WithWriteTimeout. An EventSource, which asks again whenever a stream ends, is
// told to stop: a request with Last-Event-ID gets 204, and no model is called twice.
//
// A panic of a prompt function is the server's, as in any handler.
package serve
