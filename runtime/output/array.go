package output

import "strconv"

func (f *fitter) fitArray(n *node, i int32) *Error {
	v := f.tree.at(i)
	if n.kinds&kindArray == 0 {
		return f.misfits(n, v)
	}
	start := len(f.out)
	if n.values != nil || n.array != nil && n.array.unique {
		defer func(mute bool) { f.mute = mute }(f.mute)
		f.mute = false // what is written is compared
	}
	if n.array == nil {
		f.writeAny(i)
	} else if err := f.fitItems(n.array, v); err != nil {
		return err
	}
	return f.checkWhole(n, start, "an array")
}

func (f *fitter) fitItems(a *arrayRules, v *value) *Error {
	f.write("[")
	var seen map[string]bool
	n := 0
	for c := v.first; c != 0; c = f.tree.at(c).next {
		if n > 0 {
			f.write(",")
		}
		f.path = append(f.path, step{index: n})
		start := len(f.out)
		if err := f.fitAnew(a.item(n), c); err != nil {
			return err
		}
		if a.unique && !addUnique(&seen, string(f.out[start:])) {
			return f.misfit("an item that is not in the array yet", shorten(string(f.out[start:]), 60)+" again")
		}
		f.pop()
		n++
	}
	f.write("]")
	if want := a.wrongCount(n); want != "" {
		return f.misfit(want, strconv.Itoa(n))
	}
	return nil
}

// item returns the node of the item i.
func (a *arrayRules) item(i int) *node {
	switch {
	case i < len(a.prefix):
		return a.prefix[i]
	case a.items != nil:
		return a.items
	}
	return freeNode
}

// addUnique reports whether an item is not among those seen.
func addUnique(seen *map[string]bool, json string) bool {
	canonical := string(appendCanonical(nil, json))
	if (*seen)[canonical] {
		return false
	}
	if *seen == nil {
		*seen = map[string]bool{}
	}
	(*seen)[canonical] = true
	return true
}

// wrongCount returns what is wanted instead of n items, or "".
func (a *arrayRules) wrongCount(n int) string {
	if n < a.minItems {
		return "at least " + count(a.minItems, "item")
	}
	if a.maxItems >= 0 && n > a.maxItems {
		return "at most " + count(a.maxItems, "item")
	}
	return ""
}
