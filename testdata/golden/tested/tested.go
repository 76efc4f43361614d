// Package tested has commands in its test files only.
package tested

// Answer is what they give.
type Answer struct {
	Text string `json:"text"`
}
