package alloy_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/internal/pipe"
	alloy "github.com/alloygen/alloygen/runtime"
)

// serve runs a server in memory until the test ends, and returns a client that reaches nothing else.
func serve(t *testing.T, handler http.HandlerFunc) *http.Client {
	t.Helper()
	return pipe.Serve(t, &http.Server{Handler: handler}).Client
}

// answerBoth writes an answer in the form of the API that was asked: Chat Completions or Messages.
func answerBoth(w http.ResponseWriter, r *http.Request, text string) {
	quoted, _ := json.Marshal(text)
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/messages") {
		fmt.Fprintf(w, `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":%s}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`, quoted)
		return
	}
	fmt.Fprintf(w, `{"id":"c1","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%s}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`, quoted)
}

// F12, F85: 200 callers of ten commands, over both wire formats and a server that fails in every way, each get their own
// answer or a typed error. When all have returned no goroutine and no connection is left: the bubble would not end.
func TestManyCallsOverHTTP(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "OPENAI_BASE_URL": "http://openai.test/v1", "ANTHROPIC_BASE_URL": "http://anthropic.test",
	} {
		t.Setenv(name, value)
	}
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			mood := fnv.New32a()
			fmt.Fprint(mood, requests.Add(1), len(body))
			switch mood.Sum32() % 10 {
			case 0:
				http.Error(w, `{"error":{"message":"overloaded"}}`, http.StatusServiceUnavailable)
			case 1:
				w.Header().Set("Retry-After", "2")
				http.Error(w, `{"error":{"message":"slow down"}}`, http.StatusTooManyRequests)
			case 2:
				<-r.Context().Done()
			case 3:
				panic(http.ErrAbortHandler) // the connection is lost before the headers
			case 4:
				w.Header().Set("Content-Length", "1000") // … and here in the body
				_, _ = io.WriteString(w, `{"id":`)
			case 5:
				_, _ = io.WriteString(w, "<html>Sign in to the hotel's network</html>")
			default:
				_, question, _ := strings.Cut(string(body), "question ")
				question, _, _ = strings.Cut(question, `"`)
				answer, _ := json.Marshal(Ticket{Summary: "question " + question, Priority: "low", OrderIDs: []string{}})
				answerBoth(w, r, string(answer))
			}
		})
		var commands []alloy.Command[Ticket]
		for i := range 10 {
			models := []string{"gpt-5-mini", "claude-haiku-4-5"}
			commands = append(commands, alloy.NewCommand(alloy.Definition[Ticket]{Name: fmt.Sprint("Command", i), Output: ticketSchema},
				alloy.WithModel(models[i%2]), alloy.WithFallback(models[1-i%2]), alloy.WithRetry(alloy.Retry{Attempts: 1 + i%4}), alloy.WithAttemptTimeout(5*time.Second)))
		}
		mine, err := alloy.New(alloy.WithHTTPClient(client))
		require.NoError(t, err)
		ctx := alloy.WithClient(t.Context(), mine)

		var good, bad atomic.Int32
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				question := fmt.Sprint("question ", i)
				got, err := commands[i%10].Run(ctx, saying[Ticket](question), nil)
				switch {
				case err == nil && got.Summary == question:
					good.Add(1)
				case err == nil:
					t.Errorf("%s: the answer belongs to another: %+v", question, got)
				default:
					bad.Add(1)
					failed(t, err)
				}
			})
		}
		wg.Wait()
		require.Greater(t, good.Load(), int32(100))
		require.Positive(t, bad.Load())
	})
}
