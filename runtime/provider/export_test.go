package provider

import (
	"maps"
	"testing"
)

// KeepRegistry undoes what a test registers when it ends.
func KeepRegistry(t *testing.T) {
	registry.Lock()
	defer registry.Unlock()
	byName, routes, find := maps.Clone(registry.byName), registry.routes, fallback
	t.Cleanup(func() {
		registry.Lock()
		defer registry.Unlock()
		registry.byName, registry.routes, fallback = byName, routes, find
	})
}

// DropFallback unlinks the fallback until the test ends.
func DropFallback(t *testing.T) {
	KeepRegistry(t)
	registry.Lock()
	defer registry.Unlock()
	fallback = nil
}
