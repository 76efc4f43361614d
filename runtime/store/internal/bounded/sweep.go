// Package bounded keeps maps of what matters for a while from growing for ever.
package bounded

const least = 1024

// Sweep drops from m what is over, once m has grown to *at entries or 1024; then again when the rest has doubled. Call it
// before something is added.
func Sweep[K comparable, V any](m map[K]V, at *int, over func(K, V) bool) {
	if len(m) < max(*at, least) {
		return
	}
	for k, v := range m {
		if over(k, v) {
			delete(m, k)
		}
	}
	*at = 2 * len(m)
}
