//go:build never

package tags

import "github.com/alloygen/alloygen/runtime"

//alloy:command
func left(text string) alloy.Prompt[int] { return alloy.Promptf[int]("%s", text) }
