package alloy

import (
	"errors"
	"fmt"
	"strings"
)

// failed is the error of a call that ended with f.
func (c *call) failed(f *failure) error {
	if f.config != nil {
		return c.misconfigured(f.config)
	}
	e := CommandError{
		Command:  c.cmd.name,
		Model:    c.target.model,
		Kind:     f.kind,
		Message:  c.summary(f),
		Output:   shorten(c.secrets.hide(f.output), snippetLength),
		Attempts: c.attempts,
		Err:      c.secrets.hideError(f.err),
	}
	if f.last != nil {
		e.Message += c.secrets.hide("; so did the last request: " + f.last.Error())
		e.Err = because(e.Message, e.Err, c.secrets.hideError(f.last))
	}
	if f.degraded != nil {
		e.Message += c.secrets.hide("; so did its degrade function: " + f.degraded.Error())
		e.Err = because(e.Message, e.Err, c.secrets.hideError(f.degraded))
	}
	if f.limit == nil {
		return &e
	}
	limit := *f.limit
	limit.failed = e
	limit.failed.Err = c.secrets.hideError(errors.Join(f.last, f.degraded))
	return &limit
}

// misconfigured is err, with what led to it when it is the mistake of a fallback model.
func (c *call) misconfigured(err *ConfigurationError) error {
	if c.secrets.any() && c.secrets.showsIn(err) {
		shown := *err
		c.secrets.hideConfiguration(&shown)
		err = &shown
	}
	n := len(c.attempts)
	if n == 0 || c.attempts[n-1].Model == c.target.model {
		return c.cmd.configurationError(err)
	}
	why := *err
	why.Message += fmt.Sprintf(" (%s was asked because %s failed: %s: %s)", c.target.model, c.attempts[n-1].Model, c.attempts[n-1].Kind, c.attempts[n-1].Message)
	return c.cmd.configurationError(&why)
}

// summary says what happened: with one model its last failure, with several the last of each.
func (c *call) summary(f *failure) string {
	var b strings.Builder
	models := c.modelsTried()
	if len(models) > 1 {
		b.WriteString(counted(len(models), "model"))
	} else {
		b.WriteString(models[0].Model)
	}
	if n := c.made(); n > 0 {
		fmt.Fprintf(&b, " failed after %s: ", counted(n, "attempt"))
	} else {
		b.WriteString(": ")
	}
	if len(models) > 1 {
		for _, last := range models[:len(models)-1] {
			fmt.Fprintf(&b, "%s: %s: %s; ", last.Model, last.Kind, last.Message)
		}
		b.WriteString(c.target.model + ": ")
	}
	b.WriteString(string(f.kind) + ": " + f.message + hint(f))
	if cut, ok := f.err.(*StreamInterrupted); ok { // why nothing was tried again
		fmt.Fprintf(&b, " (after %s of the answer had been delivered)", counted(cut.Delivered, "byte"))
	}
	return c.secrets.hide(b.String())
}

// made is how many attempts there were, not counting requests that were not sent.
func (c *call) made() (n int) {
	for i := range c.attempts {
		if !c.attempts[i].Refused {
			n++
		}
	}
	return n
}

// modelsTried are the last attempts of each model; that of the current model comes last.
func (c *call) modelsTried() []Attempt {
	var last []Attempt
	for i, a := range c.attempts {
		if i+1 == len(c.attempts) || c.attempts[i+1].Model != a.Model {
			last = append(last, a)
		}
	}
	if n := len(last); n == 0 || last[n-1].Model != c.target.model {
		last = append(last, Attempt{Model: c.target.model}) // its turn came when the call ended
	}
	return last
}

// hint says what to do about a failure that repeating does not cure.
func hint(f *failure) string {
	switch f.kind {
	case KindTruncated:
		return " (raise max_tokens)"
	case KindContextWindow:
		return " (send less, or choose a model with a larger window)"
	case KindQuota:
		return " (see to the account's billing)"
	}
	if f.retryAfter > 0 && !f.local {
		return fmt.Sprintf(" (the server asks to wait %v)", f.retryAfter)
	}
	return ""
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
