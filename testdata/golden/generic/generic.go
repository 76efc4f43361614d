// Package generic has commands and tools on a generic type.
package generic

import (
	"context"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

// Store keeps values by key.
type Store[K comparable, V any] struct {
	values map[K]V
	*alloy.Client
}

// Choice is one of the keys.
type Choice struct {
	Key string `json:"key"`
}

// choose picks a key.
//
//alloy:command
//alloy:tools list
//alloy:require len(s.values) > 0 && default_ != nil, "nothing to choose from"
func (s *Store[K, V]) choose(about V, default_ *K) alloy.Prompt[Choice] {
	return alloy.Promptf[Choice]("%v %v", about, *default_)
}

// list lists the keys.
//
//alloy:tool
func (s *Store[K, _]) list(_ context.Context) (keys []string) {
	for k := range s.values {
		keys = append(keys, fmt.Sprint(k))
	}
	return keys
}
