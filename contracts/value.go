package contracts

import "cmp"

// OneOf reports whether x is one of allowed.
func OneOf[T comparable](x T, allowed ...T) bool {
	for _, a := range allowed {
		if x == a {
			return true
		}
	}
	return false
}

// Between reports whether low <= x <= high. A NaN is between nothing.
func Between[T cmp.Ordered](x, low, high T) bool { return low <= x && x <= high }
