package schema

import (
	"cmp"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// typeName is how a message calls a type: Ticket, billing.Money, []string.
func (g *Generator) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == g.cfg.Package.Path() {
			return ""
		}
		return p.Name()
	})
}

// baseName is a named type's name in a schema: Ticket, and Page_Item for Page[Item].
func baseName(n *types.Named) string {
	name := n.Obj().Name()
	for t := range n.TypeArgs().Types() {
		name += "_" + types.TypeString(t, func(*types.Package) string { return "" })
	}
	return identifier(name)
}

// identifier keeps the letters, digits and underscores of ASCII, which is what vendors take as a name, and puts one
// underscore for a run of anything else.
func identifier(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range s {
		if c < unicode.MaxASCII && (c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c)) {
			if gap && b.Len() > 0 && c != '_' && !strings.HasSuffix(b.String(), "_") {
				b.WriteByte('_')
			}
			b.WriteRune(c)
			gap = false
			continue
		}
		gap = true
	}
	if b.Len() == 0 {
		return "value"
	}
	return b.String()
}

// nameDefinitions gives each definition of one schema its own name: the type's, or with its package's before it where
// two packages use the same name, or with a numeral. The types of the package itself keep theirs.
func nameDefinitions(defs []*definition) {
	defs = slices.Clone(defs)
	slices.SortFunc(defs, func(a, b *definition) int {
		return cmp.Or(-compareBool(a.own, b.own), cmp.Compare(a.path, b.path), cmp.Compare(types.TypeString(a.typ, nil), types.TypeString(b.typ, nil)))
	})
	taken := map[string]bool{}
	for _, d := range defs {
		name := d.base
		if taken[name] {
			name = identifier(d.path[strings.LastIndexByte(d.path, '/')+1:]) + "_" + d.base
		}
		base := name
		for i := 2; taken[name]; i++ {
			name = base + "_" + strconv.Itoa(i)
		}
		taken[name] = true
		d.name = name
	}
}

// Snake is a Go name in snake_case: HTTPServer is http_server.
func Snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		if unicode.IsUpper(c) && i > 0 && runes[i-1] != '_' {
			before := unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])
			after := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if before || after && unicode.IsUpper(runes[i-1]) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
