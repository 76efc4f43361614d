package resilience

import "time"

var loaded = time.Now()

// uptime is the time since 1970, as it was when this package was loaded and has been counted by the monotonic clock
// since: who sets the machine's clock moves nothing here. Under testing/synctest it is the time of that bubble, which
// begins in 2000: another clock.
func uptime() time.Duration {
	return time.Duration(loaded.UnixNano()) + time.Since(loaded)
}
