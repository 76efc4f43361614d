package claims

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWatch(t *testing.T) {
	var w Watch
	closed := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	w.Changed("nobody looks")
	a, leaveA := w.On("a1")
	a2, leaveA2 := w.On("a1")
	b, leaveB := w.On("b")
	w.Changed("a1")
	require.True(t, closed(a) && closed(a2))
	require.False(t, closed(b))
	next, leaveNext := w.On("a1")
	leaveA() // of what has changed; the next change is still to come
	leaveA2()
	require.False(t, closed(next))
	w.AllChanged("a")
	require.True(t, closed(next))
	require.False(t, closed(b))
	leaveNext()
	leaveB()
	require.Empty(t, w.keys, "nothing is left")
}
