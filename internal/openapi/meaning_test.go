package openapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A schema means in the document what it meant before: with its references followed, it is the same text.
func TestMeaningStays(t *testing.T) {
	name := rapid.SampledFrom([]string{"A", "B", "C", "Problem"})
	schema := rapid.Custom(func(t *rapid.T) *object {
		o := of("title", rapid.SampledFrom([]string{"x", "y"}).Draw(t, "title"))
		properties := &object{}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "$ref"}), 0, 2, rapid.ID[string]).Draw(t, "keys") {
			properties.set(key, of("$ref", defsAt+name.Draw(t, "ref")))
		}
		o.set("properties", properties)
		return o
	})
	rapid.Check(t, func(t *rapid.T) {
		var routes []Route
		var wants []string
		for i := range rapid.IntRange(1, 4).Draw(t, "routes") {
			root, defs := schema.Draw(t, "root"), &object{}
			for _, n := range []string{"A", "B", "C", "Problem"} {
				defs.set(n, schema.Draw(t, n))
			}
			wants = append(wants, expanded(root, defs, defsAt, 4))
			root.set("$defs", defs)
			routes = append(routes, Route{
				Command: "C", Method: "POST", Path: fmt.Sprint("/", i),
				Output: Schema{Name: rapid.SampledFrom([]string{"", "A", "D"}).Draw(t, "name"), JSON: text(root)},
			})
		}
		written, err := Document(Info{Title: "t", Version: "1"}, routes)
		require.NoError(t, err)
		doc, err := parse(string(written))
		require.NoError(t, err)
		schemas := doc.object("components").object("schemas")
		for i, want := range wants {
			answer := doc.object("paths").object(fmt.Sprint("/", i)).object("post").object("responses").object("200").object("content").object(typeJSON).object("schema")
			if ref, moved := answer.get("$ref").(string); moved {
				answer = schemas.object(ref[len(componentsAt):])
			}
			require.Equal(t, want, expanded(answer, schemas, componentsAt, 4))
		}
	})
}

// expanded is a schema with its references followed that deep.
func expanded(v any, defs *object, prefix string, depth int) string {
	o, ok := v.(*object)
	if !ok {
		return text(v)
	}
	if target, ok := o.get("$ref").(string); ok {
		if depth == 0 {
			return "…"
		}
		return expanded(defs.get(target[len(prefix):]), defs, prefix, depth-1)
	}
	out := ""
	for _, m := range o.members {
		out += m.key + ":" + expanded(m.value, defs, prefix, depth) + ";"
	}
	return out
}
