package output

import "strings"

// extends reports whether the JSON of an answer holds all that a part of it held: strings may have grown, arrays and
// objects have got more.
func extends(part, whole string) bool {
	t := newTree(len(part) + len(whole))
	defer t.release()
	a, okA := readStrict(t, part)
	b, okB := readStrict(t, whole)
	return okA && okB && t.extends(a, b)
}

// readStrict reads an array or object that is JSON.
func readStrict(t *tree, text string) (int32, bool) {
	found, s := find(t, text)
	if s != done || len(found.found) != 1 || found.found[0].start != 0 || found.found[0].end != len(text) {
		return 0, false
	}
	return found.found[0].root, true
}

func (t *tree) extends(part, whole int32) bool {
	a, b := t.at(part), t.at(whole)
	if a.form != b.form {
		return false
	}
	switch a.form {
	case formArray:
		d := b.first
		for c := a.first; c != 0; c, d = t.at(c).next, t.at(d).next {
			if d == 0 || !t.extends(c, d) {
				return false
			}
		}
		return true
	case formObject:
		return t.objectExtends(a, b)
	case formString:
		return strings.HasPrefix(b.string(), a.string())
	}
	return a.text == b.text
}

func (t *tree) objectExtends(a, b *value) bool {
	d := b.first
	byKey := t.lastOfEach(b)
	for c := a.first; c != 0; c = t.at(c).next {
		key := t.at(c).key
		if byKey != nil {
			d = byKey[key]
		} else if d == 0 || t.at(d).key != key { // in another order
			byKey = map[string]int32{}
			for e := b.first; e != 0; e = t.at(e).next {
				byKey[t.at(e).key] = e
			}
			d = byKey[key]
		}
		if d == 0 || !t.extends(c, d) {
			return false
		}
		d = t.at(d).next
	}
	return true
}
