// Package tags has files with build constraints.
package tags

import "github.com/alloygen/alloygen/runtime"

// Everywhere is in every build.
//
//alloy:command name=Always
func everywhere(text string) alloy.Prompt[int] { return alloy.Promptf[int]("%s", text) }
