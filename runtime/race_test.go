//go:build race

package alloy_test

// raced: the race detector is on, and makes everything some ten times slower.
const raced = true
