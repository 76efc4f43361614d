//go:build !never && (linux || !linux)

package tags

import (
	"time"

	"github.com/alloygen/alloygen/runtime"
)

//alloy:command
func constrained(text string) alloy.Prompt[time.Duration] {
	return alloy.Promptf[time.Duration]("%s", text)
}
