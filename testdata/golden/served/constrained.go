//go:build !never

package served

// debug is part of some builds only: it has a handler of its own, and is mounted by hand.
//
//alloy:command
//alloy:http /debug
func debug(what string) string { return what }
