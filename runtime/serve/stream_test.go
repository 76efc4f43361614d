package serve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/serve"
)

// F139: the whole body for three tokens, byte by byte, and the headers.
func TestThreeTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := open(t, &http.Server{Handler: handle(reply, play(t, alloytest.Reply("").Chunks("It ", "is\n", "<shipped>")))})
		response := send(t, client, hello, events)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
		require.Equal(t, "no-store, no-transform", response.Header.Get("Cache-Control"))
		require.Equal(t, "no", response.Header.Get("X-Accel-Buffering"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "Accept", response.Header.Get("Vary"))
		require.Equal(t, "id: 1\nevent: delta\ndata: {\"text\":\"It \"}\n\n"+
			"id: 2\nevent: delta\ndata: {\"text\":\"is\\n\"}\n\n"+
			"id: 3\nevent: delta\ndata: {\"text\":\"\\u003cshipped\\u003e\"}\n\n"+
			"id: 4\nevent: result\ndata: \"It is\\n\\u003cshipped\\u003e\"\n\n", text(t, response))
	})
}

// F139: a line break in the data of a type of one's own cannot end the event.
func TestLineBreaksInData(t *testing.T) {
	e := endpoint(triage)
	e.Encode = func(v Ticket) ([]byte, error) {
		return []byte("{\n\r\n\"a\":\r1}\n"), nil
	}
	w := ask(serve.Handler(e, alloy.WithProvider(play(t, alloytest.ReplyJSON(Ticket{Priority: "low"})))), request(hello, events))
	require.Contains(t, w.Body.String(), "event: result\ndata: {\ndata: \ndata: \"a\":\ndata: 1}\ndata: \n\n")
	require.True(t, strings.HasSuffix(w.Body.String(), "\n\n"))
}

// Each event is on its way at once, also through a middleware that says what it wraps, and in every version of HTTP.
func TestEventsAreFlushed(t *testing.T) {
	plain := func(h http.Handler) http.Handler { return h }
	wrapped := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&wrapper{ResponseWriter: w}, r) })
	}
	for name, tc := range map[string]struct {
		around func(http.Handler) http.Handler
		http2  bool
	}{
		"HTTP/1.1": {plain, false}, "HTTP/1.1 wrapped": {wrapped, false}, "HTTP/2": {plain, true}, "HTTP/2 wrapped": {wrapped, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := version(t, tc.http2, tc.around(handle(reply, &slow{pause: time.Second, pieces: []string{"a ", "b"}})))
				begin := time.Now()
				response := send(t, client, hello, events)
				require.Equal(t, tc.http2, response.ProtoMajor == 2)
				require.Equal(t, []string{"delta 1s", "delta 2s", "result 2s"}, arrivals(response.Body, begin))
			})
		})
	}
	t.Run("HTTP/1.0", func(t *testing.T) { // which has no chunks: the end of the connection is that of the answer
		synctest.Test(t, func(t *testing.T) {
			client := open(t, &http.Server{Handler: handle(reply, &slow{pause: time.Second, pieces: []string{"a ", "b"}})})
			conn, err := client.Transport.(*http.Transport).DialContext(t.Context(), "", "")
			require.NoError(t, err)
			defer conn.Close()
			begin := time.Now()
			_, err = fmt.Fprintf(conn, "POST / HTTP/1.0\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(hello), hello)
			require.NoError(t, err)
			require.Equal(t, []string{"delta 1s", "delta 2s", "result 2s"}, arrivals(conn, begin))
		})
	})
}

// version is open with a version of HTTP alone.
func version(t *testing.T, http2 bool, h http.Handler) *http.Client {
	server := &http.Server{Handler: h, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(!http2)
	server.Protocols.SetUnencryptedHTTP2(http2)
	client := open(t, server)
	client.Transport.(*http.Transport).Protocols = server.Protocols
	return client
}

// wrapper is the writer of a middleware.
type wrapper struct{ http.ResponseWriter }

func (w *wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// arrivals says when each event came, until there are no more.
func arrivals(body io.Reader, begin time.Time) (at []string) {
	for lines := bufio.NewScanner(body); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			at = append(at, fmt.Sprint(name, " ", time.Since(begin)))
		}
	}
	return at
}

// F140: comments while nothing else comes, none after the end, and none if they are switched off.
func TestHeartbeat(t *testing.T) {
	beat := ": keepalive"
	delta := func(text string) string { return `delta {"text":"` + text + `"}` }
	for name, tc := range map[string]struct {
		every, pause time.Duration
		pieces       []string
		want         []string
	}{
		"50ms in a gap of 200ms": {50 * time.Millisecond, 209 * time.Millisecond, []string{"a"},
			[]string{beat, beat, beat, beat, delta("a"), `result "a"`}},
		"only when nothing else came": {50 * time.Millisecond, 40 * time.Millisecond, []string{"a", "b", "c"},
			[]string{delta("a"), delta("b"), delta("c"), `result "abc"`}},
		"after the last event": {50 * time.Millisecond, 70 * time.Millisecond, []string{"a", "b"},
			[]string{beat, delta("a"), beat, delta("b"), `result "ab"`}},
		"30s by default": {0, 31 * time.Second, []string{"a"}, []string{beat, delta("a"), `result "a"`}},
		"off":            {-1, time.Minute - time.Second, []string{"a"}, []string{delta("a"), `result "a"`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := endpoint(reply)
				e.Heartbeat = tc.every
				client := open(t, &http.Server{Handler: serve.Handler(e, alloy.WithProvider(&slow{pause: tc.pause, pieces: tc.pieces}))})
				require.Equal(t, tc.want, parse(t, text(t, send(t, client, hello, events))))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the option is nearer than the directive; 0 leaves it alone
		e := endpoint(reply)
		e.Heartbeat = -1
		h := serve.Handler(e, alloy.WithProvider(&slow{pause: 90 * time.Millisecond, pieces: []string{"a"}}), serve.WithHeartbeat(40*time.Millisecond), serve.WithHeartbeat(0))
		require.Equal(t, []string{beat, beat, delta("a"), `result "a"`}, stream(t, h, hello))
	})
}

// F141: a client that leaves ends the request to the model, and nothing goes on.
func TestDisconnect(t *testing.T) {
	for _, tc := range []struct {
		accept string
		http2  bool
	}{{events, false}, {"application/json", false}, {events, true}, {"application/json", true}} {
		accept := tc.accept
		t.Run(fmt.Sprintf("%s, HTTP/2 %t", accept, tc.http2), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &slow{pause: time.Second, pieces: strings.SplitAfter(strings.Repeat("word ", 100), " ")}
				var told error
				over := make(chan struct{})
				h := handle(reply, m, serve.WithErrorHook(func(_ *http.Request, err error) { told = err }))
				client := version(t, tc.http2, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					h.ServeHTTP(w, r)
					close(over)
				}))
				ctx, cancel := context.WithCancel(t.Context())
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://serve.test/", strings.NewReader(hello))
				require.NoError(t, err)
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept", accept)
				time.AfterFunc(3500*time.Millisecond, cancel)
				if response, err := client.Do(r); err == nil {
					_, err = io.ReadAll(response.Body)
					require.Error(t, err)
					_ = response.Body.Close()
				}
				<-over
				delivered, ended := m.state()
				if accept == events {
					require.Equal(t, 3, delivered)
				}
				require.ErrorIs(t, ended, context.Canceled)
				var failed *alloy.CommandError
				require.ErrorAs(t, told, &failed)
				require.Equal(t, alloy.KindCanceled, failed.Kind)
				time.Sleep(time.Minute)
				after, _ := m.state()
				require.Equal(t, delivered, after, "no further work")
			})
		})
	}
}

// F142: before the first event a failure is an ordinary status; after it, it is the last event.
func TestFailures(t *testing.T) {
	w := ask(handle(reply, play(t, alloytest.Fail(500))), request(hello, events))
	require.Equal(t, http.StatusBadGateway, w.Code)
	p := problem(t, w)
	require.Equal(t, "server", p.Kind)
	require.Equal(t, "The model's vendor failed.", p.Detail)

	got := stream(t, handle(reply, play(t, alloytest.Cut("It is "))), hello)
	require.Len(t, got, 3)
	require.Equal(t, []string{`delta {"text":"It "}`, `delta {"text":"is "}`}, got[:2])
	data, ok := strings.CutPrefix(got[2], "error ")
	require.True(t, ok)
	p = decoded(t, []byte(data), http.StatusBadGateway)
	require.Equal(t, serve.Problem{Type: "about:blank", Title: "Bad Gateway", Status: 502, Kind: "network", Detail: "The connection to the model failed."}, p)
}

// A repeat is told of, but begins no answer: what fails for good after it is still a status.
func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Second, Jitter: alloy.NoJitter})
		news := `retry {"operation":"request","attempt":1,"delay_ms":2000,"kind":"overloaded"}`
		got := stream(t, handle(reply, play(t, alloytest.Fail(503), alloytest.Reply("hello")), retry), hello)
		require.Equal(t, []string{news, `delta {"text":"hello"}`, `result "hello"`}, got)

		w := ask(handle(reply, play(t, alloytest.Fail(503), alloytest.Fail(500)), retry), request(hello, events))
		require.Equal(t, http.StatusBadGateway, w.Code)
		problem(t, w)

		// A heartbeat that is due begins the answer, with what was held.
		got = stream(t, handle(reply, play(t, alloytest.Fail(503), alloytest.Fail(500)), retry, serve.WithHeartbeat(1500*time.Millisecond)), hello)
		require.Len(t, got, 3)
		require.Equal(t, []string{news, ": keepalive"}, got[:2])
		require.Contains(t, got[2], `error {"type":"about:blank","title":"Bad Gateway","status":502,`)
	})
}

// What a typed command knows of its answer grows; an answer that is rejected begins anew.
func TestPartials(t *testing.T) {
	got := stream(t, handle(triage, play(t,
		alloytest.Reply("").Chunks(`{"summary":"Ord`, `er","priority":"hig`, `h"}`),
		alloytest.Reply("").Chunks(`{"summary":"Order`, ` 4392","priority":"ur`, `gent"}`))), hello)
	require.Equal(t, []string{
		`partial {"summary":"Ord","priority":""}`,
		`partial {"summary":"Order","priority":""}`,
		`restarted {}`,
		`partial {"summary":"Order","priority":""}`,
		`partial {"summary":"Order 4392","priority":""}`,
		`partial {"summary":"Order 4392","priority":"urgent"}`,
		`result {"summary":"Order 4392","priority":"urgent"}`,
	}, got)
}

// What is void before anything was shown of it begins no answer.
func TestRestartBeforeTheFirstEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retry := alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Second, Jitter: alloy.NoJitter})
		cut := alloytest.Cut(`{"sum`)
		w := ask(handle(triage, play(t, cut, alloytest.Fail(500)), retry), request(hello, events))
		require.Equal(t, http.StatusBadGateway, problem(t, w).Status)
	})
}

// Tools are told of when they start and end, with nothing of what they were given and what they gave.
func TestTools(t *testing.T) {
	started := `tool {"name":"lookup_order","call_id":"call_1","state":"started"}`
	for name, tc := range map[string]struct {
		err  error
		opts []alloy.Option
		want string
	}{
		"succeeds":      {nil, nil, `"state":"finished"}`},
		"fails":         {errDatabase, nil, `"state":"finished","error":"The tool failed."}`},
		"with messages": {errDatabase, []alloy.Option{serve.WithMessages()}, `"state":"finished","error":"tool lookup_order: error: dial 10.0.0.3:5432: password of admin refused"}`},
	} {
		t.Run(name, func(t *testing.T) {
			m := play(t, alloytest.ToolCall("lookup_order", order("4392")).Saying("I look. "), alloytest.Reply("Shipped."))
			got := stream(t, handle(reply, m, append(tc.opts, alloy.WithTools(lookup(tc.err)))...), hello)
			require.Equal(t, []string{
				`delta {"text":"I "}`, `delta {"text":"look. "}`, started,
				`tool {"name":"lookup_order","call_id":"call_1",` + tc.want,
				`delta {"text":"Shipped."}`, `result "Shipped."`,
			}, got)
		})
	}
	denied := lookup(nil)
	denied.Approve = &alloy.Approval{}
	got := stream(t, handle(reply, play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("No.")), alloy.WithTools(denied)), hello)
	require.Contains(t, got[1], `"error":"The tool was not approved."`)
}

// Tools of one round that run side by side write one event at a time.
func TestManyToolsAtOnce(t *testing.T) {
	var calls []alloytest.Call
	for i := range 30 {
		calls = append(calls, alloytest.Call{Name: "lookup_order", Args: order(fmt.Sprint(i))})
	}
	got := stream(t, handle(reply, play(t, alloytest.ToolCalls(calls...), alloytest.Reply("ok")), alloy.WithTools(lookup(nil)), alloy.WithParallelTools(16)), hello)
	require.Len(t, got, 62)
	state := map[string]string{}
	for _, line := range got[:60] {
		data, ok := strings.CutPrefix(line, "tool ")
		require.True(t, ok)
		var news struct {
			CallID string `json:"call_id"`
			State  string
		}
		require.NoError(t, json.Unmarshal([]byte(data), &news))
		require.Equal(t, map[string]string{"started": "", "finished": "started"}[news.State], state[news.CallID])
		state[news.CallID] = news.State
	}
}

// A command without a result says when it is done.
func TestNone(t *testing.T) {
	require.Equal(t, []string{"result null"}, stream(t, handle(notify, play(t, alloytest.Reply("done"))), hello))
	w := ask(handle(notify, play(t, alloytest.Reply("done"))), request(hello))
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Empty(t, w.Body.String())
}

// An EventSource asks again when a stream ends. It is told to stop, and no model is called.
func TestLastEventID(t *testing.T) {
	r := request(hello, events)
	r.Header.Set("Last-Event-ID", "4")
	w := ask(handle(reply, play(t)), r)
	require.Equal(t, http.StatusNoContent, w.Code)
}

// A client that takes nothing is given up, and the call ends.
func TestStuckClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &slow{pause: time.Second, pieces: strings.SplitAfter(strings.Repeat("word ", 100), " ")}
		over := make(chan time.Time, 1)
		h := handle(reply, m, serve.WithWriteTimeout(5*time.Second))
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			over <- time.Now()
		})}
		client := open(t, server)
		begin := time.Now()
		conn, err := client.Transport.(*http.Transport).DialContext(t.Context(), "", "")
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: serve.test\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(hello), hello)
		require.NoError(t, err) // and nothing is read
		require.Equal(t, 6*time.Second, (<-over).Sub(begin))
		delivered, _ := m.state()
		require.Zero(t, delivered)
	})
}

// In HTTP/2 a client that takes nothing has a window, which fills.
func TestStuckClientInHTTP2(t *testing.T) {
	for _, accept := range []string{events, "application/json"} {
		synctest.Test(t, func(t *testing.T) {
			over := make(chan time.Time, 1)
			h := handle(reply, &slow{pause: time.Second, pieces: []string{strings.Repeat("x", 10<<20)}}, serve.WithWriteTimeout(5*time.Second))
			client := version(t, true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r)
				over <- time.Now()
			}))
			begin := time.Now()
			require.Equal(t, http.StatusOK, send(t, client, hello, accept).StatusCode)
			require.Equal(t, 6*time.Second, (<-over).Sub(begin))
		})
	}
}

// The deadlines of the server are for reading a request and writing an answer, not for the time that a model takes; a
// connection is as before when it serves the next request.
func TestServerDeadlines(t *testing.T) {
	var one, two http.Protocols
	one.SetHTTP1(true)
	two.SetUnencryptedHTTP2(true)
	for name, settings := range map[string]struct {
		read, write time.Duration
		protocols   *http.Protocols
	}{
		"short":          {2 * time.Second, 3 * time.Second, &one},
		"none":           {0, 0, &one},
		"short in HTTP2": {2 * time.Second, 3 * time.Second, &two},
		"none in HTTP2":  {0, 0, &two},
	} {
		for _, accept := range []string{events, "application/json"} {
			t.Run(name+" "+accept, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := &http.Server{ReadTimeout: settings.read, WriteTimeout: settings.write, Protocols: settings.protocols, IdleTimeout: time.Hour}
					server.Handler = handle(reply, &slow{pause: time.Minute - time.Second, pieces: []string{"a ", "b"}}, serve.WithHeartbeat(-1))
					conns := 0
					server.ConnState = func(_ net.Conn, s http.ConnState) {
						if s == http.StateNew {
							conns++
						}
					}
					client := open(t, server)
					client.Transport.(*http.Transport).Protocols = server.Protocols
					for range 2 {
						response := send(t, client, hello, accept)
						require.Equal(t, http.StatusOK, response.StatusCode)
						require.Contains(t, text(t, response), `"a b"`)
						time.Sleep(2 * time.Minute) // the deadline of the write has passed
					}
					require.Equal(t, 1, conns)
				})
			})
		}
	}
}

// A middleware that hides what the writer can do costs the flushing, and nothing else.
func TestWriterThatCannotFlush(t *testing.T) {
	w := httptest.NewRecorder()
	handle(reply, play(t, alloytest.Reply("hello"))).ServeHTTP(struct{ http.ResponseWriter }{w}, request(hello, events))
	require.Equal(t, []string{`delta {"text":"hello"}`, `result "hello"`}, parse(t, w.Body.String()))
}

// broken is a writer whose client is gone.
type broken struct {
	*httptest.ResponseRecorder
	writes int
}

func (b *broken) Write([]byte) (int, error) { b.writes++; return 0, errors.New("broken pipe") }

func TestWriteFails(t *testing.T) {
	m := &slow{pieces: []string{"a", "b", "c"}}
	w := &broken{ResponseRecorder: httptest.NewRecorder()}
	handle(reply, m).ServeHTTP(w, request(hello, events))
	require.Equal(t, 1, w.writes, "nothing is written where nobody reads")
	delivered, _ := m.state()
	require.Zero(t, delivered)

	// The client leaves while a tool is told of.
	w = &broken{ResponseRecorder: httptest.NewRecorder()}
	model := play(t, alloytest.ToolCall("lookup_order", order("1")))
	handle(reply, model, alloy.WithTools(lookup(nil))).ServeHTTP(w, request(hello, events))
	require.Equal(t, 1, w.writes)
}

// A panic of a prompt function is the server's, and leaves no goroutine; one of an encoder is a failure.
func TestPanics(t *testing.T) {
	e := endpoint(reply)
	e.Decode = func(context.Context, []byte) (alloy.Call[string], error) {
		return alloy.Call[string]{Prompt: func(context.Context) (alloy.Prompt[string], error) { panic("of the prompt") }}, nil
	}
	for _, accept := range []string{events, "*/*"} {
		require.PanicsWithValue(t, "of the prompt", func() { ask(serve.Handler(e), request(hello, accept)) })
	}

	typed := endpoint(triage)
	typed.Encode = func(Ticket) ([]byte, error) { panic("of the encoder") }
	var told error
	hook := serve.WithErrorHook(func(_ *http.Request, err error) { told = err })
	for _, accept := range []string{events, "*/*"} {
		w := ask(serve.Handler(typed, alloy.WithProvider(play(t, alloytest.ReplyJSON(Ticket{Priority: "low"}))), hook), request(hello, accept))
		require.Equal(t, http.StatusInternalServerError, w.Code)
		require.Equal(t, "internal", problem(t, w).Kind)
		require.ErrorContains(t, told, "of the encoder")
		require.NotContains(t, w.Body.String(), "encoder")
	}
	decode := endpoint(triage)
	decode.Decode = func(context.Context, []byte) (alloy.Call[Ticket], error) { panic("of the decoder") }
	w := ask(serve.Handler(decode, hook), request(hello))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.ErrorContains(t, told, "of the decoder")
}

var _ provider.Provider = (*slow)(nil)

// A repeat amid the events is told of at once.
func TestRetryAfterATool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Fail(500), alloytest.Reply("ok"))
		got := stream(t, handle(reply, m, alloy.WithTools(lookup(nil)), alloy.WithRetry(alloy.Retry{Attempts: 2, Base: time.Second, Jitter: alloy.NoJitter})), hello)
		require.Len(t, got, 5)
		require.Equal(t, `retry {"operation":"request","attempt":1,"delay_ms":1000,"kind":"server"}`, got[2])

		again := lookup(errDatabase)
		again.Retry = alloy.Retry{Attempts: 2, Base: time.Second, Jitter: alloy.NoJitter}
		m = play(t, alloytest.ToolCall("lookup_order", order("1")), alloytest.Reply("ok"))
		got = stream(t, handle(reply, m, alloy.WithTools(again)), hello)
		require.Equal(t, `retry {"operation":"tool","attempt":1,"delay_ms":1000}`, got[1])
	})
}

// An answer that cannot be written is a failure; of a partial one, nothing is shown.
func TestEncodeFails(t *testing.T) {
	e := endpoint(triage)
	e.Encode = func(v Ticket) ([]byte, error) {
		if v.Summary != "late" {
			return nil, errors.New("not late")
		}
		return json.Marshal(v)
	}
	h := func(summary string) http.Handler {
		return serve.Handler(e, alloy.WithProvider(play(t, alloytest.Reply("").Chunks(`{"summary":"`+summary[:2], summary[2:]+`","priority":"low"}`))))
	}
	require.Equal(t, []string{`partial {"summary":"late","priority":"low"}`, `result {"summary":"late","priority":"low"}`}, stream(t, h("late"), hello))
	for _, accept := range []string{events, "*/*"} {
		require.Equal(t, "internal", problem(t, ask(h("later"), request(hello, accept))).Kind)
	}
}

// A server that is about to go tells those who still listen.
func TestServerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base, cancel := context.WithCancel(t.Context())
		client := open(t, &http.Server{
			Handler:     handle(reply, &slow{pause: time.Second, pieces: []string{"a", "b", "c", "d"}}),
			BaseContext: func(net.Listener) context.Context { return base },
		})
		time.AfterFunc(2500*time.Millisecond, cancel)
		response := send(t, client, hello, events)
		got := parse(t, text(t, response))
		require.Len(t, got, 3)
		require.Contains(t, got[2], `error {"type":"about:blank","title":"Client Closed Request","status":499,"detail":"The request was cancelled.","kind":"canceled"}`)
		require.Equal(t, 499, send(t, client, hello).StatusCode)
	})
}
