package store

import "fmt"

// UnavailableError says that a shared store could not be reached, and that what was asked was not done because of that.
type UnavailableError struct {
	Store string // "redis"
	Op    string // "begin", "reserve" …
	Key   string // of the run, result or budget; for Forget the prefix; empty for Epoch
	Err   error  // the cause
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("store: %s cannot be reached, so %s of %q was not done: %v; try again when it is back", e.Store, e.Op, e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// ClaimError says that a claim is not the caller's, so that Finish, Release or Lose changed nothing.
type ClaimError struct {
	Op  string // "finish", "release", "lose"
	Key string
	Now string // what the key is now: "held by another", "done" or "unknown"
}

func (e *ClaimError) Error() string {
	return fmt.Sprintf("store: %s of %q refused: the key is %s, and not the caller's; look at what was done before it is done again", e.Op, e.Key, e.Now)
}
