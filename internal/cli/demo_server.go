package cli

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// demoReply is one reply of the demo's server: a status other than 200, or the text of an answer.
type demoReply struct {
	status int
	text   string
}

// demoScript is what the server replies, in order.
var demoScript = []demoReply{
	{status: http.StatusServiceUnavailable},
	{text: `{"summary": "A parcel has not arrived in time.", "priority": "normal", "score": 0.9}`},
	{text: `{"summary": "A heater is on fire.", "priority": "urgent", "score": 0.1}`},
	{text: `{"summary": "A heater is on fire.", "priority": "urgent", "score": 0.98}`},
}

// demoServer speaks as much of OpenAI's Chat Completions as a client of ours reads.
type demoServer struct {
	url    string
	server *http.Server
}

// serve starts a server on the loopback interface.
func serve(script []demoReply) (*demoServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	handler := func(w http.ResponseWriter, _ *http.Request) {
		i := int(next.Add(1)) - 1
		if i >= len(script) {
			http.Error(w, `{"error":{"message":"the demo has no more replies"}}`, http.StatusBadRequest)
			return
		}
		script[i].write(w)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", handler)
	s := &demoServer{
		url:    "http://" + listener.Addr().String() + "/v1",
		server: &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
	}
	go s.server.Serve(listener) // ends with close
	return s, nil
}

func (r demoReply) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if r.status != 0 {
		w.WriteHeader(r.status)
		writeReply(w, map[string]any{"error": map[string]any{"message": "The engine is currently overloaded.", "type": "server_error"}})
		return
	}
	writeReply(w, map[string]any{
		"id": "chatcmpl-demo", "object": "chat.completion", "model": "gpt-5-mini",
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": "stop",
			"message": map[string]any{"role": "assistant", "content": r.text},
		}},
		"usage": map[string]any{"prompt_tokens": 60, "completion_tokens": 20, "total_tokens": 80},
	})
}

// writeReply leaves a broken connection to the client to report.
func writeReply(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func (s *demoServer) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.server.Shutdown(ctx) // the program that used it has ended
}
