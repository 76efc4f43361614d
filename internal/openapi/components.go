package openapi

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	componentsAt = "#/components/schemas/"
	defsAt       = "#/$defs/"
)

// unnamed is what the generator calls the schema of an answer whose type has no name.
const unnamed = "answer"

// components are what a document has by name.
type components struct {
	schemas    *object
	texts      map[string]string // of schemas, before their references were changed, with those of all that they may refer to
	operations map[string]bool   // the operationIds
}

// schema is s as it stands in the document, with its definitions moved there. A root with a name is moved too, unless one of the
// definitions has it for something else.
func (c *components) schema(s Schema) (*object, error) {
	switch {
	case s.Err != nil:
		return nil, s.Err
	case s.JSON == "":
		return nil, errors.New("there is no schema")
	}
	root, err := parse(s.JSON)
	if err != nil {
		return nil, err
	}
	defs := root.object("$defs")
	if defs == nil {
		defs = &object{}
	}
	root.remove("$defs")
	root.remove("$schema")
	for _, name := range s.Unknown {
		defs.set(name, of("description", "Known only when the program runs."))
	}
	moved := false
	if s.Name != "" && s.Name != unnamed && root.get("$ref") == nil {
		switch same := defs.get(s.Name); {
		case same == nil:
			defs.set(s.Name, root)
			moved = true
		default:
			moved = text(same) == text(root)
		}
	}
	names := c.names(defs)
	for _, m := range defs.sorted().members {
		if c.schemas.get(names[m.key]) == nil {
			if err := rename(m.value, names); err != nil {
				return nil, err
			}
			c.schemas.set(names[m.key], m.value)
		}
	}
	if moved {
		return ref(names[s.Name]), nil
	}
	return root, rename(root, names)
}

// names chooses the names that definitions have in the document: their own, unless that means something else there. They may refer
// to each other, so that two sets of definitions are the same only as a whole.
func (c *components) names(defs *object) map[string]string {
	names := map[string]string{}
	for _, m := range defs.sorted().members {
		own := closure(defs, m.key)
		name := numbered(componentName(m.key), func(candidate string) bool {
			known, ok := c.texts[candidate]
			return ok && known == own || !ok && c.schemas.get(candidate) == nil
		})
		names[m.key], c.texts[name] = name, own
	}
	return names
}

// operationID is the name of a command as an operation: its own, unless another has it. Clients are generated from them.
func (c *components) operationID(command string) string {
	id := numbered(strings.ReplaceAll(command, ".", "_"), func(candidate string) bool { return !c.operations[candidate] })
	c.operations[id] = true
	return id
}

// numbered is the first of name, name_2, name_3 and so on that will do.
func numbered(name string, willDo func(candidate string) bool) string {
	candidate := name
	for n := 2; !willDo(candidate); n++ {
		candidate = name + "_" + strconv.Itoa(n)
	}
	return candidate
}

// closure is the text of a definition and of all that it refers to.
func closure(defs *object, name string) string {
	seen := of(name, defs.get(name))
	var visit func(name string)
	visit = func(name string) {
		references(defs.get(name), func(target string) string {
			if inner, ok := defName(target); ok && defs.get(inner) != nil && seen.get(inner) == nil {
				seen.set(inner, defs.get(inner))
				visit(inner)
			}
			return target
		})
	}
	visit(name)
	return name + text(seen.sorted())
}

// defName is the definition that a reference leads to.
func defName(target string) (string, bool) {
	name, ok := strings.CutPrefix(target, defsAt)
	return unescape.Replace(name), ok
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// rename points the references of a schema to where its definitions are now.
func rename(schema any, names map[string]string) error {
	var lost error
	references(schema, func(target string) string {
		if name, ok := defName(target); ok && names[name] != "" {
			return componentsAt + names[name]
		}
		lost = fmt.Errorf("the reference %q leads out of its $defs", target)
		return target
	})
	return lost
}

// references replaces each $ref in a schema, but not inside of one with an $id, whose references are its own.
func references(schema any, replace func(target string) string) {
	o, _ := schema.(*object)
	if o == nil {
		return
	}
	if _, own := o.get("$id").(string); own {
		return
	}
	for i, m := range o.members {
		switch inner := m.value.(type) {
		case string:
			if m.key == "$ref" {
				o.members[i].value = replace(inner)
			}
		case []any:
			if !slices.Contains(plainKeywords, m.key) {
				for _, branch := range inner {
					references(branch, replace)
				}
			}
		case *object:
			switch {
			case slices.Contains(namedKeywords, m.key):
				for _, named := range inner.members {
					references(named.value, replace)
				}
			case !slices.Contains(plainKeywords, m.key):
				references(inner, replace)
			}
		}
	}
}

// plainKeywords hold values, and namedKeywords schemas by name.
var (
	plainKeywords = []string{"const", "enum", "default", "examples"}
	namedKeywords = []string{"properties", "patternProperties", "dependentSchemas", "$defs"}
)

// componentName is a name that OpenAPI allows: letters, digits, dots, hyphens and underscores.
func componentName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

func ref(name string) *object { return of("$ref", componentsAt+name) }
