package spending_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/store/internal/spending"
)

func TestAccountAndTheClock(t *testing.T) {
	midnight := time.Unix(20_000*86400, 0)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name string
		then time.Duration
		want bool // whether ten more fit
	}{
		{"the same day", time.Hour, false},
		{"the next day", day, true},
		{"set back across midnight", -time.Minute, false},
		{"set back by a day", -day, false},
		{"another clock", -3 * day, true},
	} {
		var a spending.Account
		require.True(t, a.Reserve(midnight, day, 10, 10), tc.name)
		require.Equal(t, tc.want, a.Reserve(midnight.Add(tc.then), day, 10, 10), tc.name)
	}
	var a spending.Account
	require.True(t, a.Reserve(midnight, 0, 10, 10))
	require.False(t, a.Reserve(midnight.Add(10_000*day), 0, 10, 1), "for ever")
	require.False(t, a.Over(midnight.Add(10_000*day), 0))
	a = spending.Account{Period: 20_000}
	require.False(t, a.Over(midnight.Add(day-1), day))
	require.True(t, a.Over(midnight.Add(day), day))
}
