package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// TestMain keeps the tests off the network, whatever keys the machine has.
func TestMain(m *testing.M) {
	os.Setenv("ALLOY_BACKEND", "offline")
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// newAgent is an agent with one order.
func newAgent(t *testing.T, model alloy.Option) *Agent {
	t.Helper()
	client, err := alloy.New(model)
	if err != nil {
		t.Fatal(err)
	}
	return &Agent{Client: client, Orders: map[string]Order{"4392": {ID: "4392", State: "shipped"}}}
}

// post sends a body to the agent and returns the answer.
func post(t *testing.T, agent *Agent, accept string, body any) *httptest.ResponseRecorder {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/respond", bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	handler(agent).ServeHTTP(w, r)
	return w
}

type question struct {
	Message string `json:"message"`
	Earlier []Turn `json:"earlier"`
}

// The model for demonstrations looks the order up and answers word by word.
func TestDemo(t *testing.T) {
	agent := newAgent(t, alloy.WithProvider(demo{}))
	w := post(t, agent, "text/event-stream", question{"Where is order 4392?", []Turn{{false, "Hello"}, {true, "Hello!"}}})
	names := regexp.MustCompile(`(?m)^event: (\w+)$`).FindAllStringSubmatch(w.Body.String(), -1)
	var all []string
	for _, name := range names {
		all = append(all, name[1])
	}
	if got := strings.Join(slices.Compact(all), " "); got != "tool delta result" {
		t.Errorf("got %s: %s", got, w.Body)
	}
	for text, want := range map[string]string{
		"Where is order 4392?": `"Order 4392 is shipped. Is there anything else that I can do for you?"`,
		"Where is order 9999?": `"I am sorry, I do not find that order. Is the number right?"`,
		"Hello":                `"I can look an order up for you. What is its number? Try 4392."`,
	} {
		if w := post(t, agent, "application/json", question{text, []Turn{}}); strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: got %s", text, w.Body)
		}
	}
}

func TestRefusedMessages(t *testing.T) {
	agent := newAgent(t, alloy.WithProvider(alloytest.New().For(t)))
	for _, tc := range []struct {
		body any
		want string
	}{
		{question{" ", []Turn{}}, "write something first"},
		{question{"Hello", make([]Turn, 101)}, "this chat is too long: begin a new one"},
		{question{"Hello", nil}, "The parameter earlier does not fit: want an array."},
	} {
		w := post(t, agent, "text/event-stream", tc.body)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), tc.want) {
			t.Errorf("%v: got %d %s", tc.body, w.Code, w.Body)
		}
	}
}

// The earlier turns go to the model, before the message.
func TestEarlierTurns(t *testing.T) {
	model := alloytest.New(alloytest.Reply("Yes.")).For(t)
	post(t, newAgent(t, alloy.WithProvider(model)), "*/*", question{"Really?", []Turn{{false, "Is it shipped?"}, {true, "It is."}}})
	messages := model.Requests()[0].Messages
	if len(messages) != 3 || messages[1].Role != "assistant" || messages[1].Text() != "It is." || messages[2].Text() != "Really?" {
		t.Errorf("got %+v", messages)
	}
}

// The program serves its page until it is told to end.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- run(ctx, listener, newAgent(t, model())) }()
	for path, want := range map[string]string{"/": "<title>Acme Support</title>", "/chat.js": "fetch(", "/events.js": "readEvents"} {
		response, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if !strings.Contains(string(body), want) || response.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: got %s", path, body)
		}
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
