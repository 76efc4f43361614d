package directive

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/alloygen/alloygen/generator/diag"
)

// HTTP is an http directive.
type HTTP struct {
	Method    string // DefaultMethod if it is not given
	Path      Value[string]
	Heartbeat *Value[time.Duration] // NoHeartbeat for "none"
}

// DefaultMethod is what an http directive without a method means.
const DefaultMethod = "POST"

// NoHeartbeat is the heartbeat of a stream that gets none.
const NoHeartbeat time.Duration = -1

// methods are those whose requests have a body for the parameters.
var methods = []string{DefaultMethod, "PUT", "PATCH"}

// served is a method, or none, and a path. Only a command itself has it: two at one path would be one too many.
func served(help string) *definition {
	d := Directive{
		Name: "http", Places: OnCommand, Arguments: "[METHOD] /PATH [heartbeat=DURATION]", Help: help,
		Keys: []Key{{"heartbeat", "DURATION", "30s", `after how long without an event a comment keeps the connection alive, or "none"`}},
	}
	return &definition{Directive: d, read: readHTTP}
}

func readHTTP(r *reader, to *target) {
	words, ok := r.words()
	if !ok {
		return
	}
	v := &Value[HTTP]{Pos: r.line.pos, Place: r.place}
	before := len(r.diagnostics)
	for _, w := range words {
		switch {
		case w.key.text == "heartbeat":
			r.heartbeat(&v.V, w)
		case w.key.text != "":
			r.unknownKey(w)
		case len(w.items) > 1:
			r.fail(w.items[1].pos, diag.UnexpectedArgument, "http takes one path, not a list", "")
		default:
			r.methodOrPath(&v.V, w)
		}
	}
	if v.V.Path.V == "" && len(r.diagnostics) == before {
		r.missing()
	}
	if v.V.Method == "" {
		v.V.Method = DefaultMethod
	}
	if len(r.diagnostics) == before {
		to.settings.HTTP = v
	}
}

func (r *reader) heartbeat(h *HTTP, w word) {
	switch {
	case h.Heartbeat != nil:
		r.fail(w.pos(), diag.DuplicateArgument, "heartbeat= is given twice", "")
	case len(w.items) == 1 && w.items[0].text == "none":
		h.Heartbeat = &Value[time.Duration]{V: NoHeartbeat, Pos: w.items[0].pos, Place: r.place}
	default:
		if v, ok := single(r, w, duration); ok {
			h.Heartbeat = v
		}
	}
}

func (r *reader) methodOrPath(h *HTTP, w word) {
	it := w.items[0]
	what, given := "method", h.Method != ""
	k, to := method, &h.Method
	if strings.HasPrefix(it.text, "/") {
		what, given = "path", h.Path.V != ""
		k, to = path, &h.Path.V
		h.Path.Pos, h.Path.Place = it.pos, r.place
	}
	if given {
		r.fail(it.pos, diag.UnexpectedArgument, "http takes one "+what, "")
		return
	}
	if v, ok := parse(r, w, it, k); ok {
		*to = v.V
	}
}

// bodiless are methods for which RFC 9110 §9.3 gives a body no meaning.
var bodiless = []string{"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"}

// method is a method of HTTP whose requests have a body.
var method = kind[string]{func(text string) (string, *fault) {
	switch {
	case slices.Contains(methods, text):
		return text, nil
	case slices.Contains(bodiless, text):
		return "", &fault{message: fmt.Sprintf("a %s request has no body, which is where the parameters are", text),
			hint: "write one of " + strings.Join(methods, ", ")}
	}
	f := want("a path that begins with a slash, or one of the methods "+strings.Join(methods, ", "), text)
	f.hint = Suggest(strings.ToUpper(text), methods)
	return "", f
}}

// path is what http.ServeMux takes for one path, and no client or proxy rewrites.
var path = kind[string]{func(text string) (string, *fault) {
	hint := ""
	segments := strings.Split(text[1:], "/")
	last := len(segments) - 1
	for i, s := range segments {
		switch {
		case strings.ContainsAny(s, "{}"):
			hint = "a path has no parameters: they stand in the body"
		case s == "" && last == 0: // the root
		case s == "" && i == last:
			hint = "leave the slash at the end out"
		case s == "", s == ".", s == "..":
			hint = "http.ServeMux redirects paths with empty segments and dots"
		case strings.ContainsFunc(s, func(c rune) bool { return !inPath(c) }):
			hint = "letters and digits of ASCII and -._~:@ need no encoding"
		}
		if hint != "" {
			f := want("a path such as /tickets or /v1/tickets", text)
			f.hint = hint
			return "", f
		}
	}
	return text, nil
}}

// inPath reports whether a character stands for itself in a path (RFC 3986 §3.3).
func inPath(c rune) bool {
	return c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)) || strings.ContainsRune("-._~:@", c)
}
