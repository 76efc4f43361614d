package output

import "strconv"

func (f *fitter) fitArray(n *node) *Error {
	if n.kinds&kindArray == 0 {
		return f.misfit(n.want, "an array")
	}
	start := f.written()
	if n.array == nil {
		if !f.skipArray(MaxDepth - f.depth) {
			return f.syntax()
		}
	} else if err := f.readArray(n.array); err != nil {
		return err
	}
	return f.checkWhole(n, start, "an array")
}

func (f *fitter) readArray(a *arrayRules) *Error {
	if err := f.enter(); err != nil {
		return err
	}
	f.pos++
	count := 0
	var seen map[string]bool
	if f.peek() != ']' {
		f.path = append(f.path, step{})
		for {
			f.path[len(f.path)-1].index = count
			f.space()
			start := f.written()
			if err := f.fit(a.item(count)); err != nil {
				return err
			}
			if a.unique {
				if seen == nil {
					seen = map[string]bool{}
				}
				if err := f.checkUnique(seen, start); err != nil {
					return err
				}
			}
			count++
			if f.peek() == ']' {
				break
			}
			if !f.accept(',', "a comma or ] after the value") {
				return f.syntax()
			}
		}
		f.pop()
	}
	f.pos++
	f.depth--
	return f.checkCount(a, count)
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

func (f *fitter) checkUnique(seen map[string]bool, start int) *Error {
	f.flush(f.pos)
	item := string(f.out[start:])
	canonical := string(appendCanonical(nil, item))
	if seen[canonical] {
		return f.misfit("an item that is not in the array yet", shorten(item, 60)+" again")
	}
	seen[canonical] = true
	return nil
}

func (f *fitter) checkCount(a *arrayRules, n int) *Error {
	if n < a.minItems {
		return f.misfit("at least "+count(a.minItems, "item"), strconv.Itoa(n))
	}
	if a.maxItems >= 0 && n > a.maxItems {
		return f.misfit("at most "+count(a.maxItems, "item"), strconv.Itoa(n))
	}
	return nil
}
