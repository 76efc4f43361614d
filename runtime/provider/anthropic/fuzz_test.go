package anthropic_test

import (
	"testing"

	"github.com/alloygen/alloygen/runtime/provider/anthropic"
	"github.com/alloygen/alloygen/runtime/provider/internal/providertest"
)

// X20 X21
func FuzzReply(f *testing.F) {
	f.Setenv("ANTHROPIC_BASE_URL", "http://nowhere")
	providertest.FuzzReply(f, anthropic.New, "claude-3-7-sonnet-latest", endTurn,
		message(`[`+thinking+`,{"type":"tool_use","id":"call_1_2","name":"answer","input":{}},{"type":"tool_use","id":"","name":"f"}]`, "tool_use"),
		`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`,
		streamOf(started, block(0, thinking), block(0, `{"type":"tool_use","id":"t","name":"f","input":{}}`), jsonDelta(0, `{"a"`), jsonDelta(1, "x"), ended("tool_use"), stopped))
}
