package ollama

import (
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// classify sorts what the server says of a failed request. It has a status, and words: {"error": "text"}.
func classify(f wire.Fault) provider.Class {
	says := func(words string) bool { return strings.Contains(f.Message, words) }
	switch {
	case says("exceeds the context length"), says("exceed_context_size"), says("exceeds maximum context length"):
		return provider.ContextWindow
	case says("usage limit"): // of a plan of ollama.com
		return provider.Quota
	case says("loading model"), says("server busy"):
		return provider.Overloaded
	case says("invalid JSON schema in format"), says("invalid format"), says("requires more system memory"),
		says("does not support"):
		return provider.Invalid // with status 500, some of them
	case f.Status == 499: // the request was canceled on the other side
		return provider.Server
	case f.Status == 0: // in a stream, or beside HTTP 200
		return provider.Server
	}
	return provider.StatusClass(f.Status)
}
