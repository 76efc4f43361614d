package health_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/observe/health"
)

// A monitor watches the calls of a client, and answers the readiness checks of the program.
func Example() {
	monitor := health.New(health.WithModels("gpt-5"))
	model := alloytest.New(alloytest.Reply("It leaves tomorrow."), alloytest.Fail(503).Times(2))
	client, err := alloy.New(alloy.WithProvider(model), alloy.WithModel("gpt-5"), alloy.WithObserver(monitor))
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /readyz", monitor)

	ctx := alloy.WithClient(context.Background(), client)
	for range 3 {
		_, _ = alloy.Ask(ctx, "Where is order 4392?")

		status := monitor.Status("gpt-5")
		check := httptest.NewRecorder()
		mux.ServeHTTP(check, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		fmt.Printf("%d %s: %d of %d calls failed\n", check.Code, status.State, status.Failures, status.Calls)
	}
	// Output:
	// 200 healthy: 0 of 1 calls failed
	// 200 degraded: 1 of 2 calls failed
	// 503 critical: 2 of 3 calls failed
}
