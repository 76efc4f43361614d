package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAmong(t *testing.T) {
	table := []string{"gpt-4$", "gpt-4-", "o1"}
	for model, want := range map[string]bool{"gpt-4": true, "gpt-4-turbo": true, "gpt-4o": false, "o1": true, "o1-mini": true, "": false, "o": false} {
		require.Equal(t, want, Among(table, model), model)
	}
}
