package directive

import "time"

// StreamTimeout is a stream_timeout directive. At least one of its fields is there.
type StreamTimeout struct {
	First *Value[time.Duration]
	Idle  *Value[time.Duration]
}

func checkStreamTimeout(r *reader, v *StreamTimeout) {
	if v.First == nil && v.Idle == nil {
		r.missing()
	}
}
