package health_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

func ask(m *health.Monitor, method string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest(method, "/readyz", nil))
	return w
}

func get(m *health.Monitor) (status int, body string) {
	w := ask(m, http.MethodGet)
	return w.Code, w.Body.String()
}

func TestReadiness(t *testing.T) {
	m := health.New()
	status, body := get(m)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, `{"ready":true,"models":[]}`+"\n", body)

	show(m, 1, failed(alloy.KindOverloaded))
	show(m, 1, answered(1500*time.Millisecond))
	show(m, 1, alloy.RequestFinished{Model: "<b>", Provider: "", Duration: 1234567 * time.Nanosecond})
	status, body = get(m)
	require.Equal(t, http.StatusOK, status, "degraded is ready")
	require.Equal(t, `{"ready":true,"models":[`+
		`{"model":"\u003cb\u003e","state":"healthy","calls":1,"failures":0,"error_rate":0,`+
		`"average_ms":1.234,"p50_ms":1.234,"p95_ms":1.234,"p99_ms":1.234},`+
		`{"model":"gpt-5","provider":"openai","state":"degraded","calls":2,"failures":1,"error_rate":0.5,`+
		`"average_ms":750,"p50_ms":0,"p95_ms":1500,"p99_ms":1500,"last_error":"overloaded"}`+
		`]}`+"\n", body)

	show(m, 1, failed(alloy.KindOverloaded))
	status, body = get(m)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, `"ready":false`)
	require.Contains(t, body, `"error_rate":0.667,`)
	require.True(t, json.Valid([]byte(body)))
	for range 20 {
		_, again := get(m)
		require.Equal(t, body, again, "the same every time")
	}
}

func TestReadinessOfTheModelsThatMatter(t *testing.T) {
	m := seen(10, 10, health.WithModels("o3", "o4-mini", "o3"))
	status, body := get(m)
	require.Equal(t, http.StatusOK, status, "gpt-5 is critical, and does not matter")
	require.NotContains(t, body, gpt)
	none := `"state":"healthy","calls":0,"failures":0,"error_rate":0,"average_ms":0,"p50_ms":0,"p95_ms":0,"p99_ms":0}`
	require.Equal(t, `{"ready":true,"models":[{"model":"o3",`+none+`,{"model":"o4-mini",`+none+`]}`+"\n", body)
	require.True(t, m.Critical(gpt), "the breaker of gpt-5 is fed all the same")

	e := failed(alloy.KindServer)
	e.Model = "o4-mini"
	show(m, 1, e)
	status, _ = get(m)
	require.Equal(t, http.StatusServiceUnavailable, status)

	require.Len(t, seen(1, 1, health.WithModels()).Report().Models, 1)
	status, _ = get(seen(1, 1, health.WithModels()))
	require.Equal(t, http.StatusServiceUnavailable, status, "no names: all matter")
}

func TestMethodsAndHeaders(t *testing.T) {
	for _, m := range []*health.Monitor{health.New(), seen(1, 1)} {
		got, head := ask(m, http.MethodGet), ask(m, http.MethodHead)
		require.Equal(t, got.Code, head.Code)
		require.Equal(t, got.Header(), head.Header())
		require.Empty(t, head.Body.String())
		require.Equal(t, "no-store", got.Header().Get("Cache-Control"))
		require.Equal(t, "application/json", got.Header().Get("Content-Type"))
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		w := ask(health.New(), method)
		require.Equal(t, http.StatusMethodNotAllowed, w.Code)
		require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	}
}
