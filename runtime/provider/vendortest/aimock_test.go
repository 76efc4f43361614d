// Package vendortest drives the providers against a server of the vendors' wire formats that nobody here wrote: the npm
// package @copilotkit/aimock, which scripts/aimock-install.sh installs. Without it the tests skip.
package vendortest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/provider"
	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/gemini"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
	_ "github.com/alloygen/alloygen/runtime/provider/ollama"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// start runs the server until the test ends and returns its address.
func start(t *testing.T) (base string) {
	t.Helper()
	binary, err := filepath.Abs("../../../.tools/aimock/node_modules/.bin/llmock")
	require.NoError(t, err)
	if _, err := os.Stat(binary); err != nil {
		t.Skip("aimock is not installed: run scripts/aimock-install.sh, which needs npm and a network")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("aimock needs node, which is not installed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "--port", "0", "--strict", "--validate-on-load", "--fixtures", "testdata/aimock/fixtures.json")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	cmd.WaitDelay = 5 * time.Second
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })

	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if _, address, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }() // or a full pipe stops the server; ends with it
			return strings.TrimSpace(address)
		}
	}
	t.Fatalf("aimock did not start: %s", said.String())
	return ""
}

// vendors are the providers that the server speaks with.
var vendors = []struct{ name, model, baseVar, path string }{
	{"openai", "gpt-4.1", "OPENAI_BASE_URL", "/v1"},
	{"anthropic", "claude-opus-4-7", "ANTHROPIC_BASE_URL", ""},
	{"gemini", "gemini-3.8-flash", "GEMINI_BASE_URL", ""},
	{"ollama", "llama3.2", "OLLAMA_BASE_URL", ""},
}

func TestAimock(t *testing.T) {
	base := start(t)
	for _, v := range vendors {
		t.Setenv(v.baseVar, base+v.path)
		registered, ok := provider.Lookup(v.name)
		require.True(t, ok)
		p, err := registered.New(provider.Config{HTTPClient: http.DefaultClient})
		require.NoError(t, err)
		t.Run(v.name, func(t *testing.T) {
			t.Run("typed", func(t *testing.T) { typed(t, p, v.model) })
			t.Run("tools", func(t *testing.T) { tools(t, p, v.model) })
			t.Run("errors", func(t *testing.T) { failing(t, p, v.model) })
			t.Run("cut stream", func(t *testing.T) { cut(t, p, v.model) })
		})
	}
}

// ask is a request of one question.
func ask(model, question string) *provider.Request {
	return &provider.Request{Model: model, Messages: []provider.Message{providertest.Text(question)}, Settings: provider.Settings{MaxTokens: 300}}
}

// both makes a request plainly and as a stream, and requires the same answer.
func both(t *testing.T, p provider.Provider, req *provider.Request) *provider.Response {
	t.Helper()
	plain := providertest.Do(t, p, req)
	streamed, deltas, err := providertest.Collect(p, req)
	require.NoError(t, err)
	require.Equal(t, plain.Text(), streamed.Text())
	require.Equal(t, plain.Finish, streamed.Finish)
	require.Len(t, streamed.ToolCalls(), len(plain.ToolCalls()))
	var text strings.Builder
	for _, d := range deltas {
		text.WriteString(d.Text)
	}
	require.Equal(t, plain.Text(), text.String())
	return plain
}

func typed(t *testing.T, p provider.Provider, model string) {
	req := ask(model, "triage: my order is lost")
	req.Output = providertest.Ticket()
	res := both(t, p, req)
	require.Equal(t, provider.FinishStop, res.Finish)
	var ticket struct {
		Priority string
		Customer struct{ Name string }
	}
	require.NoError(t, json.Unmarshal([]byte(res.Text()), &ticket))
	require.Equal(t, "urgent Ann", ticket.Priority+" "+ticket.Customer.Name)
	if model != "llama3.2" { // for Ollama the server counts nothing
		require.Equal(t, provider.Usage{InputTokens: 5, OutputTokens: 7}, res.Usage)
	}
	require.NotEmpty(t, res.RequestID)
}

func tools(t *testing.T, p provider.Provider, model string) {
	req := ask(model, "where is order 4392?")
	req.Tools = []provider.Tool{providertest.LookupOrder()}
	res := both(t, p, req)
	require.Equal(t, provider.FinishToolCalls, res.Finish)
	calls := res.ToolCalls()
	require.Len(t, calls, 2)
	results := provider.Message{Role: provider.User}
	for _, call := range calls {
		require.Equal(t, "lookup_order", call.Name)
		require.Contains(t, call.Arguments, `"orderID":"439`)
		results.Parts = append(results.Parts, provider.Part{ToolResult: &provider.ToolResult{CallID: call.ID, Name: call.Name, Content: "shipped"}})
	}
	require.NotEqual(t, calls[0].ID, calls[1].ID)
	req.Messages = append(req.Messages, provider.Message{Role: provider.Assistant, Parts: res.Parts}, results)
	res = both(t, p, req)
	require.Equal(t, "Both are on their way, é 😀.", res.Text())
	require.Equal(t, provider.FinishStop, res.Finish)
}

func failing(t *testing.T, p provider.Provider, model string) {
	e := providertest.Fail(t, p, ask(model, "too many requests"))
	require.Equal(t, provider.RateLimit, e.Class)
	require.Equal(t, http.StatusTooManyRequests, e.Status)
	require.Equal(t, "Slow down", e.Message)

	e = providertest.Fail(t, p, ask(model, "overloaded, please"))
	require.Equal(t, provider.Overloaded, e.Class)

	e = providertest.Fail(t, p, ask(model, "a question that no fixture knows"))
	require.Equal(t, provider.Overloaded, e.Class, "%v", e)
}

func cut(t *testing.T, p provider.Provider, model string) {
	_, deltas, err := providertest.Collect(p, ask(model, "cut the stream"))
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	require.Contains(t, []provider.Class{provider.Truncated, provider.Network}, e.Class)
	require.NotEmpty(t, deltas, "what came before the cut was delivered")
}
