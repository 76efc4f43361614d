package ollama

import (
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// Models of Ollama's library that lack something, by their names without the tag, as of 2026 (https://ollama.com/search). Of
// any other name nothing is known here, and the server says what the model cannot do.
var (
	withoutTools = []string{"bakllava", "codegemma", "codellama", "deepseek-coder", "gemma", "gemma2", "gemma3", "llama2",
		"llama2-uncensored", "llama3", "llama3.2-vision", "llava", "minicpm-v", "moondream", "orca-mini", "phi", "phi3", "phi4",
		"starcoder", "starcoder2", "tinyllama", "vicuna"}
	withoutImages = []string{"codegemma", "codellama", "command-r", "deepseek-coder", "deepseek-r1", "deepseek-v3", "deepseek-v3.1",
		"gemma", "gemma2", "gpt-oss", "llama2", "llama2-uncensored", "llama3", "llama3.1", "llama3.2", "llama3.3", "mistral",
		"mistral-nemo", "mixtral", "orca-mini", "phi", "phi3", "phi4", "phi4-mini", "qwen2", "qwen2.5", "qwen2.5-coder", "qwen3",
		"qwen3-coder", "qwq", "smollm2", "starcoder", "starcoder2", "tinyllama", "vicuna"}
	withoutThoughts = []string{"bakllava", "codegemma", "codellama", "command-r", "deepseek-coder", "deepseek-v3", "gemma", "gemma2", "gemma3",
		"gemma3n", "llama2", "llama2-uncensored", "llama3", "llama3.1", "llama3.2", "llama3.2-vision", "llama3.3", "llama4", "llava", "minicpm-v",
		"mistral", "mistral-nemo", "mistral-small", "mixtral", "moondream", "orca-mini", "phi", "phi3", "phi4", "phi4-mini", "qwen2", "qwen2.5",
		"qwen2.5-coder", "qwen2.5vl", "qwen3-coder", "smollm2", "starcoder", "starcoder2", "tinyllama", "vicuna"}
)

// family is the name of a model of the library without its tag; empty for one from elsewhere.
func family(model string) string {
	model, _, _ = strings.Cut(strings.TrimPrefix(model, "library/"), ":")
	if strings.Contains(model, "/") {
		return ""
	}
	return strings.ToLower(model)
}

func capabilities(model string) provider.Capabilities {
	family := family(model)
	return provider.Capabilities{
		Tools:       !slices.Contains(withoutTools, family),
		Schema:      true,
		Images:      !slices.Contains(withoutImages, family),
		Stream:      true,
		Temperature: true,
	}
}

// hasLevels says whether a model is told how much to think, and not only whether.
func hasLevels(model string) bool { return strings.Contains(strings.ToLower(model), "gpt-oss") }
