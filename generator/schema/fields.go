package schema

import (
	"cmp"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A field is one property of a struct, as encoding/json sees it: embedded structs are flattened, and of several fields
// with one name the least nested wins, then the tagged one; if that leaves more than one, none of them is there.
type field struct {
	obj     *types.Var
	name    string // of the property
	tagged  bool   // the name comes from the tag
	options []string
	tag     reflect.StructTag
	index   []int
	// blocked is an embedded pointer to an unexported struct on the way, which encoding/json cannot set.
	blocked *types.Var
}

func (f *field) has(option string) bool { return slices.Contains(f.options, option) }

// optional reports whether the field may be left out.
func (f *field) optional() bool { return f.has("omitempty") || f.has("omitzero") }

// level is an embedded struct whose fields are still to be seen.
type level struct {
	typ     types.Type // a named struct, or one without a name at the root
	index   []int
	blocked *types.Var
}

// structFields follows encoding/json's typeFields.
func structFields(root types.Type) []field {
	var (
		all     []field
		next    = []level{{typ: root}}
		visited = map[typeKey]bool{}
		count   map[typeKey]int
		nextN   = map[typeKey]int{}
	)
	for len(next) > 0 {
		current := next
		next, count, nextN = nil, nextN, map[typeKey]int{}
		for _, l := range current {
			key := keyOf(l.typ)
			if visited[key] {
				continue
			}
			visited[key] = true
			s := l.typ.Underlying().(*types.Struct)
			for i := range s.NumFields() {
				f, embedded := structField(s, i, l)
				switch {
				case f == nil:
				case embedded == nil:
					all = append(all, *f)
					if count[key] > 1 {
						all = append(all, *f) // a second one, so that they annihilate each other
					}
				default:
					k := keyOf(embedded.typ)
					if nextN[k]++; nextN[k] == 1 {
						next = append(next, *embedded)
					}
				}
			}
		}
	}
	return dominant(all)
}

// structField looks at one field of a struct: it is a property, an embedded struct to look into, or neither.
func structField(s *types.Struct, i int, l level) (*field, *level) {
	v, tag := s.Field(i), reflect.StructTag(s.Tag(i))
	typ := types.Unalias(v.Type())
	elem, pointer := typ, false
	if p, ok := typ.(*types.Pointer); ok {
		elem, pointer = types.Unalias(p.Elem()), true
	}
	_, isStruct := elem.Underlying().(*types.Struct)
	if v.Anonymous() {
		if !v.Exported() && !isStruct {
			return nil, nil
		}
	} else if !v.Exported() {
		return nil, nil
	}
	text := tag.Get("json")
	if text == "-" {
		return nil, nil
	}
	name, options := parseJSONTag(text)
	f := &field{obj: v, name: name, tagged: name != "", options: options, tag: tag,
		index: append(slices.Clone(l.index), i), blocked: l.blocked}
	if f.tagged || !v.Anonymous() || !isStruct {
		if !f.tagged {
			f.name = v.Name()
		}
		return f, nil
	}
	blocked := l.blocked
	if pointer && !v.Exported() && blocked == nil {
		blocked = v
	}
	return f, &level{typ: elem, index: f.index, blocked: blocked}
}

// typeKey identifies a type: two mentions of one generic instance have the same.
type typeKey struct {
	path string // of the package that declares it; empty for a type without a name of its own
	name string
}

func keyOf(t types.Type) typeKey {
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok && named.TypeArgs().Len() == 0 && named.Obj().Pkg() != nil {
		return typeKey{named.Obj().Pkg().Path(), named.Obj().Name()}
	}
	return typeKey{name: types.TypeString(t, nil)}
}

func parseJSONTag(text string) (name string, options []string) {
	parts := strings.Split(text, ",")
	if validJSONName(parts[0]) {
		name = parts[0]
	}
	return name, parts[1:]
}

// validJSONName is encoding/json's isValidTag.
func validJSONName(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return s != ""
}

// dominant keeps the fields that encoding/json uses, in the order of their declaration.
func dominant(all []field) []field {
	slices.SortStableFunc(all, func(a, b field) int {
		return cmp.Or(
			strings.Compare(a.name, b.name),
			cmp.Compare(len(a.index), len(b.index)),
			-compareBool(a.tagged, b.tagged),
			slices.Compare(a.index, b.index),
		)
	})
	kept := all[:0]
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n].name == all[i].name {
			n++
		}
		if n == 1 || len(all[i].index) != len(all[i+1].index) || all[i].tagged != all[i+1].tagged {
			kept = append(kept, all[i])
		}
		i += n
	}
	slices.SortFunc(kept, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return kept
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
