package alloy

import (
	"fmt"
	"strings"
)

// failed is the error of a call that ended with f.
func (c *call) failed(f *failure) error {
	if f.config != nil {
		return c.cmd.configurationError(f.config)
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
	if f.limit == nil {
		return &e
	}
	limit := *f.limit
	limit.failed = e
	limit.failed.Err = c.secrets.hideError(f.last)
	return &limit
}

// summary says what happened: with one model its last failure, with several the last of each.
func (c *call) summary(f *failure) string {
	var b strings.Builder
	b.WriteString(c.models())
	if n := len(c.attempts); n > 0 {
		fmt.Fprintf(&b, " failed after %s: ", counted(n, "attempt"))
	} else {
		b.WriteString(": ")
	}
	if c.at == 0 {
		b.WriteString(string(f.kind) + ": " + f.message + hint(f))
	} else {
		c.writeLastOfEach(&b, f)
	}
	return c.secrets.hide(b.String())
}

// models names the models that were tried.
func (c *call) models() string {
	if c.at == 0 {
		return c.target.model
	}
	return "every model"
}

func (c *call) writeLastOfEach(b *strings.Builder, f *failure) {
	for i, a := range c.attempts {
		if i+1 < len(c.attempts) && c.attempts[i+1].Model == a.Model {
			continue
		}
		fmt.Fprintf(b, "%s: %s: %s; ", a.Model, a.Kind, a.Message)
	}
	text := strings.TrimSuffix(b.String(), "; ")
	b.Reset()
	b.WriteString(text)
	if f.ended && !f.sent {
		b.WriteString("; " + f.message)
	}
	b.WriteString(hint(f))
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
	case KindRateLimit, KindOverloaded:
		if f.retryAfter > 0 {
			return fmt.Sprintf(" (the server asks to wait %v)", f.retryAfter)
		}
	}
	return ""
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
