package health

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	alloy "github.com/alloygen/alloygen/runtime"
)

var _ http.Handler = (*Monitor)(nil)

// ServeHTTP answers a readiness check: 200 when no model is critical, 503 when one is, 405 for all but GET and HEAD. WithModels
// says which models count. The body is JSON, in the order of models and providers; times are in milliseconds:
//
//	{"ready":false,"models":[{"model":"gpt-5","provider":"openai","state":"critical","calls":100,"failures":51,
//	 "error_rate":0.51,"average_ms":812.5,"p50_ms":700,"p95_ms":2100,"p99_ms":3000,"last_error":"overloaded"}]}
//
// It names models and kinds of failures, and shows nothing of prompts, answers and messages. Caches do not keep it. A program
// that gets no requests while it is not ready is ready again after 5 minutes, when the failures have left the window.
func (m *Monitor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	ready := m.readiness()
	body, _ := json.Marshal(ready) // nothing in it can fail
	body = append(body, '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if !ready.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // who asked has gone
	}
}

// readiness is what the handler shows.
type readiness struct {
	Ready  bool             `json:"ready"`
	Models []modelReadiness `json:"models"`
}

type modelReadiness struct {
	Model     string     `json:"model"`
	Provider  string     `json:"provider,omitempty"`
	State     State      `json:"state"`
	Calls     int        `json:"calls"`
	Failures  int        `json:"failures"`
	ErrorRate float64    `json:"error_rate"`
	AverageMS float64    `json:"average_ms"`
	P50MS     float64    `json:"p50_ms"`
	P95MS     float64    `json:"p95_ms"`
	P99MS     float64    `json:"p99_ms"`
	LastError alloy.Kind `json:"last_error,omitempty"`
}

func (m *Monitor) readiness() readiness {
	m.mu.Lock()
	defer m.mu.Unlock()
	ready := readiness{Ready: true, Models: []modelReadiness{}}
	for _, s := range m.matters() {
		ready.Ready = ready.Ready && s.State != Critical
		ready.Models = append(ready.Models, modelReadiness{
			Model: s.Model, Provider: s.Provider, State: s.State, Calls: s.Calls, Failures: s.Failures,
			ErrorRate: math.Round(s.ErrorRate*1000) / 1000,
			AverageMS: milliseconds(s.Average), P50MS: milliseconds(s.P50), P95MS: milliseconds(s.P95), P99MS: milliseconds(s.P99),
			LastError: s.LastError,
		})
	}
	return ready
}

// matters returns the statuses that readiness depends on.
func (m *Monitor) matters() []Status {
	if len(m.matter) == 0 {
		return m.statuses(func(string) bool { return true })
	}
	var all []Status
	for _, name := range m.matter {
		all = append(all, m.named(name)...)
	}
	return all
}

// milliseconds has three decimals at most.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
