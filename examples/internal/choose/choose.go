// Package choose picks the model of the examples. A program of your own names its model in a directive or in ALLOY_MODEL.
package choose

import (
	"os"

	_ "github.com/alloygen/alloygen/runtime/provider/anthropic"
	_ "github.com/alloygen/alloygen/runtime/provider/openai"
)

// Model is what ALLOY_MODEL says, else a model of the vendor whose key is set, else the built-in one, which makes its
// answers up from the schema and needs no network. ALLOY_BACKEND=offline always means the last.
func Model() string {
	switch {
	case os.Getenv("ALLOY_BACKEND") == "offline":
		return "offline"
	case os.Getenv("ALLOY_MODEL") != "":
		return os.Getenv("ALLOY_MODEL")
	case os.Getenv("OPENAI_API_KEY") != "":
		return "gpt-5-mini"
	case os.Getenv("ANTHROPIC_API_KEY") != "":
		return "claude-haiku-4-5"
	}
	return "offline"
}
