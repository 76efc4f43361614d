package bounded_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/store/internal/bounded"
)

// F197: a map of which little matters at a time stays small, and is looked through rarely.
func TestSweep(t *testing.T) {
	m := map[int]bool{}
	at, looks, largest := 0, 0, 0
	const all, matter = 100_000, 700
	for i := range all {
		bounded.Sweep(m, &at, func(k int, _ bool) bool { looks++; return k <= i-matter })
		m[i] = true
		largest = max(largest, len(m))
	}
	require.LessOrEqual(t, largest, 2*matter+1)
	require.Less(t, looks, 4*all)
}
