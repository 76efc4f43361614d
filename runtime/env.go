package alloy

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// variables are the environment variables that set options, each with its reader. A later one wins over an earlier one for
// the same setting.
var variables = [...]struct {
	name string
	read func(value string) (Option, error)
}{
	{"ALLOY_MODEL", readModel},
	{"ALLOY_TEMPERATURE", readTemperature},
	{"ALLOY_MAX_TOKENS", readMaxTokens},
	{"ALLOY_SYSTEM", func(v string) (Option, error) { return WithSystem(v), nil }},
	{"ALLOY_DEFAULT_SYSTEM", func(v string) (Option, error) { return WithSystem(v), nil }},
	{"ALLOY_RETRY", readRetry},
	{"ALLOY_MAX_TOOL_TURNS", readInt(WithMaxToolTurns)},
	{"ALLOY_PARALLEL_TOOLS_MAX", readInt(WithParallelTools)},
	{"ALLOY_AUTO_FINALIZE_MISSING_OUTPUT", readAutoFinalize},
	{"ALLOY_EXTRA_JSON", readExtra},
	{"ALLOY_BACKEND", readBackend},
}

// environment is what the variables said when they were last read.
type environment struct {
	raw     [len(variables)]string
	options []Option
	err     *ConfigurationError
}

var lastEnvironment atomic.Pointer[environment]

// readEnvironment returns the options of the environment. The variables are looked at each time, and parsed when one has changed.
func readEnvironment() *environment {
	var raw [len(variables)]string
	for i := range variables {
		raw[i] = os.Getenv(variables[i].name)
	}
	if last := lastEnvironment.Load(); last != nil && last.raw == raw {
		return last
	}
	env := parseEnvironment(raw)
	lastEnvironment.Store(env)
	return env
}

func parseEnvironment(raw [len(variables)]string) *environment {
	env := &environment{raw: raw}
	for i, v := range variables {
		if raw[i] == "" {
			continue
		}
		o, err := v.read(raw[i])
		if err != nil {
			env.err = &ConfigurationError{
				Setting: v.name,
				Message: fmt.Sprintf("the environment variable %s is %q: %v", v.name, shorten(raw[i], snippetLength), err),
				Err:     err,
			}
			return env
		}
		env.options = append(env.options, o)
	}
	return env
}

// readModel remembers where the name comes from, for the error if nobody knows it.
func readModel(v string) (Option, error) {
	return option(func(s *settings) {
		WithModel(strings.TrimSpace(v)).apply(s)
		s.modelFrom = "ALLOY_MODEL"
	}), nil
}

func readTemperature(v string) (Option, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f < 0 {
		return nil, fmt.Errorf("want a number of at least 0")
	}
	return WithTemperature(f), nil
}

func readMaxTokens(v string) (Option, error) {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 0 {
		return nil, fmt.Errorf("want a whole number of at least 0")
	}
	return WithMaxTokens(n), nil
}

// readRetry leaves the waits alone: the variable only says how often.
func readRetry(v string) (Option, error) {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < 0 {
		return nil, fmt.Errorf("want a whole number of at least 0")
	}
	return option(func(s *settings) { s.retry.Attempts = n }), nil
}

func readInt(with func(int) Option) func(string) (Option, error) {
	return func(v string) (Option, error) {
		n, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			return nil, fmt.Errorf("want a whole number")
		}
		return with(n), nil
	}
}

func readAutoFinalize(v string) (Option, error) {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "1", "true", "yes", "y", "on":
		return WithAutoFinalize(true), nil
	case "0", "false", "no", "n", "off":
		return WithAutoFinalize(false), nil
	}
	return nil, fmt.Errorf("want one of 1, true, yes, y, on, 0, false, no, n, off")
}

func readExtra(v string) (Option, error) {
	var extra map[string]any
	if err := json.Unmarshal([]byte(v), &extra); err != nil || extra == nil {
		return nil, fmt.Errorf("want a JSON object")
	}
	return WithExtras(extra), nil
}

func readBackend(v string) (Option, error) {
	if name := strings.ToLower(strings.TrimSpace(v)); name != offline {
		return nil, fmt.Errorf("want %s, which answers every command without a network", offline)
	}
	return option(func(s *settings) { s.backend = offline; s.routed++ }), nil
}

// offline is the provider that every program has.
const offline = "offline"
