package wire

import (
	"fmt"
	"slices"
	"strings"
)

// Among says whether a table of models has that one: by the beginning of its name, or by all of it where the entry ends in $.
func Among(table []string, model string) bool {
	marked := model + "$"
	return slices.ContainsFunc(table, func(entry string) bool { return strings.HasPrefix(marked, entry) })
}

// LeftOut is the warning of a setting that a model, or an API, does not take.
func LeftOut(who, setting string, value any) string {
	return fmt.Sprintf("%s takes no %s: %v was left out", who, setting, value)
}
