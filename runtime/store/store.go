// Package store says where runs, limits and results live: in this process ([NewMemory]), in a file of this machine
// (store/file), or on a server that replicas share (store/redis). It knows nothing of models, prompts and providers.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alloygen/alloygen/runtime/resilience"
)

// ErrNotFound is what Load returns, perhaps wrapped, for a run of which nothing is kept.
var ErrNotFound = errors.New("store: not found")

// Checkpointer keeps the state of runs. The bytes are the caller's: they are neither read nor kept by reference.
type Checkpointer interface {
	// Save replaces the newest state of run, atomically and as durably as the store is: after it returned nil, Load
	// gives data. Earlier states may be kept. A shared store that cannot be reached returns an *UnavailableError.
	Save(ctx context.Context, run string, data []byte) error
	// Load returns the newest state of run, or an error that matches ErrNotFound.
	Load(ctx context.Context, run string) ([]byte, error)
}

// State is what is known about something that is to be done once.
type State int

// The states of a Claim. The zero State is none of them, so that a Claim that nobody gave is not taken for one.
const (
	Mine    State = iota + 1 // the caller does it, then calls Finish, Release or Lose
	Done                     // it was done; the Result is what was stored
	Unknown                  // a holder vanished or lost it: nobody knows whether it was done
)

// String returns "mine", "done" or "unknown".
func (s State) String() string {
	switch s {
	case Mine:
		return "mine"
	case Done:
		return "done"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// Claim is what Begin says about a key.
type Claim struct {
	Key    string
	State  State
	Result []byte // what Finish stored, when Done; a copy
	Token  string // names the holder, when Mine
}

// Results keeps what was done once: side effects of tools. It fails closed: when a shared store cannot be reached, Begin
// returns an *UnavailableError, and the caller does nothing.
type Results interface {
	// Begin claims key. It waits, as long as ctx allows, while another holder of the claim is alive; the error of a ctx
	// that ends matches its cause. Whoever gets a claim that is Mine calls Finish, Release or Lose, whatever happens.
	Begin(ctx context.Context, key string) (Claim, error)
	// Finish stores what was done: the key is Done. That holds also when the claim has become Unknown or was forgotten
	// meanwhile: now it is known. If another has claimed the key since, it is refused with a *ClaimError. The three may
	// be repeated.
	Finish(ctx context.Context, c Claim, result []byte) error
	// Release says that nothing was done, or that it failed: the next Begin is Mine. Failures are not kept.
	Release(ctx context.Context, c Claim) error
	// Lose says that the holder itself does not know whether it was done: the key is Unknown.
	Lose(ctx context.Context, c Claim) error
	// Forget drops all keys with the prefix, whatever their state: for an operator who has looked at what was done.
	Forget(ctx context.Context, prefix string) error
	// Epoch returns a text that changes when the store has lost, or may have lost, what it held. A run that is resumed
	// in another epoch cannot trust that what is not stored was not done.
	Epoch(ctx context.Context) (string, error)
}

// Limits shares rate limits.
type Limits interface {
	// Limiter returns the limiter of key: the same one for the same key and limit. Another limit for the same key is
	// another limiter, which knows nothing of the first. An invalid limit is refused.
	Limiter(key string, l resilience.Limit) (*resilience.Limiter, error)
}

// Cooldowns remember until when a key is left alone. They are best effort: a store that cannot be reached forgets.
type Cooldowns interface {
	// CoolDown leaves key alone for d from now; it never shortens what another has asked for. d ≤ 0 does nothing.
	CoolDown(ctx context.Context, key string, d time.Duration)
	// Cooling returns how long key is still to be left alone; 0: not at all.
	Cooling(ctx context.Context, key string) time.Duration
}

// Budgets counts what is spent per period. Periods are aligned to the Unix epoch in UTC: a day of 24h begins at midnight.
// A per of 0 is one period that never ends; otherwise it is at least a millisecond. Amounts are in units of the caller's
// choice, from 0 to MaxAmount. It fails closed: when a shared store cannot be reached, an *UnavailableError is returned.
type Budgets interface {
	// Reserve adds amount to what is spent of key in the present period, unless the sum would pass limit; spent is the sum
	// after it, or the unchanged one when it was refused. A limit over MaxAmount counts as MaxAmount.
	Reserve(ctx context.Context, key string, per time.Duration, limit, amount int64) (ok bool, spent int64, err error)
	// Settle corrects an estimate: it adds delta, which may be negative, to the present period, also when the estimate
	// was made in the one before. The sum may pass the limit of Reserve, and stays within 0 and MaxAmount.
	Settle(ctx context.Context, key string, per time.Duration, delta int64) error
}

// MaxAmount is the largest amount of a budget, 2^53: what every store counts exactly.
const MaxAmount = 1 << 53

// Store is all of it. Its methods are safe for many goroutines.
type Store interface {
	Checkpointer
	Results
	Limits
	Cooldowns
	Budgets
}
