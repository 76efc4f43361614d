package directive

import (
	"go/token"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
)

// item is one value as written. text has no quotes.
type item struct {
	text string
	pos  token.Pos
}

// word is a value or a list of values, with the key before it or without.
type word struct {
	key   item // empty for a positional word
	items []item
}

func (w word) pos() token.Pos {
	if w.key.text != "" {
		return w.key.pos
	}
	return w.items[0].pos
}

// lexer splits arguments into words: a "b c" key=value x,y,z.
type lexer struct {
	rest string
	pos  token.Pos // of rest
	fail func(at token.Pos, code diag.Code, message, hint string)
}

// words returns the words, or false after reporting why there are none.
func (l *lexer) words() ([]word, bool) {
	var all []word
	for l.blanks(); l.rest != ""; l.blanks() {
		w, ok := l.word()
		if !ok {
			return nil, false
		}
		all = append(all, w)
	}
	return all, true
}

func (l *lexer) word() (word, bool) {
	var w word
	if key, _, ok := strings.Cut(l.rest, "="); ok && token.IsIdentifier(key) {
		w.key = item{key, l.pos}
		l.skip(len(key) + len("="))
	}
	for {
		it, ok := l.item(w.key.text)
		if !ok {
			return w, false
		}
		w.items = append(w.items, it)
		blanks := len(l.rest) - len(strings.TrimLeftFunc(l.rest, unicode.IsSpace))
		if !strings.HasPrefix(l.rest[blanks:], ",") {
			return w, true
		}
		l.skip(blanks + len(","))
		l.blanks()
	}
}

func (l *lexer) item(key string) (item, bool) {
	if l.rest != "" && (l.rest[0] == '"' || l.rest[0] == '`') {
		return l.quoted()
	}
	end := strings.IndexFunc(l.rest, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	if end < 0 {
		end = len(l.rest)
	}
	text := l.rest[:end]
	if i := strings.IndexAny(text, "\"`"); i >= 0 {
		l.fail(l.pos+token.Pos(i), diag.InvalidValue, "quote in the middle of a word", "a quoted value begins after a blank, a comma or an equals sign")
		return item{}, false
	}
	switch {
	case text != "":
	case key != "":
		l.fail(l.pos, diag.MissingArgument, key+"= has no value", "no blank may stand before or after the equals sign")
		return item{}, false
	default:
		l.fail(l.pos, diag.MissingArgument, "empty item in a list", "items are separated by one comma each")
		return item{}, false
	}
	it := item{text, l.pos}
	l.skip(end)
	return it, true
}

func (l *lexer) quoted() (item, bool) {
	var text string
	literal, err := strconv.QuotedPrefix(l.rest)
	if err == nil {
		text, err = strconv.Unquote(literal)
	}
	if err != nil {
		l.fail(l.pos, diag.InvalidValue, "this is not a complete Go string literal", "close the quote, and escape as in Go")
		return item{}, false
	}
	it := item{text, l.pos}
	l.skip(len(literal))
	if next, _ := utf8.DecodeRuneInString(l.rest); l.rest != "" && next != ',' && !unicode.IsSpace(next) {
		l.fail(l.pos, diag.InvalidValue, "text after a quoted value", "put a blank or a comma between them")
		return item{}, false
	}
	return it, true
}

func (l *lexer) blanks() {
	l.skip(len(l.rest) - len(strings.TrimLeftFunc(l.rest, unicode.IsSpace)))
}

func (l *lexer) skip(n int) {
	l.rest = l.rest[n:]
	l.pos += token.Pos(n)
}
