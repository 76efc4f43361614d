package offline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

type documentKey struct{}

// generate makes up JSON that fits s.
func generate(s *provider.Schema, r *rand.Rand) (string, error) {
	d, err := s.Derive(documentKey{}, func(s *provider.Schema) (any, error) { return parse(s.Text()) })
	if err != nil {
		return "", err
	}
	doc := d.(*document)
	g := &generator{doc: doc, r: r, heights: heights{doc, map[heightKey]int{}}}
	out, err := g.value(nil, doc.root, place{name: "answer"})
	return string(out), err
}

// generator makes one value.
type generator struct {
	doc     *document
	r       *rand.Rand
	heights heights
}

// place is where in the value something stands.
type place struct {
	name  string // of the field, for strings
	depth int
	try   int // how often something else was made for the same place already
}

func (p place) inner(name string) place { return place{name: name, depth: p.depth + 1} }

const (
	easyDepth = 3       // from this depth on, nothing nests that need not
	maxMade   = 1 << 20 // bytes, for counts that nobody can mean
)

// value appends a value of s to dst.
func (g *generator) value(dst []byte, s *schema, p place) ([]byte, error) {
	if g.heights.of(s) >= endless {
		return nil, fmt.Errorf("%s: no value fits, or every one nests too deep", p.name)
	}
	if len(dst) > maxMade {
		return nil, fmt.Errorf("%s: the smallest value is too large", p.name)
	}
	s, err := g.doc.plain(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	if s.Const != nil {
		return appendCompact(dst, s.Const), nil
	}
	if s.Enum != nil {
		return g.enum(dst, s, p)
	}
	for _, branches := range [][]*schema{s.AnyOf, s.OneOf} {
		if len(branches) > 0 {
			return g.branch(dst, s, branches, p)
		}
	}
	switch g.kind(s, p) {
	case "null":
		return append(dst, "null"...), nil
	case "boolean":
		return strconv.AppendBool(dst, (g.r.IntN(2) == 0) == (p.try%2 == 0)), nil
	case "integer":
		return g.number(dst, s, p, true)
	case "number":
		return g.number(dst, s, p, false)
	case "array":
		return g.array(dst, s, p)
	case "object":
		return g.object(dst, s, p)
	}
	text, err := g.text(s, p)
	if err != nil {
		return nil, err
	}
	return appendString(dst, text), nil
}

// enum takes one of the values that are of the type.
func (g *generator) enum(dst []byte, s *schema, p place) ([]byte, error) {
	var fit []json.RawMessage
	for _, v := range s.Enum {
		if s.Type == nil || slices.ContainsFunc(s.Type, func(t string) bool { return isOf(v, t) }) {
			fit = append(fit, v)
		}
	}
	if len(fit) == 0 {
		return nil, fmt.Errorf("%s: the enum has no value of the type", p.name)
	}
	return appendCompact(dst, fit[(g.r.IntN(len(fit))+p.try)%len(fit)]), nil
}

func isOf(value json.RawMessage, kind string) bool {
	switch value[0] {
	case '"':
		return kind == "string"
	case '{':
		return kind == "object"
	case '[':
		return kind == "array"
	case 't', 'f':
		return kind == "boolean"
	case 'n':
		return kind == "null"
	}
	return kind == "number" || kind == "integer" && rational(json.Number(value)).IsInt()
}

// branch takes a branch of a union: null seldom, and deep in a value the shallowest.
func (g *generator) branch(dst []byte, s *schema, branches []*schema, p place) ([]byte, error) {
	beside := *s
	if s.AnyOf != nil {
		beside.AnyOf = nil
	} else {
		beside.OneOf = nil
	}
	var all []*schema
	lowest := endless
	for _, b := range branches {
		b = both(b, &beside)
		if h := g.heights.of(b); h < endless {
			all, lowest = append(all, b), min(lowest, h)
		}
	}
	if p.depth >= easyDepth {
		all = slices.DeleteFunc(all, func(b *schema) bool { return g.heights.of(b) > lowest })
	}
	i := (g.r.IntN(len(all)) + p.try) % len(all)
	if slices.Equal(all[i].Type, types{"null"}) && g.r.IntN(2) == 0 {
		i = (i + 1) % len(all)
	}
	return g.value(dst, all[i], p)
}

// kinds are the types that s allows, those it says something of if it names none.
func (s *schema) kinds() []string {
	switch {
	case s.Type != nil:
		return s.Type
	case s.Properties != nil || s.Required != nil || s.Additional != nil || s.MinProps > 0:
		return []string{"object"}
	case s.Items != nil || s.Prefix != nil || s.MinItems > 0:
		return []string{"array"}
	case s.Min+s.Max+s.Above+s.Below+s.MultipleOf != "":
		return []string{"number"}
	}
	return []string{"string"}
}

func (g *generator) kind(s *schema, p place) string {
	kinds := s.kinds()
	if p.depth >= easyDepth {
		low := endless
		for _, k := range kinds {
			low = min(low, g.heights.ofKind(s, k, maxHeight))
		}
		kinds = slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return g.heights.ofKind(s, k, maxHeight) > low })
	}
	k := kinds[(g.r.IntN(len(kinds))+p.try)%len(kinds)]
	if k == "null" && g.r.IntN(2) == 0 {
		k = kinds[0]
	}
	return k
}

// item is the schema of the item i.
func (s *schema) item(i int) *schema {
	switch {
	case i < len(s.Prefix):
		return s.Prefix[i]
	case s.Items != nil:
		return s.Items
	}
	return &schema{}
}

// maxTries is how often another value is made up for one that is there already.
const maxTries = 200

func (g *generator) array(dst []byte, s *schema, p place) ([]byte, error) {
	want := max(s.MinItems, 1+g.r.IntN(3))
	if s.MaxItems != nil {
		want = min(want, *s.MaxItems)
	}
	if want < s.MinItems {
		return nil, fmt.Errorf("%s: at least %d and at most %d items", p.name, s.MinItems, *s.MaxItems)
	}
	if p.depth >= easyDepth {
		want = s.MinItems
	}
	inner := p.inner(singular(p.name))
	seen := map[string]bool{}
	dst = append(dst, '[')
	for i := range want {
		if i >= s.MinItems && g.heights.of(s.item(i)) >= endless {
			break
		}
		item, err := g.item(s, i, inner, seen)
		if err != nil {
			return nil, err
		}
		if item == nil {
			if i < s.MinItems {
				return nil, fmt.Errorf("%s: found only %d different items of %d", p.name, i, s.MinItems)
			}
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst = append(dst, item...); len(dst) > maxMade {
			return nil, fmt.Errorf("%s: the smallest value is too large", p.name)
		}
	}
	return append(dst, ']'), nil
}

// item makes the item i; nil when it has to be unique and no new one is found.
func (g *generator) item(s *schema, i int, p place, seen map[string]bool) ([]byte, error) {
	for try := range maxTries {
		p.try = try
		item, err := g.value(nil, s.item(i), p)
		if err != nil || !s.Unique {
			return item, err
		}
		if key := canonical(item); !seen[key] {
			seen[key] = true
			return item, nil
		}
	}
	return nil, nil
}

// canonical is the same for two spellings of a value.
func canonical(text []byte) string {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return string(text)
	}
	again, err := json.Marshal(value)
	if err != nil {
		return string(text)
	}
	return string(again)
}

func (g *generator) object(dst []byte, s *schema, p place) ([]byte, error) {
	names := g.names(s, p)
	if s.MaxProps != nil && len(names) > *s.MaxProps {
		names = names[:max(*s.MaxProps, len(s.Required))]
	}
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		var err error
		if dst, err = g.value(dst, s.property(name), p.inner(name)); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	dst = append(dst, '}')
	return g.others(dst, s, p, names)
}

// names are the properties that an object gets: the required ones first, in their order, then some of the others.
func (g *generator) names(s *schema, p place) []string {
	var names []string
	for _, name := range s.Required {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(names, name) {
			continue
		}
		wanted := len(names) < s.MinProps || p.depth < easyDepth && g.r.IntN(2) == 0
		if wanted && g.heights.of(s.Properties[name]) < endless {
			names = append(names, name)
		}
	}
	return names
}

// others adds keys that the schema does not name to the object at the end of dst: a map has some, another object only as
// many as it needs.
func (g *generator) others(dst []byte, s *schema, p place, names []string) ([]byte, error) {
	want := s.MinProps
	if len(s.Properties) == 0 && s.Additional != nil && !s.Additional.never && p.depth < easyDepth {
		want = max(want, 1+g.r.IntN(2))
	}
	if s.MaxProps != nil {
		want = min(want, *s.MaxProps)
	}
	if len(names) < want && s.Additional != nil && g.heights.of(s.Additional) >= endless {
		want = s.MinProps
	}
	if len(names) >= want {
		return dst, nil
	}
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	dst = dst[:len(dst)-1]
	for len(seen) < want {
		key, err := g.key(s, p, seen)
		if err != nil {
			if len(seen) >= s.MinProps {
				break
			}
			return nil, err
		}
		seen[key] = true
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key), ':')
		if dst, err = g.value(dst, s.property(key), p.inner(key)); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

var errNoKey = errors.New("found no other key that is allowed")

func (g *generator) key(s *schema, p place, seen map[string]bool) (string, error) {
	for try := range maxTries {
		key := "key" + strconv.Itoa(len(seen)+try+1)
		if s.Names != nil {
			text, err := g.value(nil, both(s.Names, &schema{Type: types{"string"}}), place{name: "key", depth: easyDepth, try: try})
			if err != nil {
				return "", err
			}
			if err := json.Unmarshal(text, &key); err != nil {
				return "", err
			}
		}
		if !seen[key] {
			return key, nil
		}
	}
	return "", fmt.Errorf("%s: %w", p.name, errNoKey)
}

func appendCompact(dst []byte, text json.RawMessage) []byte {
	var buf bytes.Buffer
	if err := json.Compact(&buf, text); err != nil {
		return append(dst, text...)
	}
	return append(dst, buf.Bytes()...)
}

// appendString appends text as a JSON string, with <, > and & as they are.
func appendString(dst []byte, text string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return append(dst, `""`...)
	}
	return append(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// singular is what one of several is called: tag of tags.
func singular(name string) string {
	if one, ok := strings.CutSuffix(name, "ies"); ok && one != "" {
		return one + "y"
	}
	if one, ok := strings.CutSuffix(name, "s"); ok && len(one) > 2 && !strings.HasSuffix(one, "s") {
		return one
	}
	return name
}
