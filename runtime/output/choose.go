package output

import (
	"slices"
	"strconv"
	"strings"
)

// What a candidate costs for where it stands: one in a fence was meant as the answer, one amid prose may be an example.
const (
	costProse   = 50
	costThought = 500
	costText    = 30
)

// wholeText is where a value stands that is the whole text: nothing is repaired to find it.
const wholeText = repair(255)

// answering is one text that is read for its answer.
type answering struct {
	p      *Parser
	f      *fitter
	finder *finder
	text   string // without white space around it
	tree   *tree
	spoken string // the text without thoughts

	best     int32 // of those that fit; 0 when none does
	bestCost int
	where    repair // of the best: byFence, byProse, or wholeText
}

// answer finds the value that fits best, and fits it.
func (a *answering) answer() *Error {
	if v, ok := quotedWhole(a.text); ok {
		i := a.tree.add(0, &v)
		if a.consider(i, 0, wholeText); a.best == 0 {
			return a.f.fit(a.p.root, i)
		}
		return a.fitBest()
	}
	finder := a.finder
	finder.final = true
	switch finder.run() {
	case tooDeep:
		return &Error{Path: "$", Kind: KindTooLarge, Message: "want at most " + strconv.Itoa(MaxDepth) + " levels of nesting, got more"}
	case tooMany:
		return &Error{Path: "$", Kind: KindTooLarge, Message: "want at most " + strconv.Itoa(MaxValues) + " values, got more"}
	}
	a.spoken = finder.spoken()
	if len(finder.found) == 1 && !a.p.takesText() && a.fitOnly(&finder.found[0]) {
		return nil
	}
	for i := range finder.found {
		a.considerCandidate(&finder.found[i])
	}
	if err := a.considerCollected(); err != nil {
		return err
	}
	a.considerText()
	if a.best == 0 {
		a.considerEscaped()
		a.considerThoughts()
	}
	if a.best == 0 && finder.markup {
		a.considerMarkup()
	}
	return a.fitBest()
}

// fitOnly fits the only candidate, without comparing it with anything.
func (a *answering) fitOnly(c *candidate) bool {
	before := a.f.mark()
	if _, where := c.place(a.text); where != wholeText {
		a.f.repair(where)
	}
	if a.f.fit(a.p.root, c.root) == nil {
		return true
	}
	a.f.goBack(before)
	return false
}

// consider takes the value i if it fits at less cost than the best so far.
func (a *answering) consider(i int32, extra int, where repair) {
	cost, ok := a.f.costOf(a.p.root, i)
	if cost += extra; ok && (a.best == 0 || cost < a.bestCost) {
		a.best, a.bestCost, a.where = i, cost, where
	}
}

func (a *answering) considerCandidate(c *candidate) {
	if c.thought && a.spoken != "" {
		return
	}
	if a.p.takesText() && !a.p.meant(a.f, c.root) {
		return
	}
	extra, where := c.place(a.text)
	a.consider(c.root, extra, where)
}

// place returns what a candidate of text costs for where it stands.
func (c *candidate) place(text string) (cost int, where repair) {
	switch {
	case c.thought:
		return costThought, byProse
	case c.fenced:
		return 0, byFence
	case c.start == 0 && c.end == len(text):
		return 0, wholeText
	}
	return costProse, byProse
}

// meant reports whether an array or object is more than brackets in a text, where any text would do: it holds what was
// asked for.
func (p *Parser) meant(f *fitter, root int32) bool {
	if f.sharesKey(p.root, root) {
		return true
	}
	cost, ok := f.costOf(p.root, root)
	return ok && cost < costShape
}

// target is the node of what the model was asked for, seen without the wrapping.
func (p *Parser) target() *node {
	if p.value != nil {
		return p.value
	}
	return p.root
}

// takesText reports whether any text will do.
func (p *Parser) takesText() bool {
	n := p.target()
	if n.union == nil {
		return n.plainString()
	}
	return slices.ContainsFunc(n.union.branches, (*node).plainString)
}

func (n *node) plainString() bool {
	return n.kinds&kindString != 0 && n.values == nil && n.union == nil
}

// considerCollected takes the objects of the text for the items of the list that is wanted. It returns an error when one of
// them does not fit: a list without it would not be the answer.
func (a *answering) considerCollected() *Error {
	n := a.p.target()
	if n.kinds&kindArray == 0 || a.p.takesText() {
		return nil
	}
	list := a.itemsOf(n)
	if list == nil {
		return nil
	}
	where, cost := byProse, costProse
	if list[0].fenced {
		where, cost = byFence, 0
	}
	root := a.tree.add(0, &value{form: formArray, fixes: fixCollected})
	for _, c := range list {
		v := *a.tree.at(c.root)
		v.next = 0
		a.tree.add(root, &v)
	}
	a.consider(root, cost, where)
	if _, ok := a.f.costOf(a.p.root, root); !ok && (a.best == 0 || a.tree.at(a.best).form != formArray) {
		return a.f.fit(a.p.root, root)
	}
	return nil
}

// considerThoughts looks into blocks of thoughts, when there is nothing else.
func (a *answering) considerThoughts() {
	if a.spoken != "" {
		return
	}
	for _, s := range a.finder.thought {
		found, status := find(a.tree, innerOf(a.text[s.start:min(s.end, len(a.text))]))
		for i := range found.found {
			if status == done {
				a.consider(found.found[i].root, costThought, byProse)
			}
		}
	}
}

// innerOf returns an element without its tags.
func innerOf(element string) string {
	if i := strings.IndexByte(element, '>'); strings.HasPrefix(element, "<") && i >= 0 {
		element = element[i+1:]
	}
	if i := strings.LastIndex(element, "</"); i >= 0 {
		element = element[:i]
	}
	return element
}

// itemsOf returns the objects that are meant as items: those in fences, if there are any, and else those amid prose, that
// have a key in common with what is wanted.
func (a *answering) itemsOf(n *node) []candidate {
	fenced := slices.ContainsFunc(a.finder.found, func(c candidate) bool { return c.fenced && !c.thought })
	var list []candidate
	for _, c := range a.finder.found {
		v := a.tree.at(c.root)
		if c.thought || c.fenced != fenced || v.form != formObject {
			continue
		}
		if _, ok := a.f.costOf(n, c.root); ok || a.f.sharesAnyKey(n, c.root, mostHops) {
			list = append(list, c)
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}

// prose returns the text without thoughts, or all of it when there is nothing else.
func (a *answering) prose() string {
	if a.spoken != "" {
		return a.spoken
	}
	return a.text
}

// considerText takes text without brackets for the scalar that is wanted: what stands in a fence, or all of it.
func (a *answering) considerText() {
	if !a.p.takesText() {
		for _, s := range a.finder.fences {
			if text := strings.TrimSpace(a.text[s.start:s.end]); text != "" {
				v := textValue(text)
				a.consider(a.tree.add(0, &v), 0, byFence)
			}
		}
		if len(a.finder.found) > 0 && (a.best != 0 || a.text[0] == '{' || a.text[0] == '[') {
			return // what stands beside brackets was not meant
		}
	} else if a.wrapped() {
		return
	}
	v := textValue(a.prose())
	a.consider(a.tree.add(0, &v), costText, wholeText)
}

// considerEscaped takes a text that is escaped as if it stood in a JSON string: {\"a\": 1}.
func (a *answering) considerEscaped() {
	if !strings.Contains(a.text, `\"`) {
		return
	}
	if v, ok := quotedWhole(`"` + a.text + `"`); ok {
		a.consider(a.tree.add(0, &v), 0, wholeText)
	}
}

// wrapped reports whether the text was meant for the form {"value": …}.
func (a *answering) wrapped() bool {
	if a.p.value == nil {
		return false
	}
	for _, c := range a.finder.found {
		if v := a.tree.at(c.root); v.form == formObject && !c.thought && a.f.sharesKey(a.p.root, c.root) {
			return true
		}
	}
	return false
}

// quotedWhole reads a text that is one JSON string.
func quotedWhole(text string) (value, bool) {
	if text[0] != '"' {
		return value{}, false
	}
	s := scanner{text: text}
	body, escaped, ok := s.quoted()
	return value{form: formString, text: body, plain: true, escaped: escaped}, ok && s.pos == len(text)
}

// textValue is what a text says that stands for itself: a literal, a string in any quotes, or text.
func textValue(text string) value {
	if v, ok := quotedWhole(text); ok {
		return v
	}
	if kind, fix := literalOf(text); kind != formBare {
		return value{form: kind, text: text, plain: kind == formNumber, fixes: fix}
	}
	for _, q := range quotes {
		if len(text) < len(q.open)+1 || !strings.HasPrefix(text, q.open) {
			continue
		}
		for _, c := range q.close {
			if body, ok := strings.CutSuffix(text[len(q.open):], c); ok && !strings.Contains(body, c) {
				r := reader{text: text, quoting: q, escaped: strings.Contains(body, `\`), fixes: fixQuotes}
				r.gotString(len(q.open), len(q.open)+len(body), len(text))
				return r.got
			}
		}
	}
	return value{form: formBare, text: text, fixes: fixText}
}

// fitBest fits the best value, or returns the error of the one that comes nearest.
func (a *answering) fitBest() *Error {
	if a.best != 0 {
		if a.where != wholeText {
			a.f.repair(a.where)
		}
		return a.f.fit(a.p.root, a.best)
	}
	nearest := -1
	for i := range a.finder.found {
		if nearest < 0 || a.farther(nearest, i) {
			nearest = i
		}
	}
	if nearest >= 0 {
		if err := a.f.fit(a.p.root, a.finder.found[nearest].root); err != nil {
			return err
		}
	}
	if v := textValue(a.prose()); v.form != formBare {
		if err := a.f.fit(a.p.root, a.tree.add(0, &v)); err != nil {
			return err
		}
	}
	return &Error{Path: "$", Kind: KindParse, Message: "want " + a.p.target().want + " as JSON, got text without it: " + showText(a.text)}
}

// farther reports whether the candidate i was less likely meant as the answer than j: for its place, or its length.
func (a *answering) farther(i, j int) bool {
	x, y := &a.finder.found[i], &a.finder.found[j]
	costX, _ := x.place(a.text)
	costY, _ := y.place(a.text)
	if costX != costY {
		return costX > costY
	}
	return x.end-x.start < y.end-y.start
}
