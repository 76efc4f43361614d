package generator

import (
	"bytes"

	"github.com/rogpeppe/go-internal/diff"
)

// Diff returns the change as a unified diff that patch(1) and git understand. name is the file's path in it.
func (c Change) Diff(name string) string {
	from, to := "a/"+name, "b/"+name
	if c.Old == nil {
		from = "/dev/null"
	}
	if c.New == nil {
		to = "/dev/null"
	}
	text := diff.Diff(from, c.Old, to, c.New)
	_, text, _ = bytes.Cut(text, []byte("\n")) // "diff a b", which neither needs
	return string(text)
}
