package choose

import "testing"

func TestModel(t *testing.T) {
	variables := []string{"ALLOY_BACKEND", "ALLOY_MODEL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"}
	for _, tc := range []struct {
		set  map[string]string
		want string
	}{
		{nil, "offline"},
		{map[string]string{"ANTHROPIC_API_KEY": "k"}, "claude-haiku-4-5"},
		{map[string]string{"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}, "gpt-5-mini"},
		{map[string]string{"ALLOY_MODEL": "o3-mini", "OPENAI_API_KEY": "k"}, "o3-mini"},
		{map[string]string{"ALLOY_BACKEND": "offline", "ALLOY_MODEL": "o3-mini", "OPENAI_API_KEY": "k"}, "offline"},
	} {
		for _, name := range variables {
			t.Setenv(name, tc.set[name])
		}
		if got := Model(); got != tc.want {
			t.Errorf("with %v: got %s, want %s", tc.set, got, tc.want)
		}
	}
}
