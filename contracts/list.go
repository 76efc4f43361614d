package contracts

import "cmp"

// Unique reports whether no two elements of xs are equal. An empty xs is unique.
func Unique[S ~[]T, T comparable](xs S) bool {
	seen := make(map[T]struct{}, len(xs))
	for _, x := range xs {
		if _, ok := seen[x]; ok {
			return false
		}
		seen[x] = struct{}{}
	}
	return true
}

// UniqueBy reports whether key is different for every element of xs: no two orders of the same number.
func UniqueBy[S ~[]T, T any, K comparable](xs S, key func(T) K) bool {
	seen := make(map[K]struct{}, len(xs))
	for _, x := range xs {
		k := key(x)
		if _, ok := seen[k]; ok {
			return false
		}
		seen[k] = struct{}{}
	}
	return true
}

// All reports whether holds is true of every element of xs; of an empty xs it is.
func All[S ~[]T, T any](xs S, holds func(T) bool) bool {
	for _, x := range xs {
		if !holds(x) {
			return false
		}
	}
	return true
}

// Any reports whether holds is true of at least one element of xs; of an empty xs it is not.
func Any[S ~[]T, T any](xs S, holds func(T) bool) bool {
	for _, x := range xs {
		if holds(x) {
			return true
		}
	}
	return false
}

// None reports whether holds is true of no element of xs.
func None[S ~[]T, T any](xs S, holds func(T) bool) bool { return !Any(xs, holds) }

// Subset reports whether every element of xs is also in allowed: an answer names nothing that was not in the question.
// How often an element occurs does not matter.
func Subset[S ~[]T, A ~[]T, T comparable](xs S, allowed A) bool {
	known := make(map[T]struct{}, len(allowed))
	for _, a := range allowed {
		known[a] = struct{}{}
	}
	for _, x := range xs {
		if _, ok := known[x]; !ok {
			return false
		}
	}
	return true
}

// Sorted reports whether xs is in ascending order; equal neighbours are.
func Sorted[S ~[]T, T cmp.Ordered](xs S) bool {
	for i := 1; i < len(xs); i++ {
		if cmp.Less(xs[i], xs[i-1]) {
			return false
		}
	}
	return true
}
