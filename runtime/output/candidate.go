package output

import (
	"slices"
	"strings"
)

// candidate is a piece of a text that may be the answer.
type candidate struct {
	text   string
	fenced bool // it stands in a markdown fence
}

// finder looks for candidates in a text, once from left to right.
type finder struct {
	scanner
	json   []candidate // arrays and objects
	fenced []candidate // what else stands in fences

	brokenAt     int    // where the first broken JSON begins; -1 when there is none
	brokenBad    int    // where it breaks
	brokenWanted string // what should stand there
}

// find collects the arrays and objects of a text that are strict JSON. Those within JSON that is broken are no candidates:
// a part of an answer must not be taken for the whole.
func find(text string) *finder {
	f := &finder{scanner: scanner{text: text}, brokenAt: -1}
	fence := -1 // where the content of the open fence begins
	for {
		i := strings.IndexAny(text[f.pos:], "`{[")
		if i < 0 {
			return f
		}
		f.pos += i
		if text[f.pos] != '`' {
			f.container(fence >= 0)
			continue
		}
		ticks := len(text[f.pos:]) - len(strings.TrimLeft(text[f.pos:], "`"))
		switch {
		case ticks < 3:
		case fence < 0:
			fence = f.pos + ticks + infoLen(text[f.pos+ticks:])
		default:
			if body := strings.TrimSpace(text[min(fence, f.pos):f.pos]); body != "" {
				f.fenced = append(f.fenced, candidate{body, true})
			}
			fence = -1
		}
		f.pos += ticks
	}
}

// infoLen returns the length of the word after the ticks that open a fence: json.
func infoLen(text string) int {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c|0x20 < 'a' || c|0x20 > 'z' {
			if c == '\n' || c == '\r' || c == ' ' || c == '{' || c == '[' {
				return i
			}
			return 0
		}
	}
	return 0
}

// container takes the array or object that begins here, or passes over what is broken.
func (f *finder) container(fenced bool) {
	start := f.pos
	f.keys = 0
	if f.skip(MaxDepth) {
		f.json = append(f.json, candidate{f.text[start:f.pos], fenced})
		return
	}
	if f.keys == 0 && start > 0 && f.wanted != depthWanted { // brackets of prose or code
		next := f.bad
		if f.wanted == endOfString {
			next = f.pos + 1 // after the quote
		}
		f.pos = max(next, start+1)
		return
	}
	if f.brokenAt < 0 {
		f.brokenAt, f.brokenBad, f.brokenWanted = start, f.bad, f.wanted
	}
	f.pos = start + balancedLen(f.text[start:])
}

// balancedLen returns the length of text up to the bracket that closes its first, or of all of it. Strings end with their
// line, as a quote may be missing.
func balancedLen(text string) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '\n':
			quoted = false
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// search looks for the answer in a text that does not fit as a whole.
func (p *Parser) search(f *fitter, text string) *Error {
	whole := scanner{text: text}
	if whole.skip(MaxDepth) && whole.peek() == 0 && whole.pos == len(text) {
		return p.searchJSON(f, text)
	}
	found := find(text)
	if len(found.json) > 0 {
		return p.best(f, found)
	}
	if found.brokenAt >= 0 && !p.takesBroken(found) {
		return found.broken()
	}
	return p.plain(f, text, found.fenced)
}

// takesBroken reports whether broken JSON is only text: where the schema wants a string and nothing with brackets.
func (p *Parser) takesBroken(found *finder) bool {
	return p.target().kinds&(kindString|kindArray|kindObject) == kindString &&
		found.brokenWanted != depthWanted && !beginsWrapped(found.text[found.brokenAt:])
}

// searchJSON takes the error of a text that is JSON as a whole, unless the schema wants a string: any text is one.
func (p *Parser) searchJSON(f *fitter, text string) *Error {
	f.begin(text)
	err := p.whole(f)
	if err == nil || p.target().kinds&kindString == 0 || text[0] != '{' && text[0] != '[' || p.value != nil && beginsWrapped(text) {
		return err
	}
	if p.asString(f, text) != nil {
		return err
	}
	return nil
}

// best takes the candidate that needs the fewest repairs, those in fences first and then the last.
func (p *Parser) best(f *fitter, found *finder) *Error {
	all := found.json
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.fenced == b.fenced:
			return 0
		case a.fenced:
			return -1
		}
		return 1
	})
	best, bestRepairs := -1, 0
	for i := range all {
		if best >= 0 && all[best].fenced && !all[i].fenced {
			break
		}
		repairs, ok := p.attempt(f, all[i])
		if ok && (best < 0 || repairs < bestRepairs) {
			best, bestRepairs = i, repairs
		}
		if ok && repairs == 0 {
			break
		}
	}
	if best < 0 {
		return p.noneFits(f, found)
	}
	f.begin(all[best].text)
	kind := RepairProse
	if all[best].fenced {
		kind = RepairFence
	}
	f.repair(kind)
	return p.whole(f)
}

// attempt fits a candidate and counts the repairs it needs.
func (p *Parser) attempt(f *fitter, c candidate) (repairs int, ok bool) {
	f.begin(c.text)
	f.quiet = 1
	ok = p.whole(f) == nil
	return f.repaired - f.base, ok
}

// noneFits is the error of the longest candidate; but where any text will do, the text is the answer.
func (p *Parser) noneFits(f *fitter, found *finder) *Error {
	longest := slices.MaxFunc(found.json, func(a, b candidate) int { return len(a.text) - len(b.text) })
	if p.target().kinds&kindsScalar != 0 && !beginsWrapped(longest.text) && p.plain(f, found.text, found.fenced) == nil {
		return nil
	}
	if found.brokenAt >= 0 {
		return found.broken()
	}
	f.begin(longest.text)
	return p.whole(f)
}

// broken is the error of text with JSON in it that is broken.
func (f *finder) broken() *Error {
	return brokenJSON("$", f.text, f.brokenBad, f.brokenWanted)
}

// plain takes text without JSON for the scalar that the schema wants: what stands in a fence, or the whole text.
func (p *Parser) plain(f *fitter, text string, fenced []candidate) *Error {
	if p.target().kinds&kindsScalar != 0 {
		for _, c := range slices.Backward(fenced) {
			if p.scalar(f, c.text) == nil {
				return nil
			}
		}
		if p.asString(f, text) == nil {
			return nil
		}
	}
	return &Error{Path: "$", Kind: KindParse, Message: "want " + p.target().want + " as JSON, got text without it: " + showText(text)}
}

// scalar takes what stands in a fence, as JSON or as a string.
func (p *Parser) scalar(f *fitter, text string) *Error {
	f.begin(text)
	f.repair(RepairFence)
	if p.whole(f) == nil {
		return nil
	}
	if p.target().kinds&kindString != 0 && p.target().values == nil {
		return errQuiet // a fence within a text: the text is the string
	}
	return p.asString(f, text)
}

// asString takes a text for a string.
func (p *Parser) asString(f *fitter, text string) *Error {
	f.begin(quote(text))
	f.repair(RepairText)
	return p.whole(f)
}
