package serve_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine outlives the tests: no handler may leave one behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
