package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
)

// serverVariable, when it is set, makes the program be the server.
const serverVariable = "ALLOYGEN_BENCH_SERVER"

// answer is what the model says to every typed request: 350 bytes.
const answer = `{"summary":"The customer received two cracked mugs and wants their money back.","priority":"urgent","score":0.92,"order_id":"4392",` +
	`"items":[{"sku":"MUG-01","quantity":2,"problem":"both arrived cracked"},{"sku":"TEA-17","quantity":1,"problem":"the tin is all dented"}],` +
	`"tags":["damage","refund","ceramics","second contact"],"refund":true,"attempts":2}`

// startServer runs this program again, as the server, and returns its address. The server ends when stop is called, or
// with this process.
func startServer() (address string, stop func(), err error) {
	exe, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { in.Close(); cmd.Wait() }
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("the server did not start: %w", err)
	}
	return "http://" + strings.TrimSpace(addr), stop, nil
}

// serve answers the requests of the benchmarks until standard input ends.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	mux := http.NewServeMux()
	for _, v := range vendors {
		mux.HandleFunc("POST "+v.path, typedReply(v.demands, jsonText(v.reply)))
	}
	mux.HandleFunc("POST "+holdPath+vendors[0].path, hold)
	mux.HandleFunc("POST "+releasePath, release)
	mux.HandleFunc("POST "+dripPath+vendors[0].path, drip)
	return http.Serve(listener, mux)
}

// typedReply answers each request with the reply, and a request with tools in which none has run with a call of the tool.
func typedReply(demands, reply string) http.HandlerFunc {
	toolCall := jsonText(completion(map[string]any{"role": "assistant", "content": nil, "refusal": nil, "tool_calls": []any{map[string]any{
		"id": "call_1", "type": "function",
		"function": map[string]any{"name": "lookup_order", "arguments": `{"orderID":"4392"}`},
	}}}, "tool_calls"))
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if !bytes.Contains(body, []byte(demands)) {
			http.Error(w, `{"error":{"message":"not what the benchmark sends"}}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if bytes.Contains(body, []byte(`"tools":`)) && !bytes.Contains(body, []byte(`"tool_call_id":`)) {
			io.WriteString(w, toolCall)
			return
		}
		io.WriteString(w, reply)
	}
}

// completion is the body of a chat completion, as OpenAI's API sends it.
func completion(message map[string]any, finish string) map[string]any {
	return map[string]any{
		"id": "chatcmpl-C9x2bTq1nMZ4", "object": "chat.completion", "created": 1790000000, "model": "gpt-5-mini-2025-08-07",
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": finish}},
		"usage": map[string]any{
			"prompt_tokens": 212, "completion_tokens": 96, "total_tokens": 308,
			"prompt_tokens_details":     map[string]any{"cached_tokens": 0, "audio_tokens": 0},
			"completion_tokens_details": map[string]any{"reasoning_tokens": 0, "audio_tokens": 0},
		},
		"service_tier": "default", "system_fingerprint": nil,
	}
}
