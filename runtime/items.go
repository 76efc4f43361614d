package alloy

import (
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
)

// Items yields the elements of an answer that is a list, each as soon as it is complete and fits its schema. What has been yielded is not taken
// back, nor yielded twice: from the first element on, a failure ends the call, with a *StreamInterrupted. It is a view of the stream like its
// own, of which one may be ranged over.
func Items[T any](s *Stream[[]T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		s.consume(&sink{items: &items{}, partial: func(v any) bool {
			for _, element := range v.([]T) {
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
	at       int // how far the text has been looked at
	depth    int // of brackets that are open there
	quoted   bool
	escaped  bool
	begin    int // of the element that is open; 0 for none, since a list begins before
	restarts int

	yielded []uint64 // hashes of the elements' texts
	whole   bool     // they are all of an answer that has been taken
}

var itemSeed = maphash.MakeSeed()

// next returns the next element that is complete in text, which begins as it did before; nil if there is none. list is how deep the list
// itself is: 2 when it is in {"value": …}.
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
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (it *items) end(text []byte, to int) []byte {
	element := text[it.begin:to]
	it.at, it.begin = to, 0
	return element
}

// showItems yields the elements that have become complete.
func (c *call) showItems(text string) {
	s := c.sink
	if s.answer == nil {
		return
	}
	s.answer.Write(text)
	if n := s.answer.Restarts(); n != s.items.restarts {
		if len(s.items.yielded) > 0 {
			return // the end will tell
		}
		*s.items = items{restarts: n}
	}
	c.yieldItems(s.answer.Settled())
}

func (c *call) yieldItems(settled []byte) {
	s := c.sink
	list := c.listDepth()
	for element := s.items.next(settled, list); element != nil; element = s.items.next(settled, list) {
		hash := maphash.Bytes(itemSeed, element)
		one := append(append([]byte{'['}, element...), ']')
		v, err := c.cmd.element(one, c.typed)
		if err != nil {
			return
		}
		s.items.yielded = append(s.items.yielded, hash)
		if !s.pass(func() bool { return s.partial(v) }) {
			return
		}
	}
}

// element decodes a list of one.
func (c *command) element(list []byte, t typed) (v any, err error) {
	defer recovered(&err) // of an UnmarshalJSON
	return t.partial(list)
}

// finishItems yields what is left of an answer that is right. The failure is that of an answer which is another than what was yielded of
// it. One that came in no pieces is shown with the result.
func (c *call) finishItems() *failure {
	s := c.sink
	if s == nil || s.items == nil || s.answer == nil {
		return nil
	}
	whole, err := s.answer.Done()
	if err != nil {
		return nil
	}
	yielded := s.items.yielded
	s.items = &items{whole: true}
	for i, hash := range yielded {
		if element := s.items.next(whole.JSON, c.listDepth()); element == nil || maphash.Bytes(itemSeed, element) != hash {
			message := fmt.Sprintf("the answer is another than its first %d elements, which have been delivered", i+1)
			return &failure{kind: KindSchema, message: message, err: &StreamInterrupted{Delivered: s.bytes, Err: errors.New(message)}, final: true}
		}
	}
	c.yieldItems(whole.JSON)
	return nil
}

// listDepth is how deep in the answer the list is.
func (c *call) listDepth() int {
	if c.cmd.wrapped {
		return 2
	}
	return 1
}
