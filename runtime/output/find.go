package output

import "strings"

// candidate is an array or object of a text that may be the answer.
type candidate struct {
	root       int32
	start, end int
	fenced     bool // it stands in a markdown fence
	thought    bool // it stands in a block of thoughts
}

// span is a part of a text.
type span struct{ start, end int }

// finder looks for candidates in a text that does not begin with white space, once from left to right. Like the reader, it
// stops where the text ends and goes on when there is more.
type finder struct {
	reader
	found   []candidate
	fences  []span // what stands in fences without brackets
	thought []span // blocks of thoughts, with their tags
	markup  bool   // there is a tag that may be XML

	inside  bool // an array or object is being read
	fence   int  // where the content of the open fence begins; -1 when none is open
	held    int  // candidates that were found when the open fence began
	demoted int  // how many candidates were found to be thoughts
	wasted  int  // how many bytes were read in vain
	weary   bool // so many that the rest of the text is not looked at
	ignored int  // up to where tags of thoughts are not looked at, as they are never closed
}

func newFinder(t *tree) *finder { return &finder{reader: reader{tree: t}, fence: -1} }

// find reads a whole text.
func find(t *tree, text string) (*finder, status) {
	f := newFinder(t)
	f.text, f.final = text, true
	return f, f.run()
}

// run reads on until the text ends.
func (f *finder) run() status {
	for {
		if f.inside {
			if s := f.container(); s == more || s == tooDeep || s == tooMany {
				return s
			}
			continue
		}
		i := strings.IndexAny(f.text[f.pos:], "`{[<")
		if i < 0 || f.weary {
			f.pos = len(f.text)
			return f.end()
		}
		f.pos += i
		n := 0
		switch f.text[f.pos] {
		case '`':
			n = f.ticks()
		case '<':
			n = f.tag()
		default:
			f.inside = true
			f.fenced = f.fence >= 0
			f.doubtful = !f.fenced && f.pos > 0
			f.found = append(f.found, candidate{start: f.pos, fenced: f.fenced})
			f.begin()
			f.found[len(f.found)-1].root = f.root
			continue
		}
		if n < 0 {
			return more
		}
		f.pos += n
	}
}

// end is what run returns at the end of the text.
func (f *finder) end() status {
	if f.final {
		return done
	}
	return more
}

// mostWasted is how many bytes more than a text has may be read in vain: brackets that turn out to be none cost time.
const mostWasted = 64 << 10

// container reads on in the array or object that is open.
func (f *finder) container() status {
	c := &f.found[len(f.found)-1]
	s := f.reader.run()
	switch s {
	case done:
		f.inside = false
		c.end = f.pos
	case broken:
		f.inside = false
		f.wasted += f.pos - c.start
		f.tree.values = f.tree.values[:max(int(c.root), f.tree.known)]
		f.stack = f.stack[:0]
		f.key, f.keyFixes = "", 0
		f.pos = c.start + 1
		f.weary = f.weary || f.wasted > c.start+mostWasted
		f.found = f.found[:len(f.found)-1]
		f.reset()
	}
	return s
}

// ticks opens or closes a fence, and returns the length of its ticks, or -1 if there may be more of them.
func (f *finder) ticks() int {
	rest := f.text[f.pos:]
	from := max(0, f.scan-f.pos)
	n := len(rest) - len(strings.TrimLeft(rest[from:], "`"))
	if n == len(rest) && !f.final {
		f.scan = len(f.text)
		return -1
	}
	f.scan = 0
	if n < 3 {
		return n
	}
	if f.fence >= 0 {
		if len(f.found) == f.held {
			f.fences = append(f.fences, span{f.fence, f.pos})
		}
		f.fence = -1
		return n
	}
	info := infoLen(rest[n:])
	if n+info == len(rest) && !f.final {
		return -1
	}
	f.fence, f.held = f.pos+n+info, len(f.found)
	return n + info
}

// infoLen returns the length of the word after the ticks that open a fence: json.
func infoLen(text string) int {
	for i := 0; i < len(text); i++ {
		if c := text[i]; !isLetter(c) && !isDigit(c) {
			if c == '\n' || c == '\r' || c == ' ' || c == '{' || c == '[' {
				return i
			}
			return 0
		}
		if i > longestTag {
			return 0
		}
	}
	return len(text)
}

// thoughtTags are the names of elements in which models think before they answer.
var thoughtTags = []string{"think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "analysis"}

// longestTag is that of a tag which is looked for.
const longestTag = len("</scratchpad>")

// tag passes over a block of thoughts, and returns its length, or that of the sign at pos if there is none. It is -1 when the
// text may go on in a way that matters.
func (f *finder) tag() int {
	rest := f.text[f.pos:]
	end := strings.IndexByte(rest[:min(len(rest), longestTag+1)], '>')
	if end < 0 {
		if len(rest) <= longestTag && !f.final {
			return -1
		}
		f.markup = f.markup || len(rest) > 1 && isLetter(rest[1])
		return 1
	}
	name, closes := strings.CutPrefix(rest[1:end], "/")
	if !isThought(name) || f.pos < f.ignored {
		f.markup = f.markup || name != "" && isLetter(name[0])
		return 1
	}
	if closes { // a server has cut the opening tag off
		for ; f.demoted < len(f.found); f.demoted++ {
			f.found[f.demoted].thought = true
		}
		start := 0
		if n := len(f.thought); n > 0 {
			start = f.thought[n-1].end
		}
		f.thought = append(f.thought, span{start, f.pos + end + 1})
		return end + 1
	}
	from := max(end+1, f.scan-f.pos)
	closing := "</" + name + ">"
	n := strings.Index(rest[from:], closing)
	switch {
	case n >= 0:
		length := from + n + len(closing)
		f.scan = 0
		f.thought = append(f.thought, span{f.pos, f.pos + length})
		return length
	case !f.final:
		f.scan = max(len(f.text)-len(closing)+1, f.pos+from)
		return -1
	}
	f.scan, f.ignored = 0, len(f.text)
	return end + 1
}

func isThought(name string) bool {
	for _, t := range thoughtTags {
		if strings.EqualFold(t, name) {
			return true
		}
	}
	return false
}

// spoken returns the text without thoughts.
func (f *finder) spoken() string {
	var b strings.Builder
	at := 0
	for _, s := range f.thought {
		if s.start > at {
			b.WriteString(f.text[at:s.start])
		}
		at = max(at, s.end)
	}
	b.WriteString(f.text[at:])
	return strings.TrimSpace(b.String())
}
