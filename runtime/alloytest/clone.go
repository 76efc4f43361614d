package alloytest

import (
	"maps"
	"slices"

	"github.com/alloygen/alloygen/runtime/provider"
)

// clone copies a request, so that nobody who holds one sees another's changes. Schemas are shared: they never change.
func clone(r *provider.Request) *provider.Request {
	c := *r
	c.Messages = slices.Clone(r.Messages)
	for i := range c.Messages {
		c.Messages[i].Parts = slices.Clone(c.Messages[i].Parts)
		for j := range c.Messages[i].Parts {
			clonePart(&c.Messages[i].Parts[j])
		}
	}
	c.Tools, c.ClosedTools = slices.Clone(r.Tools), slices.Clone(r.ClosedTools)
	c.Settings.Temperature = clonePointer(r.Settings.Temperature)
	c.Settings.TopP = clonePointer(r.Settings.TopP)
	c.Settings.Seed = clonePointer(r.Settings.Seed)
	c.Settings.Stop = slices.Clone(r.Settings.Stop)
	if r.Extra != nil {
		c.Extra = cloneValue(r.Extra).(map[string]any)
	}
	return &c
}

func clonePart(p *provider.Part) {
	if p.Image = clonePointer(p.Image); p.Image != nil {
		p.Image.Data = slices.Clone(p.Image.Data)
	}
	p.ToolCall = clonePointer(p.ToolCall)
	p.ToolResult = clonePointer(p.ToolResult)
	if p.Vendor = clonePointer(p.Vendor); p.Vendor != nil {
		p.Vendor.Data = slices.Clone(p.Vendor.Data)
	}
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// cloneValue copies the maps and slices that decoding JSON gives.
func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		for k, e := range c {
			c[k] = cloneValue(e)
		}
		return c
	case []any:
		c := slices.Clone(v)
		for i, e := range c {
			c[i] = cloneValue(e)
		}
		return c
	}
	return v
}
