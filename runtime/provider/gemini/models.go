package gemini

import (
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/provider/internal/wire"
)

// Models by the beginning of their names, as of November 2026. Any other name, an alias like gemini-flash-latest above all, is
// taken for one of the newest.
var (
	withoutSchemaWithTools = []string{"gemini-1", "gemini-2"}
	withoutSignatures      = withoutSchemaWithTools // those that do not insist on the signatures of their thoughts

	withTemperature    = []string{"gemini-1", "gemini-2", "gemini-3-", "gemini-3.1-", "gemini-3.5-flash"}
	withoutTemperature = []string{"gemini-3.5-flash-lite"}

	withoutThoughts = []string{"gemini-1", "gemini-2.0"}
	withBudget      = []string{"gemini-2.5"}
	withMinimal     = []string{"gemini-3-flash", "gemini-3.1-flash-lite", "gemini-3.5-flash", "gemini-3.6-flash"}
	withoutMedium   = []string{"gemini-3-pro"}
)

// vendors is the name of a model without the collection that may stand before it.
func vendors(model string) string { return strings.TrimPrefix(model, "models/") }

func capabilities(model string) provider.Capabilities {
	model = vendors(model)
	speaks, draws := strings.Contains(model, "-tts"), strings.Contains(model, "-image")
	older := wire.Among(withoutSchemaWithTools, model)
	schema, tools := !speaks && !(draws && older), !speaks && !draws
	return provider.Capabilities{
		Tools:           tools,
		Schema:          schema,
		SchemaWithTools: schema && tools && !older,
		Images:          !speaks,
		Documents:       !speaks,
		Audio:           !speaks && !draws,
		Stream:          true,
		Temperature:     samples(model),
	}
}

// samples says whether a model heeds a temperature and top_p. A name that is not Google's is given the benefit of the doubt.
func samples(model string) bool {
	model = vendors(model)
	return !strings.HasPrefix(model, "gemini-") || wire.Among(withTemperature, model) && !wire.Among(withoutTemperature, model)
}

// thinking is an effort in the words of a model; neither when the model does not know it.
func thinking(model, effort string) (level string, budget int, known bool) {
	model, effort = vendors(model), strings.ToUpper(effort)
	switch {
	case wire.Among(withoutThoughts, model):
		return "", 0, false
	case wire.Among(withBudget, model):
		switch effort {
		case "NONE":
			return "", 0, !strings.HasPrefix(model, "gemini-2.5-pro") // which always thinks
		case "MINIMAL", "LOW":
			return "", 1024, true
		case "MEDIUM":
			return "", 8192, true
		case "HIGH":
			return "", 24576, true
		}
		return "", 0, false
	}
	switch effort {
	case "LOW", "HIGH":
		return effort, 0, true
	case "MEDIUM":
		return effort, 0, !wire.Among(withoutMedium, model)
	case "MINIMAL":
		return effort, 0, wire.Among(withMinimal, model)
	}
	return "", 0, false
}
