package alloy

import (
	"context"
	"time"
)

// Tool is a function that a model may call. Generated code makes one for each function with the directive tool; one made by
// hand needs Name, Input and Run.
type Tool struct {
	Name        string  // unique among the tools of a call; letters, digits, underscore and hyphen
	Description string  // for the model
	Input       *Schema // of an object with one property per parameter

	// Run runs the tool. input is JSON that fits Input. A string goes to the model as it is, any other result as JSON. The
	// error goes to the model as well (see ToolError), unless it is made by Stop. A panic is recovered and becomes an error.
	// Run must end when ctx does: a tool that goes on is left behind, and its result discarded.
	Run func(ctx context.Context, input []byte) (any, error)

	Timeout time.Duration // of all attempts together; 0 means that of the call's settings, 30 s unless changed
	Retry   Retry         // zero: one attempt
	RetryOn []Condition   // zero: any error but a contract's
	Redact  []string      // properties of the input whose values stay out of errors, events and reports
}
