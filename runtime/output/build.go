package output

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// fill makes n of the keywords of m, which has neither $ref nor allOf.
func (c *compiler) fill(n *node, m map[string]any, s site) error {
	for k := range m {
		if keywords[k] == unsupported {
			c.complete = false
		}
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		if _, ok := m[k]; ok {
			return c.fillUnion(n, m, k, s)
		}
	}
	r := &keywordReader{m: m, at: s.at}
	n.kinds = r.types()
	if n.values = r.values(); n.values != nil {
		n.kinds &= n.values.kinds() // an integer enum keeps to integers: number is not in both
	}
	n.number, n.text = r.numberRules(), r.textRules()
	if n.kinds&kindsNumeric == 0 {
		n.number = nil
	}
	if n.kinds&kindString == 0 {
		n.text = nil
	}
	if err := c.fillArray(n, r, s); err != nil {
		return err
	}
	if err := c.fillObject(n, r, s); err != nil {
		return err
	}
	n.free = n.kinds == kindsAll && n.values == nil && n.number == nil && n.text == nil && n.array == nil && n.object == nil
	return r.err
}

func (c *compiler) fillArray(n *node, r *keywordReader, s site) error {
	a := arrayRules{minItems: r.limit("minItems", 0), maxItems: r.limit("maxItems", -1), unique: r.bool("uniqueItems")}
	for i, raw := range r.list("prefixItems") {
		item, err := c.compile(s.child(raw, "prefixItems", strconv.Itoa(i)))
		if err != nil {
			return err
		}
		a.prefix = append(a.prefix, item)
	}
	if raw, ok := r.m["items"]; ok {
		items, err := c.compile(s.child(raw, "items"))
		if err != nil {
			return err
		}
		a.items = items
	}
	if n.kinds&kindArray != 0 && (a.minItems > 0 || a.maxItems >= 0 || a.unique || a.prefix != nil || a.items != nil) {
		n.array = &a
	}
	return nil
}

func (c *compiler) fillObject(n *node, r *keywordReader, s site) error {
	o := objectRules{minProps: r.limit("minProperties", 0), maxProps: r.limit("maxProperties", -1)}
	if err := c.fillProperties(&o, r, s); err != nil {
		return err
	}
	switch other := r.m["additionalProperties"].(type) {
	case nil:
	case bool:
		o.closed = !other && r.m["patternProperties"] == nil
	default:
		node, err := c.compile(s.child(other, "additionalProperties"))
		if err != nil {
			return err
		}
		o.other = node
		if r.m["patternProperties"] != nil {
			o.other = nil
		}
	}
	if raw, ok := r.m["propertyNames"]; ok {
		names, err := c.compile(s.child(raw, "propertyNames"))
		if err != nil {
			return err
		}
		if o.names = names; names.union != nil || names.kinds&kindString == 0 {
			o.names, c.complete = nil, false
		}
	}
	bounded := o.minProps > 0 || o.maxProps >= 0
	if n.kinds&kindObject != 0 && (bounded || o.props != nil || o.closed || o.other != nil || o.names != nil) {
		n.object = &o
	}
	return nil
}

// fillProperties puts the required properties first, in the order of required: it is the likely order of an answer.
func (c *compiler) fillProperties(o *objectRules, r *keywordReader, s site) error {
	schemas := r.object("properties")
	order := r.strings("required")
	o.index, o.folded = map[string]int{}, map[string]int{}
	required := map[string]bool{}
	for _, name := range order {
		required[name] = true
	}
	order = slices.Concat(order, slices.Sorted(maps.Keys(schemas)))
	for _, name := range order {
		if _, seen := o.index[name]; seen {
			continue
		}
		p := property{name: name, quoted: quote(name) + ":", node: freeNode, required: required[name]}
		if raw, ok := schemas[name]; ok {
			node, err := c.compile(s.child(raw, "properties", name))
			if err != nil {
				return err
			}
			p.node = node
			if m, ok := raw.(map[string]any); ok && m["default"] != nil {
				p.fallback = compactJSON(m["default"])
			}
		} else if r.m["additionalProperties"] != nil || r.m["patternProperties"] != nil {
			node, err := c.undeclared(r, s)
			if err != nil {
				return err
			}
			p.node = node
		}
		if p.required {
			o.required++
		}
		o.index[name] = len(o.props)
		f := foldTo(foldMarks, name)
		if _, taken := o.folded[f]; taken {
			o.folded[f] = -1
		} else {
			o.folded[f] = len(o.props)
		}
		o.props = append(o.props, p)
	}
	return nil
}

// undeclared is the node of a key that is required, but not among the properties.
func (c *compiler) undeclared(r *keywordReader, s site) (*node, error) {
	if r.m["patternProperties"] != nil {
		return freeNode, nil
	}
	return c.compile(s.child(r.m["additionalProperties"], "additionalProperties"))
}

func compactJSON(raw any) string {
	text, err := json.Marshal(raw)
	if err != nil {
		return ""
	}
	return string(text)
}

// fillUnion makes n of anyOf or oneOf. What stands beside it holds for each branch.
func (c *compiler) fillUnion(n *node, m map[string]any, keyword string, s site) error {
	r := &keywordReader{m: m, at: s.at}
	list := r.list(keyword)
	if len(list) == 0 {
		r.fail(keyword, "an array of schemas that is not empty")
	}
	if r.err != nil {
		return r.err
	}
	beside := without(m, keyword)
	n.union = &union{exclusive: keyword == "oneOf"}
	for i, raw := range list {
		branch := s.child(raw, keyword, strconv.Itoa(i))
		if hasAssertions(beside) {
			branch.raw = bothOf(raw, beside)
			branch.key += "+"
		}
		node, err := c.compile(branch)
		if err != nil {
			return err
		}
		n.union.branches = append(n.union.branches, node)
	}
	return nil
}

// bothOf is the schema of what a branch of a union and the keywords beside the union allow.
func bothOf(branch any, beside map[string]any) any {
	m, ok := branch.(map[string]any)
	if !ok {
		if branch == true {
			return beside
		}
		return branch
	}
	m = maps.Clone(m)
	parts, _ := m["allOf"].([]any)
	m["allOf"] = append(slices.Clone(parts), beside)
	return m
}
