package schema

import "go/types"

// durationPattern is what time.ParseDuration takes, without the micro sign.
const durationPattern = `^-?([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$`

// wellKnown are the types of the standard library whose JSON everybody knows.
var wellKnown = map[string]node{
	"time.Time":            {"type": "string", "format": "date-time"},
	"time.Duration":        {"type": "string", "pattern": durationPattern, "description": "A duration such as 1h30m or 250ms."},
	"net/url.URL":          {"type": "string", "format": "uri"},
	"encoding/json.Number": {"type": "number"},
}

// textFormats are the formats of types that read themselves from text.
var textFormats = map[string]string{
	"github.com/google/uuid.UUID":   "uuid",
	"github.com/gofrs/uuid.UUID":    "uuid",
	"github.com/gofrs/uuid/v5.UUID": "uuid",
	"regexp.Regexp":                 "regex",
}

func qualified(obj *types.TypeName) string {
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return obj.Pkg().Path() + "." + obj.Name()
}

func (w *walker) wellKnown(t *types.Named) (node, bool) {
	name := qualified(t.Obj())
	if name == "encoding/json.RawMessage" || name == "encoding/json/jsontext.Value" {
		w.def.loose = true
		return node{}, true
	}
	n, ok := wellKnown[name]
	return n, ok
}

// custom says which methods of a type change its JSON.
type custom struct {
	json   string      // UnmarshalJSON or MarshalJSON; empty if it has neither
	text   bool        // it has UnmarshalText
	schema *types.Func // its method JSONSchema() string
}

// customOf looks at the methods of t and *t, promoted ones included.
func (g *Generator) customOf(t types.Type) custom {
	named, _ := t.(*types.Named)
	var key typeKey
	if named != nil {
		key = keyOf(named)
		if c, ok := g.customs[key]; ok {
			return c
		}
	}
	var c custom
	if _, ok := t.Underlying().(*types.Interface); !ok {
		for _, name := range []string{"UnmarshalJSON", "MarshalJSON"} {
			if c.json == "" && method(t, name) != nil {
				c.json = name
			}
		}
		c.text = method(t, "UnmarshalText") != nil
		c.schema = method(t, "JSONSchema")
	}
	if named != nil {
		g.customs[key] = c
	}
	return c
}

// method returns the method of t or *t that has the name and the signature which is usual for it.
func method(t types.Type, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	f, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	sig := f.Signature()
	in, out := sig.Params(), sig.Results()
	switch name {
	case "UnmarshalJSON", "UnmarshalText":
		ok = in.Len() == 1 && isBytes(in.At(0).Type()) && out.Len() == 1 && isError(out.At(0).Type())
	case "MarshalJSON":
		ok = in.Len() == 0 && out.Len() == 2 && isBytes(out.At(0).Type()) && isError(out.At(1).Type())
	case "JSONSchema":
		ok = in.Len() == 0 && out.Len() == 1 && types.Identical(out.At(0).Type(), types.Typ[types.String])
	}
	if !ok {
		return nil
	}
	return f
}

func isBytes(t types.Type) bool {
	s, ok := types.Unalias(t).(*types.Slice)
	return ok && types.Identical(s.Elem(), types.Typ[types.Byte])
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}
