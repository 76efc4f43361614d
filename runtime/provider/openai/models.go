package openai

import (
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// Models that lack something, as wire.Among has them. The lists are of OpenAI's own models: any other name, a compatible server's
// above all, is taken to have everything.
var (
	withoutSchemas = slices.Concat([]string{"gpt-3.5", "gpt-4$", "gpt-4-", "gpt-4o-2024-05-13", "o1-mini", "o1-preview"},
		withAudio)
	withoutTools  = []string{"o1-mini", "o1-preview"}
	withoutImages = slices.Concat([]string{"gpt-3.5", "gpt-4$", "gpt-4-0", "gpt-4-1", "gpt-4-32k", "gpt-oss",
		"o1-mini", "o1-preview", "o3-mini"}, withAudio)
	withoutDocuments = slices.Concat([]string{"gpt-4-"}, withoutImages) // PDF takes a model that sees, from GPT-4o on
	withoutStreams   = []string{"o1-pro", "gpt-5-pro"}
	withoutEffort    = []string{"gpt-3.5", "gpt-4", "gpt-5-chat", "gpt-audio", "chatgpt-"}

	// Words for the effort that a model does not know, although others do. See
	// https://developers.openai.com/api/docs/guides/reasoning.
	withoutWord = map[string][]string{
		"none":    {"o1", "o3", "o4", "gpt-5$", "gpt-5-"},
		"minimal": {"o1", "o3", "o4", "gpt-5."},
		"xhigh":   {"o1", "o3", "o4", "gpt-5$", "gpt-5-", "gpt-5.1$", "gpt-5.1-20", "gpt-5.1-codex$", "gpt-5.1-codex-mini"},
		"max":     {"o1", "o3", "o4", "gpt-5$", "gpt-5-", "gpt-5.1", "gpt-5.2", "gpt-5.3", "gpt-5.4", "gpt-5.5"},
	}

	// What OpenAI's own models have that most of them lack. Recordings go through Chat Completions alone, and so do the
	// models that search.
	withAudio = []string{"gpt-audio", "gpt-4o-audio", "gpt-4o-mini-audio"}
	chatAlone = slices.Concat([]string{"gpt-4o-search", "gpt-4o-mini-search", "gpt-5-search", "o1-mini", "o1-preview"}, withAudio)

	// OpenAI's own, beside those that reason.
	owned = []string{"gpt-3.5", "gpt-4", "gpt-audio", "gpt-oss", "chatgpt-", "codex-", "computer-use-"}
)

// Capabilities says what a model can do, by its name: what is known of OpenAI's own models, through a gateway too
// ("openai/gpt-5"), and everything for any other name.
func Capabilities(model string) provider.Capabilities {
	model = vendors(model)
	schema, tools := !wire.Among(withoutSchemas, model), !wire.Among(withoutTools, model)
	return provider.Capabilities{
		Tools:           tools,
		Schema:          schema,
		SchemaWithTools: schema && tools,
		Images:          !wire.Among(withoutImages, model),
		Documents:       !wire.Among(withoutDocuments, model),
		Audio:           wire.Among(withAudio, model) || !isOwn(model),
		Stream:          !wire.Among(withoutStreams, model),
		Temperature:     !reasons(model),
	}
}

// vendors is the name of a model without what a gateway, or the vendor's tuning, puts before it.
func vendors(model string) string {
	return strings.TrimPrefix(model[strings.LastIndexByte(model, '/')+1:], "ft:")
}

// isOwn says whether a model of that name is one of OpenAI's.
func isOwn(model string) bool {
	model = vendors(model)
	return wire.Among(owned, model) || newest(model) != 0
}

// reasons says whether a model of that name is a reasoning model.
func reasons(model string) bool {
	model = vendors(model)
	return newest(model) != 0 && !strings.Contains(model, "-chat")
}

// newest is the generation of OpenAI's models since they reason: the digit of o1, o3 … and of gpt-5, gpt-5.1, gpt-6 …; 0 for
// every other name.
func newest(model string) byte {
	if len(model) > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9' {
		return model[1]
	}
	version, ok := strings.CutPrefix(model, "gpt-")
	if ok && version != "" && version[0] >= '5' && version[0] <= '9' {
		return version[0]
	}
	return 0
}
