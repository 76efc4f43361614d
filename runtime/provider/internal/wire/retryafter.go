package wire

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/runtime/provider"
)

// retryAfter is how long the headers of a failed request ask to wait: retry-after-ms, then Retry-After (RFC 9110, section
// 10.2.3, fractions of a second allowed), then, for a rate limit, the time until the exhausted limits are reset. Zero when
// they do not say, or say nonsense: negative, past, not a number, too large for a time.Duration, contradictory.
func retryAfter(h http.Header, class provider.Class) time.Duration {
	if s, ok := only(h, "Retry-After-Ms"); ok {
		if d := scaled(s, time.Millisecond); d > 0 {
			return d
		}
	}
	if s, ok := only(h, "Retry-After"); ok {
		if d := scaled(s, time.Second); d > 0 {
			return d
		}
		if t, err := http.ParseTime(s); err == nil {
			return until(h, t)
		}
	}
	if class == provider.RateLimit {
		return untilReset(h)
	}
	return 0
}

// only returns the value of a header that has one, or the same one several times.
func only(h http.Header, name string) (string, bool) {
	values := h[name]
	for _, v := range values {
		if v != values[0] {
			return "", false
		}
	}
	if len(values) == 0 {
		return "", false
	}
	return strings.TrimSpace(values[0]), true
}

// scaled reads a positive decimal number of units.
func scaled(s string, unit time.Duration) time.Duration {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || n <= 0 || n*float64(unit) >= math.MaxInt64 {
		return 0
	}
	return time.Duration(n * float64(unit))
}

// until measures a time by the clock of the server that named it, so that a wrong clock here does no harm.
func until(h http.Header, t time.Time) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, t.Sub(now))
}

// untilReset reads OpenAI's x-ratelimit-reset-* (durations) and Anthropic's anthropic-ratelimit-*-reset (RFC 3339 times). A
// limit that has something left is not the one that was hit.
func untilReset(h http.Header) time.Duration {
	var wait time.Duration
	for name, values := range h {
		lower := strings.ToLower(name)
		var left string
		var d time.Duration
		if what, ok := strings.CutPrefix(lower, "x-ratelimit-reset-"); ok {
			left = h.Get("x-ratelimit-remaining-" + what)
			d, _ = time.ParseDuration(values[0])
		} else if what, ok := strings.CutSuffix(lower, "-reset"); ok && strings.HasPrefix(what, "anthropic-ratelimit-") {
			left = h.Get(what + "-remaining")
			if t, err := time.Parse(time.RFC3339, values[0]); err == nil {
				d = until(h, t)
			}
		}
		if n, err := strconv.ParseFloat(left, 64); err == nil && n > 0 {
			continue
		}
		wait = max(wait, d)
	}
	return wait
}
