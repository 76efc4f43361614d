package anthropic

import (
	"slices"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// Models as wire.Among has them. Those without native structured output are older than the feature.
var (
	withoutSchemas = []string{"claude-2", "claude-3", "claude-instant", "claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2025",
		"claude-sonnet-4-0", "claude-sonnet-4-2025"}
	withoutImages    = []string{"claude-2", "claude-instant"}
	withoutDocuments = slices.Concat([]string{"claude-3-haiku", "claude-3-opus", "claude-3-sonnet"}, withoutImages)
	withTemperature  = []string{"claude-2", "claude-3", "claude-instant", "claude-haiku-4", "claude-sonnet-4", "claude-opus-4-0",
		"claude-opus-4-1", "claude-opus-4-2025", "claude-opus-4-5", "claude-opus-4-6"}

	// Those that take a temperature or top_p, and not both.
	withoutBoth = []string{"claude-haiku-4", "claude-sonnet-4-5", "claude-sonnet-4-6", "claude-opus-4-1", "claude-opus-4-5", "claude-opus-4-6"}

	// https://platform.claude.com/docs/en/build-with-claude/effort
	withoutEffort = slices.Concat([]string{"claude-sonnet-4-5", "claude-haiku-4-5"}, withoutSchemas)
	withoutMax    = slices.Concat([]string{"claude-opus-4-5"}, withoutEffort)
	withoutXhigh  = slices.Concat([]string{"claude-opus-4-6", "claude-sonnet-4-6", "claude-mythos-preview"}, withoutMax)

	// Those that can be made to call a tool: https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5. Of four families
	// the first model can, and those after it cannot.
	withForce = []string{"claude-2", "claude-3", "claude-instant", "claude-haiku-4", "claude-sonnet-4", "claude-opus-4", "claude-haiku-5",
		"claude-mythos-preview", "claude-opus-5$", "claude-opus-5-2026", "claude-sonnet-5$", "claude-sonnet-5-2026", "claude-fable-5$",
		"claude-fable-5-2026", "claude-mythos-5$", "claude-mythos-5-2026"}
)

func among(table []string, model string) bool { return wire.Among(table, vendors(model)) }

// vendors is Anthropic's own name of a model that a cloud calls otherwise: us.anthropic.claude-opus-4-5-20251101-v1:0, the ARN of
// such a profile, or claude-opus-4-5@20251101.
func vendors(model string) string {
	if _, after, ok := strings.Cut(model, "anthropic."); ok {
		model = after
	}
	return strings.ReplaceAll(model, "@", "-")
}

// isClaude says whether a name is Anthropic's. Any other is given the benefit of the doubt.
func isClaude(model string) bool { return strings.HasPrefix(vendors(model), "claude-") }

func capabilities(model string) provider.Capabilities {
	return provider.Capabilities{
		Tools:           true,
		Schema:          true,
		SchemaWithTools: true,
		Images:          !among(withoutImages, model),
		Documents:       !among(withoutDocuments, model),
		Stream:          true,
		Temperature:     samples(model),
	}
}

// samples says whether a model takes a temperature and top_p.
func samples(model string) bool { return !isClaude(model) || among(withTemperature, model) }

// effortOf is an effort in the word of a model; empty when the model does not know it.
func effortOf(model, effort string) string {
	effort = strings.ToLower(effort)
	without := withoutEffort
	switch {
	case !isClaude(model):
		return effort
	case effort == "xhigh":
		without = withoutXhigh
	case effort == "max":
		without = withoutMax
	case effort != "low" && effort != "medium" && effort != "high":
		return ""
	}
	if among(without, model) {
		return ""
	}
	return effort
}
