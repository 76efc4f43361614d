package alloy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// roughServer speaks both vendors' formats on a real socket, and does everything wrong now and then. To a prompt with
// "question N" the right answer has "question N" as its summary.
type roughServer struct {
	*httptest.Server
	calm   atomic.Pointer[gate] // nil, or it answers well whoever has passed it
	served atomic.Int64
}

func openRough(t *testing.T) *roughServer {
	s := new(roughServer)
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Setenv("OPENAI_API_KEY", "sk-secret-of-the-test-4711")
	t.Setenv("OPENAI_BASE_URL", s.URL+"/v1")
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-secret-of-the-test-4711")
	t.Setenv("ANTHROPIC_BASE_URL", s.URL)
	return s
}

var questions = regexp.MustCompile(`question [0-9]+`)

func (s *roughServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.served.Add(1)
	v := openAI
	if strings.HasSuffix(r.URL.Path, "/messages") {
		v = anthropic
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	question := questions.FindString(string(body))
	if g := s.calm.Load(); g != nil {
		g.pass(r.Context())
		says(200, nil, v.reply("stop", ticketFor(question)))(w, r)
		return
	}
	streamed := strings.Contains(string(body), `"stream":true`)
	switch rand.IntN(10) {
	case 0:
		pickFault(v, question)(w, r)
	case 1, 2:
		if !streamed { // of which much else goes wrong
			pickFault(v, question)(w, r)
			return
		}
		fallthrough
	default:
		if reply := s.reply(v, question, body); streamed {
			asStream(v, reply)(w, r)
		} else {
			send(reply)(w, r)
		}
	}
}

// reply is a right one: an answer, or tool calls.
func (s *roughServer) reply(v vendor, question string, body []byte) string {
	rounds := strings.Count(string(body), `"tool_call_id"`) + strings.Count(string(body), `"tool_use_id"`)
	answer := answerTo(question)
	if strings.Contains(string(body), question+" of many") {
		answer = `{"value": [` + ticketFor(question) + ", " + answer + ", " + ticketFor(question) + "]}"
	}
	if tools := toolNames(body); len(tools) > 0 && rounds < 6 && rand.IntN(2) == 0 {
		var calls []toolUse
		for range 1 + rand.IntN(4) {
			calls = append(calls, toolUse{fmt.Sprintf("call_%d", rand.Uint32()), oneOf(tools...), argumentsFor(v)})
		}
		return v.reply("tool_calls", "", calls...)
	}
	return v.reply("stop", answer)
}

// send sends a reply in one of several ways.
func send(text string) handler {
	switch rand.IntN(6) {
	case 0:
		return inPieces(time.Duration(rand.IntN(15))*time.Millisecond, text)
	case 1:
		return slowly(time.Duration(rand.IntN(60))*time.Millisecond, says(200, nil, text))
	}
	return says(200, nil, text)
}

// toolNames are those of the tools that a request offers, and one that there is not.
func toolNames(body []byte) []string {
	var request struct {
		Tools []struct {
			Name     string `json:"name"`
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
	}
	if json.Unmarshal(body, &request) != nil || request.Tools == nil {
		return nil
	}
	names := []string{"rm"}
	for _, t := range request.Tools {
		names = append(names, t.Name+t.Function.Name)
	}
	return names
}

// argumentsFor are the arguments of a tool call: one of five orders, or something that is none.
func argumentsFor(v vendor) string {
	bad := []string{`{"orderID":{}}`, `{}`, `[1]`, `{"orderID":"1","more":true}`}
	if v == openAI { // its arguments are a string, with whatever in it
		bad = append(bad, `{"orderID":`, ``, `null`, `order 1`)
	}
	if rand.IntN(8) == 0 {
		return oneOf(bad...)
	}
	return fmt.Sprintf(`{"orderID": "%d"}`, rand.IntN(5))
}

func ticketFor(question string) string {
	return asJSON(Ticket{Summary: question, Priority: "urgent", Score: float64(rand.IntN(100)) / 100, OrderIDs: []string{"4392"}})
}

// answerTo is an answer in one of the ways in which models write them.
func answerTo(question string) string {
	text := ticketFor(question)
	switch rand.IntN(8) {
	case 0:
		return "Sure! Here it is:\n```json\n" + text + "\n```\nAnything else?"
	case 1:
		return strings.Replace(text, `"]}`, `",],}`, 1)
	case 2:
		return strings.TrimSuffix(text, "}")
	}
	return text
}

// inPieces writes a body piece by piece.
func inPieces(pause time.Duration, body string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(body) && r.Context().Err() == nil; i += 100 {
			_, _ = io.WriteString(w, body[i:min(i+100, len(body))])
			_ = http.NewResponseController(w).Flush()
			time.Sleep(pause)
		}
	}
}

// resetting writes some bytes in place of a response and resets the connection.
func resetting(text string) handler {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
}

func oneOf[T any](of ...T) T { return of[rand.IntN(len(of))] }

// pickFault is what goes wrong this time: one of every class.
func pickFault(v vendor, question string) handler {
	const half = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	const short, endless = half + "Content-Length: 900\r\n\r\n{\"mod", half + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mod\r\n"
	const noChoices = `{"model":"x","choices":[],"content":[],"stop_reason":"end_turn"}`
	const misfit = `{"summary":"x","priority":"soon","score":7,"order_ids":1}`
	apiError := func(kind, code string) string {
		return asJSON(map[string]any{"type": "error", "error": map[string]any{"type": kind, "code": code, "message": "no"}})
	}
	statuses := []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 500, 500, 501, 502, 503, 503, 504, 529, 302, 204, 418}
	switch rand.IntN(24) {
	case 0, 1, 2, 3, 4, 5:
		return says(oneOf(statuses...), nil, "")
	case 6:
		return says(429, http.Header{"Retry-After-Ms": {fmt.Sprint(rand.IntN(60))}}, "")
	case 7:
		return says(429, http.Header{"Retry-After": {oneOf("0.2", "-5", "NaN", "soon", "0.01")}}, "")
	case 8:
		return says(429, nil, apiError("billing_error", "insufficient_quota"))
	case 9:
		return says(400, nil, apiError("invalid_request_error", "context_length_exceeded"))
	case 10:
		return says(200, nil, apiError("overloaded_error", ""))
	case 11:
		return raw(oneOf("", "SSH-2.0-OpenSSH_9.6\r\n", short, endless))
	case 12:
		return resetting(oneOf("", short))
	case 13:
		return stall(oneOf("", `{"model":`))
	case 14:
		return drip
	case 15:
		return says(200, http.Header{"Content-Type": {"text/html"}}, "<html>Log in</html>")
	case 16:
		return says(200, nil, oneOf("", `{"model":"x","cho`, noChoices, "null", "[]", strings.Repeat("[", 10000)))
	case 17:
		return says(200, nil, v.reply("content_filter", "I will not"))
	case 18:
		return says(200, nil, v.reply("length", lateJSON[:40]))
	case 19:
		return says(200, nil, v.reply("tired", lateJSON))
	case 20:
		return says(200, nil, v.reply("stop", oneOf("", "I do not know.", misfit, "{")))
	case 21:
		return says(500, http.Header{"X-Should-Retry": {"false"}}, "")
	case 22:
		return inPieces(20*time.Millisecond, strings.Repeat(" ", 2000)+v.reply("stop", ticketFor(question)))
	}
	return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
}
