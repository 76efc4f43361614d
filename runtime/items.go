package alloy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
)

// Items yields the elements of an answer that is a list, each as soon as it is complete and fits its schema. What has been
// yielded is not taken back, nor yielded twice: from the first element on, a failure ends the call, with a *StreamInterrupted. It
// is a view of the stream like its own, of which one may be ranged over.
func Items[T any](s *Stream[[]T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		it := &items{}
		s.consume(&sink{items: it, partial: func(v any) bool {
			for _, element := range v.([]T)[it.known:] {
				if !yield(element) {
					return false
				}
			}
			return true
		}})
	}
}

// items finds the elements of a list whose text grows.
type items struct {
	reading int // of the text, which may be read anew
	at      int // how far the text has been looked at
	depth   int // of brackets that are open there
	quoted  bool
	escaped bool
	begin   int // of the element that is open; 0 for none, since a list begins before
	found   int // how many elements are complete there

	yielded []uint64 // hashes of the elements
	stuck   bool     // the next of them is doubtful: the end will tell
	known   int      // how many elements of the list at hand were yielded before it
}

var itemSeed = maphash.MakeSeed()

// hashOf is the same for an element however it is written.
func hashOf(element []byte) uint64 {
	var v any
	d := json.NewDecoder(bytes.NewReader(element))
	d.UseNumber()
	if d.Decode(&v) == nil {
		if plain, err := json.Marshal(v); err == nil {
			element = plain
		}
	}
	return maphash.Bytes(itemSeed, element)
}

// readAnew starts over with another text of the same list.
func (it *items) readAnew(reading int) {
	*it = items{reading: reading, yielded: it.yielded, stuck: it.stuck}
}

// next returns the next element that is complete in text, which begins as it did before; nil if there is none. list is how deep
// the list itself is: 2 when it is in {"value": …}.
func (it *items) next(text []byte, list int) []byte {
	for ; it.at < len(text); it.at++ {
		c := text[it.at]
		switch {
		case it.escaped:
			it.escaped = false
			continue
		case it.quoted:
			it.escaped = c == '\\'
			if it.quoted = c != '"'; it.quoted || it.depth != list {
				continue
			}
			return it.end(text, it.at+1)
		}
		if it.depth == list && it.begin == 0 && c != ',' && c != ']' && !isSpace(c) {
			it.begin = it.at
		}
		switch {
		case c == '"':
			it.quoted = true
		case c == '{' || c == '[':
			it.depth++
		case c == '}' || c == ']':
			if it.depth == list && it.begin > 0 { // a number or a word that ends with the list
				return it.end(text, it.at)
			}
			if it.depth--; it.depth == list {
				return it.end(text, it.at+1)
			}
		case c == ',' && it.depth == list && it.begin > 0:
			return it.end(text, it.at)
		}
	}
	if it.depth == list && it.begin > 0 && !it.quoted { // a number or a word, which is not there before it is complete
		return it.end(text, it.at)
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (it *items) end(text []byte, to int) []byte {
	element := text[it.begin:to]
	it.at, it.begin = to, 0
	it.found++
	return element
}

// showItems yields the elements that have become complete.
func (c *call) showItems(text string) {
	s, it := c.sink, c.sink.items
	if s.answer == nil || it.stuck {
		return
	}
	s.answer.Write(text)
	settled, reading := s.answer.Settled()
	if reading != it.reading {
		it.readAnew(reading)
	}
	list := c.listDepth()
	for element := it.next(settled, list); element != nil; element = it.next(settled, list) {
		hash := hashOf(element)
		if n := it.found; n <= len(it.yielded) {
			if it.stuck = it.yielded[n-1] != hash; it.stuck {
				return
			}
			continue
		}
		v, err := c.cmd.element(element, c.typed)
		if it.stuck = err != nil; it.stuck {
			return
		}
		it.yielded = append(it.yielded, hash)
		if !s.pass(func() bool { return s.partial(v) }) {
			return
		}
	}
}

// element is a list of that element alone.
func (c *command) element(element []byte, t typed) (v any, err error) {
	defer recovered(&err) // of Validate, or an UnmarshalJSON
	list := append(append([]byte{'['}, element...), ']')
	if c.validate != nil {
		root := list
		if c.wrapped {
			root = append(append([]byte(`{"value":`), list...), '}')
		}
		if err := c.validate(root); err != nil {
			return nil, err
		}
	}
	return t.partial(list)
}

// finishItems is the failure of a right answer that does not begin with what was yielded of it. What is left of it is shown with
// the result.
func (c *call) finishItems() *failure {
	s := c.sink
	if s == nil || s.items == nil || len(s.items.yielded) == 0 {
		return nil
	}
	whole, err := s.answer.Done()
	if err != nil {
		return nil
	}
	rest := &items{}
	for i, hash := range s.items.yielded {
		if element := rest.next(whole.JSON, c.listDepth()); element == nil || hashOf(element) != hash {
			message := fmt.Sprintf("the answer is another than its first %d elements, which have been delivered", i+1)
			return &failure{kind: KindSchema, message: message, err: errors.New(message)}
		}
	}
	s.items.known = len(s.items.yielded)
	return nil
}

// listDepth is how deep in the answer the list is.
func (c *call) listDepth() int {
	if c.cmd.wrapped {
		return 2
	}
	return 1
}
