package model

// StreamTimeout is a stream_timeout directive. Fields that it leaves alone are empty.
type StreamTimeout struct {
	First string `json:"first,omitempty"` // a duration
	Idle  string `json:"idle,omitempty"`  // a duration
}

// HTTP is an http directive, with the parameters of the command as one JSON object.
type HTTP struct {
	Method     string  `json:"method"`
	Path       string  `json:"path"`
	Heartbeat  string  `json:"heartbeat,omitempty"` // a duration; "none" for none; empty when it is left alone
	Summary    string  `json:"summary,omitempty"`   // the first sentence of the doc comment, with the generated function's name
	Input      *Schema `json:"input,omitempty"`     // nil for a command without parameters
	InputCodec string  `json:"input_codec,omitempty"`
}
