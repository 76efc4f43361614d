package serve_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/serve"
)

// failing is a handler whose prompt function fails with err, which is what the call then returns.
func failing(err error, opts ...alloy.Option) http.Handler {
	e := endpoint(reply)
	e.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
		return alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) { return alloy.Prompt[string]{}, err }}, nil
	}
	return serve.Handler(e, opts...)
}

// Every kind has a status and a sentence of its own, which shows nothing of the error.
func TestStatusOfEveryKind(t *testing.T) {
	want := map[alloy.Kind]int{
		"network": 502, "timeout": 504, "rate_limit": 503, "overloaded": 503, "server": 502, "quota": 503, "invalid": 502, "context_window": 422,
		"malformed": 502, "too_large": 502, "breaker_open": 503, "budget": 503, "store": 503, "empty": 502, "parse": 502, "schema": 502,
		"contract": 502, "truncated": 502, "refusal": 422, "tool_loop_limit": 502, "canceled": 499, "stopped": 500, "checkpoint": 500,
		"unknown_outcome": 500,
	}
	kinds := kindsOf(t)
	require.Len(t, kinds, len(want))
	for _, kind := range kinds {
		require.Contains(t, want, kind)
		err := &alloy.CommandError{Command: "Respond", Model: "gpt-5", Kind: kind, Message: "gpt-5: key sk-123 refused", Output: "secret output",
			Attempts: []alloy.Attempt{{RetryAfter: time.Hour}, {RetryAfter: 1500 * time.Millisecond}}, Err: errors.New("sk-123")}
		for _, accept := range []string{"*/*", events} {
			w := ask(failing(err), request(hello, accept))
			require.Equal(t, want[kind], w.Code, kind)
			p := problem(t, w)
			require.Equal(t, string(kind), p.Kind)
			require.NotEmpty(t, p.Detail)
			require.NotContains(t, w.Body.String(), "sk-123")
			require.NotContains(t, w.Body.String(), "secret")
			if want[kind] == http.StatusServiceUnavailable {
				require.Equal(t, "2", w.Header().Get("Retry-After"))
				require.Equal(t, 2, p.RetryAfter)
			} else {
				require.Empty(t, w.Header().Get("Retry-After"))
			}
		}
		p := problem(t, ask(failing(err, serve.WithMessages()), request(hello)))
		require.Equal(t, "gpt-5: key sk-123 refused", p.Detail)
	}
	w := ask(failing(&alloy.CommandError{Kind: alloy.KindQuota, Attempts: []alloy.Attempt{{}}}), request(hello))
	require.Empty(t, w.Header().Get("Retry-After"), "nobody knows")
	p := problem(t, ask(failing(&alloy.CommandError{Kind: "one of tomorrow"}), request(hello)))
	require.Equal(t, serve.Problem{Type: "about:blank", Title: "Internal Server Error", Status: 500, Detail: "The service failed.", Kind: "one of tomorrow"}, p)
}

// kindsOf reads the constants of alloy.Kind from their source.
func kindsOf(t *testing.T) (all []alloy.Kind) {
	file, err := parser.ParseFile(token.NewFileSet(), "../kind.go", nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == "Kind" {
				text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				all = append(all, alloy.Kind(text))
			}
		}
		return true
	})
	require.NotEmpty(t, all)
	return all
}

// A require that does not hold is the client's, with its message; one that panics is not, nor is that of a command that was
// called on the way.
func TestRequire(t *testing.T) {
	for _, accept := range []string{"*/*", events} {
		w := ask(handle(reply, never(t)), request(`{"message":" "}`, accept))
		require.Equal(t, http.StatusUnprocessableEntity, w.Code)
		p := problem(t, w)
		require.Equal(t, "contract", p.Kind)
		require.Equal(t, "message must not be blank", p.Detail)
	}
	e := endpoint(reply)
	e.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
		return alloy.Call[string]{
			Require: []contracts.Contract{{Message: "sesame", Holds: func() bool { panic("of the contract") }}},
			Prompt:  func(context.Context) (alloy.Prompt[string], error) { return alloy.Prompt[string]{}, nil },
		}, nil
	}
	w := ask(serve.Handler(e), request(hello))
	require.Equal(t, http.StatusInternalServerError, problem(t, w).Status)
	require.NotContains(t, w.Body.String(), "sesame")

	other := &alloy.CommandError{Command: "Other", Kind: alloy.KindContract, Message: "a must not be blank", Err: &contracts.Violation{Kind: contracts.Require}}
	w = ask(failing(other), request(hello))
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.NotContains(t, w.Body.String(), "must not be")

	ensure := endpoint(reply)
	decode := ensure.Decode
	ensure.Decode = func(ctx context.Context, body []byte) (alloy.Call[string], error) {
		call, err := decode(ctx, body)
		call.Ensure = func(string) []contracts.Contract {
			return []contracts.Contract{{Message: "too rude", Holds: func() bool { return false }}}
		}
		return call, err
	}
	w = ask(serve.Handler(ensure, alloy.WithProvider(play(t, alloytest.Reply("a").Times(2)))), request(hello))
	require.Equal(t, http.StatusBadGateway, w.Code)
	require.NotContains(t, w.Body.String(), "rude")
}

// A redacted parameter is in no answer, not even where messages are shown.
func TestRedactedParameters(t *testing.T) {
	const secret = "tok_sesame_4711"
	e := endpoint(reply)
	decode := e.Decode
	e.Decode = func(ctx context.Context, body []byte) (alloy.Call[string], error) {
		call, err := decode(ctx, body)
		call.Redact = []string{alloy.Redacted(secret)}
		return call, err
	}
	e.Redact = []string{"message"}
	refused := alloytest.FailWith(&provider.Error{Class: provider.Invalid, Status: 400, Message: "cannot read " + secret})
	tool := lookup(fmt.Errorf("no order of %s", secret))
	for _, accept := range []string{"*/*", events} {
		m := play(t, alloytest.ToolCall("lookup_order", order("1")), refused)
		h := serve.Handler(e, alloy.WithProvider(m), serve.WithMessages(), alloy.WithTools(tool))
		w := ask(h, request(`{"message":"`+secret+`"}`, accept))
		require.Contains(t, w.Body.String(), "cannot read [redacted]")
		require.NotContains(t, w.Body.String(), "sesame")
		if accept == events {
			require.Contains(t, w.Body.String(), "no order of [redacted]")
		}
	}
}

// A mistake of the program says nothing by itself.
func TestConfiguration(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	for _, accept := range []string{"*/*", events} {
		w := ask(serve.Handler(endpoint(reply), alloy.WithModel("nobody/none")), request(hello, accept))
		p := problem(t, w)
		require.Equal(t, http.StatusInternalServerError, p.Status)
		require.Equal(t, "configuration", p.Kind)
		require.NotContains(t, w.Body.String(), "nobody")
		w = ask(serve.Handler(endpoint(reply), alloy.WithModel("nobody/none"), serve.WithMessages()), request(hello, accept))
		require.Contains(t, problem(t, w).Detail, "nobody")
	}
}

// The prompt function's own error is the program's, and is not shown even where messages are; a Problem says itself what it is.
func TestErrorsOfTheProgram(t *testing.T) {
	w := ask(failing(errDatabase, serve.WithMessages()), request(hello))
	require.Equal(t, serve.Problem{Type: "about:blank", Title: "Internal Server Error", Status: 500, Detail: "The service failed.", Kind: "internal"}, problem(t, w))

	missing := fmt.Errorf("in the prompt: %w", &serve.Problem{Status: http.StatusNotFound, Detail: "There is no order 4392.", RetryAfter: 7})
	require.EqualError(t, missing, "in the prompt: There is no order 4392.")
	require.EqualError(t, &serve.Problem{Status: 404}, "Not Found")
	w = ask(failing(missing), request(hello, events))
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Equal(t, "7", w.Header().Get("Retry-After"))
	require.Equal(t, serve.Problem{Type: "about:blank", Title: "Not Found", Status: 404, Detail: "There is no order 4392.", RetryAfter: 7}, problem(t, w))
	require.Equal(t, "Status 577", problem(t, ask(failing(&serve.Problem{Status: 577}), request(hello))).Title)
	require.Equal(t, 500, problem(t, ask(failing(&serve.Problem{Status: 200}), request(hello))).Status)

	// One that a tool stops the call with, amid the events.
	m := play(t, alloytest.ToolCall("lookup_order", order("1")))
	stop := lookup(alloy.Stop(&serve.Problem{Status: http.StatusConflict, Title: "Order in use", Type: "https://shop.test/in-use"}))
	got := stream(t, handle(reply, m, alloy.WithTools(stop)), hello)
	require.Equal(t, `error {"type":"https://shop.test/in-use","title":"Order in use","status":409}`, got[len(got)-1])
}

// Limits of ours say when to try again.
func TestRetryAfterOfALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := alloy.New(alloy.WithProvider(alloytest.New(alloytest.Reply("a").Forever())))
		require.NoError(t, err)
		h := handle(reply, alloytest.New(alloytest.Reply("a").Forever()), alloy.WithTimeout(time.Second),
			alloy.WithRateLimit("all", alloy.RateLimit{Requests: []alloy.Rate{alloy.PerMinute(1)}, Burst: 1}))
		ctx := alloy.WithClient(t.Context(), client)
		codes := map[int]int{}
		for range 4 {
			w := ask(h, request(hello).WithContext(ctx))
			codes[w.Code]++
			if w.Code != http.StatusOK {
				require.Equal(t, http.StatusServiceUnavailable, w.Code, w.Body.String())
				require.Equal(t, "rate_limit", problem(t, w).Kind)
				seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
				require.NoError(t, err)
				require.InDelta(t, 60, seconds, 1)
			}
		}
		require.Positive(t, codes[200])
		require.Positive(t, codes[503])
	})
}

// The deadline of a middleware is a timeout.
func TestDeadlineOfTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := ask(handle(reply, alloytest.New(alloytest.Hang())), request(hello).WithContext(ctx))
		require.Equal(t, http.StatusGatewayTimeout, w.Code)
		require.Equal(t, "timeout", problem(t, w).Kind)
	})
}

// A prompt function that gives up because its request has ended is no failure of the service.
func TestPromptEndsWithItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waiting := endpoint(reply)
		waiting.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
			return alloy.Call[string]{Prompt: func(ctx context.Context) (alloy.Prompt[string], error) {
				<-ctx.Done()
				return alloy.Prompt[string]{}, fmt.Errorf("query: %w", ctx.Err())
			}}, nil
		}
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := problem(t, ask(serve.Handler(waiting), request(hello).WithContext(late)))
		require.Equal(t, "timeout", p.Kind)
		require.Equal(t, http.StatusGatewayTimeout, p.Status)

		gone, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		p = problem(t, ask(serve.Handler(waiting), request(hello, events).WithContext(gone)))
		require.Equal(t, "canceled", p.Kind)
		require.Equal(t, 499, p.Status)
	})
	for _, other := range []error{context.Canceled, context.DeadlineExceeded} {
		require.Equal(t, "internal", problem(t, ask(failing(other), request(hello))).Kind, "the request goes on")
	}
}

// Options of handlers change nothing where there is no handler.
func TestOptionsElsewhere(t *testing.T) {
	m := play(t, alloytest.Reply("a"))
	client, err := alloy.New(serve.WithMessages(), serve.WithHeartbeat(time.Second), alloy.WithProvider(m))
	require.NoError(t, err)
	got, err := alloy.Ask(alloy.WithClient(t.Context(), client), "hello", serve.WithMaxBody(1), serve.WithWriteTimeout(1))
	require.NoError(t, err)
	require.Equal(t, "a", got)
}

// The hook sees what the client does not, of requests that came to a call and of others.
func TestErrorHook(t *testing.T) {
	var paths []string
	var all []error
	hook := serve.WithErrorHook(func(r *http.Request, err error) {
		paths = append(paths, r.URL.Path)
		all = append(all, err)
	})
	ask(failing(errDatabase, hook), request(hello))
	require.ErrorIs(t, all[0], errDatabase)
	ask(handle(reply, never(t), hook), request(`{}`))
	var p *serve.Problem
	require.ErrorAs(t, all[1], &p)
	require.Equal(t, "message", p.Field.Parameter)
	ask(handle(reply, play(t, alloytest.Reply("a")), hook), request(hello))
	require.Len(t, all, 2, "nothing is told of what went well")
	require.Equal(t, "//", strings.Join(paths, ""))
}
