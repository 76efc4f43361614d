//go:build !race

package output_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool forget at random, so that the count means nothing with it.
func TestAllocations(t *testing.T) {
	p := compile(t, benchSchema)
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := p.Parse(benchJSON); err != nil {
			t.Fatal(err)
		}
	})
	require.LessOrEqual(t, allocs, 3.0, "an answer that needs no repair is copied once")
}
