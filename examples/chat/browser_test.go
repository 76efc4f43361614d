package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// puppet is a model that does what the script of the browser says, one thing after another: nothing here depends on time.
type puppet struct {
	things chan thing
	left   chan error // why a request ended before its answer
}

// thing is something that a model does. Empty fields do not happen.
type thing struct {
	Text   string // it writes a piece
	Order  string // it looks up an order
	Status int    // it fails
	End    bool   // its answer is complete
}

func (p *puppet) Do(ctx context.Context, _ *provider.Request, emit func(provider.Delta) error) (*provider.Response, error) {
	var text string
	for {
		select {
		case <-ctx.Done():
			p.left <- context.Cause(ctx)
			return nil, &provider.Error{Class: provider.Canceled, Message: "the customer has left", Err: ctx.Err()}
		case next := <-p.things:
			switch {
			case next.Status != 0:
				return nil, &provider.Error{Class: provider.StatusClass(next.Status), Status: next.Status, Message: "10.0.0.3 says no"}
			case next.Order != "":
				call := &provider.ToolCall{ID: "call_1", Name: "lookup_order", Arguments: fmt.Sprintf(`{"orderID":%q}`, next.Order)}
				return &provider.Response{Parts: []provider.Part{{ToolCall: call}}, Finish: provider.FinishToolCalls}, nil
			case next.End:
				return &provider.Response{Parts: []provider.Part{{Text: text}}, Finish: provider.FinishStop}, nil
			}
			text += next.Text
			if err := emit(provider.Delta{Text: next.Text}); err != nil {
				return nil, err
			}
		}
	}
}

// handler adds what the script needs to the page: it posts what the model does next, and waits for the end of a request.
func (p *puppet) handler(page http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.HandleFunc("POST /puppet/next", func(w http.ResponseWriter, r *http.Request) {
		var next thing
		if err := json.NewDecoder(r.Body).Decode(&next); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case p.things <- next:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("GET /puppet/left", func(w http.ResponseWriter, r *http.Request) {
		select {
		case err := <-p.left:
			if err != context.Canceled { // a limit has ended it, not the customer
				http.Error(w, err.Error(), http.StatusConflict)
			}
		case <-r.Context().Done():
		}
	})
	return mux
}

// In Chromium: text appears piece by piece, tools are told of, a reload and the stop button end the request on the server, errors
// are shown. The steps are in e2e/chat.cjs.
func TestInChromium(t *testing.T) {
	modules, err := filepath.Abs("../../.tools/playwright/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "playwright-core")); err != nil {
		t.Skip("playwright-core is not installed: run scripts/chromium.sh, which needs npm and a network")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: run scripts/chromium.sh, or install it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("the driver of chromium needs node, which is not installed")
	}

	p := &puppet{things: make(chan thing), left: make(chan error, 10)}
	server := httptest.NewServer(p.handler(handler(newAgent(t, alloy.WithProvider(p)))))
	defer server.Close()
	defer server.CloseClientConnections()

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a browser that hangs; nothing is measured
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join("e2e", "chat.cjs"), server.URL, chromium, t.TempDir())
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it then ends the browser
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log(string(out))
}
