package provider

import (
	"maps"
	"testing"
)

// KeepRegistry undoes what a test registers when it ends.
func KeepRegistry(t *testing.T) {
	registry.Lock()
	defer registry.Unlock()
	byName, routes := maps.Clone(registry.byName), registry.routes
	t.Cleanup(func() {
		registry.Lock()
		defer registry.Unlock()
		registry.byName, registry.routes = byName, routes
	})
}
