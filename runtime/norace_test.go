//go:build !race

package alloy_test

// raced: the race detector is on.
const raced = false
