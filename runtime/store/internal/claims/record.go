// Package claims is what the stores in this process have in common: what a claim can become, and who waits for it.
package claims

// State is what is stored of a key.
type State string

// The states of a Record.
const (
	Absent  State = ""
	Pending State = "pending" // somebody holds the claim
	Done    State = "done"
	Unknown State = "unknown" // the holder vanished, or does not know
)

// Record is one key. The zero Record is an absent one.
type Record struct {
	State  State
	Token  string // of the last holder, also after it has gone
	Result []byte // when Done
}

// Finish makes the record Done, unless it is another holder's.
func (r *Record) Finish(token string, result []byte) (ok bool) {
	if r.State != Absent && r.Token != token {
		return false
	}
	*r = Record{State: Done, Token: token, Result: result}
	return true
}

// Release makes the record absent, unless it is another holder's or Done.
func (r *Record) Release(token string) (ok bool) {
	if r.State != Absent && r.Token != token || r.State == Done {
		return false
	}
	*r = Record{}
	return true
}

// Lose makes the record Unknown, unless it is another holder's or Done.
func (r *Record) Lose(token string) (ok bool) {
	if r.State != Absent && r.Token != token || r.State == Done {
		return false
	}
	*r = Record{State: Unknown, Token: token}
	return true
}

// Now is the state in words for somebody whose claim it is not.
func (r *Record) Now() string {
	if r.State == Pending {
		return "held by another"
	}
	return string(r.State)
}
