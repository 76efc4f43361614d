package model

// RateLimit is a rate_limit directive.
type RateLimit struct {
	Key      string `json:"key"`                // as given, or the import path and name of the command or tool
	Requests []Rate `json:"requests,omitempty"` // the shortest time first, as in Tokens
	Burst    int64  `json:"burst,omitempty"`
	Tokens   []Rate `json:"tokens,omitempty"`
}

// Rate is so many per second, minute, hour or day.
type Rate struct {
	N   int64  `json:"n"`
	Per string `json:"per"` // second, minute, hour or day
}

// Breaker is a breaker directive. Fields that it leaves alone are empty.
type Breaker struct {
	Failures int    `json:"failures,omitempty"`
	Window   string `json:"window,omitempty"`   // a duration
	Cooldown string `json:"cooldown,omitempty"` // a duration
}

// Hedge is a hedge directive.
type Hedge struct {
	After string `json:"after"`         // a duration
	Max   int    `json:"max,omitempty"` // 0 when it is left alone
}

// Budget is a budget directive. Fields that it leaves alone are empty.
type Budget struct {
	USD    float64 `json:"usd,omitempty"`
	Tokens int     `json:"tokens,omitempty"`
	Per    string  `json:"per,omitempty"` // a duration; empty: each call has the whole budget
	Key    string  `json:"key,omitempty"` // with Per: as given, or the import path and name of the command
}

// Approve is an approve directive.
type Approve struct {
	Timeout string `json:"timeout,omitempty"` // a duration
	Accept  bool   `json:"accept,omitempty"`  // when nobody decides in time
}

// Degrade is the function of a degrade directive, resolved: it takes the command's parameters and an error, and returns the
// command's result, if there is one, and an error.
type Degrade struct {
	Name    string `json:"name"` // as written
	Level   string `json:"level"`
	Func    Go     `json:"func"`
	OnRecv  bool   `json:"on_recv,omitempty"` // Func is a method of the receiver
	Context bool   `json:"context,omitempty"` // its first parameter is a context.Context
}

// Worst is the most that a call of a command can take, as far as its directives and the built-in defaults say.
type Worst struct {
	Requests  int    `json:"requests"`            // 0: there is no bound
	Models    int    `json:"models"`              // the model and its fallbacks
	Attempts  int    `json:"attempts"`            // of each model
	Rounds    int    `json:"rounds,omitempty"`    // of tools
	FollowUps int    `json:"followups,omitempty"` // of a rejected answer, not counted as attempts
	Last      int    `json:"last,omitempty"`      // requests of finalize
	AtOnce    int    `json:"at_once,omitempty"`   // requests of a hedge, the first included; 0 without one
	Time      string `json:"time"`                // a duration; that of Degrade comes on top
	// OutputUSD is what the output of all requests costs at list prices; 0 if it is not known, or costs nothing.
	OutputUSD float64 `json:"output_usd,omitempty"`
	Budget    *Budget `json:"budget,omitempty"` // nil without one
}
