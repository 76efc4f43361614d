package directive

import (
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
)

// target is what the directives of one function, type or package clause are read into.
type target struct {
	settings  *Settings
	mark      mark
	contracts []Contract
	params    []*ParamText
	schemas   []*Schema
	seen      map[string]token.Pos // by directive: the first line
}

// mark is a command or tool directive.
type mark struct {
	pos  token.Pos
	name *Value[string]
}

// setting makes a definition of one field of Settings. What is of tools alone is not handed down, as nothing is to tools.
func setting[T any](d Directive, field func(*Settings) **Value[T], read func(r *reader, to *target)) *definition {
	if d.Places&OnCommand == 0 {
		return &definition{Directive: d, read: read}
	}
	d.Places |= settings
	d.Setting = true
	return &definition{Directive: d, read: read, inherit: func(to, from *Settings) {
		if *field(to) == nil {
			*field(to) = *field(from)
		}
	}}
}

// argument is one argument of a record of type R.
type argument[R any] struct {
	Key
	set    func(r *reader, to *R, w word)
	needed bool // for the synopsis; the record's check reports it
}

func needed[R any](a argument[R]) argument[R] {
	a.needed = true
	return a
}

// optional is a key=value argument.
func optional[R, T any](key, value, deflt, help string, k kind[T], field func(*R) **Value[T]) argument[R] {
	return argument[R]{Key: Key{key, value, deflt, help}, set: func(r *reader, to *R, w word) {
		if *field(to) != nil {
			r.fail(w.pos(), diag.DuplicateArgument, fmt.Sprintf("%s is given twice", describe(key, value)), "")
			return
		}
		if v, ok := single(r, w, k); ok {
			*field(to) = v
		}
	}}
}

func describe(key, value string) string {
	if key == "" {
		return value
	}
	return key + "="
}

// positional is a word without a key. A record has one at most.
func positional[R, T any](value, deflt, help string, k kind[T], field func(*R) **Value[T]) argument[R] {
	return optional("", value, deflt, help, k, field)
}

// positionals is a list without a key; its words add up.
func positionals[R, T any](value, deflt, help string, k kind[T], field func(*R) *[]Value[T]) argument[R] {
	return argument[R]{Key: Key{"", value, deflt, help}, set: func(r *reader, to *R, w word) {
		*field(to) = append(*field(to), many(r, w, k, *field(to))...)
	}}
}

// optionals is a key with a list.
func optionals[R, T any](key, value, deflt, help string, k kind[T], field func(*R) *[]Value[T]) argument[R] {
	return argument[R]{Key: Key{key, value, deflt, help}, set: func(r *reader, to *R, w word) {
		if len(*field(to)) > 0 {
			r.fail(w.pos(), diag.DuplicateArgument, fmt.Sprintf("%s= is given twice", key), "its values stand between commas")
			return
		}
		*field(to) = many(r, w, k, nil)
	}}
}

// record is a setting with several arguments. check, unless it is nil, is called when all of them are read.
func record[R any](name string, places Place, help string, field func(*Settings) **Value[R],
	check func(*reader, *R), args ...argument[R],
) *definition {
	d := Directive{Name: name, Places: places, Help: help}
	describeArguments(&d, args)
	return setting(d, field, func(r *reader, to *target) {
		v := &Value[R]{Pos: r.line.pos, Place: r.place}
		if !readRecord(r, &v.V, args) {
			return
		}
		before := len(r.diagnostics)
		if check != nil {
			check(r, &v.V)
		}
		if len(r.diagnostics) == before {
			*field(to.settings) = v
		}
	})
}

func describeArguments[R any](d *Directive, args []argument[R]) {
	var synopsis []string
	for _, a := range args {
		text := a.Value
		if a.Key.Name != "" {
			text = a.Key.Name + "=" + a.Value
			d.Keys = append(d.Keys, a.Key)
		}
		if !a.needed {
			text = "[" + text + "]"
		}
		synopsis = append(synopsis, text)
	}
	d.Arguments = strings.Join(synopsis, " ")
}

// readRecord reads words and key=value pairs in any order, and returns whether there was nothing to report.
func readRecord[R any](r *reader, to *R, args []argument[R]) bool {
	before := len(r.diagnostics)
	words, _ := r.words()
	for _, w := range words {
		i := slices.IndexFunc(args, func(a argument[R]) bool { return a.Key.Name == w.key.text })
		switch {
		case i >= 0:
			args[i].set(r, to, w)
		case w.key.text == "":
			r.fail(w.pos(), diag.UnexpectedArgument, fmt.Sprintf("%s takes no %q here", r.def.Name, w.items[0].text), r.usage())
		default:
			r.unknownKey(w)
		}
	}
	return len(r.diagnostics) == before
}

// command and tool are the directives that make a function one.
func command(help string, place Place, args ...argument[mark]) *definition {
	return marker("command", help, place, args)
}

func tool(help string, place Place, args ...argument[mark]) *definition {
	return marker("tool", help, place, args)
}

func marker(name, help string, place Place, args []argument[mark]) *definition {
	d := &definition{Directive: Directive{Name: name, Places: place, Help: help}}
	describeArguments(&d.Directive, args)
	d.read = func(r *reader, to *target) {
		to.mark.pos = r.line.pos
		readRecord(r, &to.mark, args)
	}
	return d
}

// one is a setting with one value.
func one[T any](name string, places Place, usage, help string, k kind[T], field func(*Settings) **Value[T]) *definition {
	d := Directive{Name: name, Places: places, Arguments: usage, Help: help}
	return setting(d, field, func(r *reader, to *target) {
		w, ok := r.only("quote a value that holds blanks")
		if !ok {
			return
		}
		if v, ok := single(r, w, k); ok {
			*field(to.settings) = v
		}
	})
}

// flag is a setting without arguments.
func flag(name string, places Place, help string, field func(*Settings) **Value[bool]) *definition {
	d := Directive{Name: name, Places: places, Help: help}
	return setting(d, field, func(r *reader, to *target) {
		if words, _ := r.words(); len(words) > 0 {
			r.fail(words[0].pos(), diag.UnexpectedArgument, name+" takes no argument", r.usage())
			return
		}
		*field(to.settings) = &Value[bool]{V: true, Pos: r.line.pos, Place: r.place}
	})
}

// list is a setting with values between commas; its lines add up.
func list[T comparable](name string, places Place, usage, help string, k kind[T],
	field func(*Settings) **Value[[]Value[T]],
) *definition {
	d := Directive{Name: name, Places: places, Arguments: usage, Help: help, Repeatable: true}
	return setting(d, field, func(r *reader, to *target) {
		w, ok := r.only("items of a list stand between commas")
		if !ok {
			return
		}
		at := field(to.settings)
		if *at == nil {
			*at = &Value[[]Value[T]]{Pos: w.pos(), Place: r.place}
		}
		(*at).V = append((*at).V, many(r, w, k, (*at).V)...)
	})
}

// single reads the value of a word that is no list.
func single[T any](r *reader, w word, k kind[T]) (*Value[T], bool) {
	if len(w.items) > 1 {
		r.fail(w.items[1].pos, diag.UnexpectedArgument, r.name(w)+" takes one value, not a list", "")
		return nil, false
	}
	return parse(r, w, w.items[0], k)
}

// many reads the values of a list. None of them may be among those before.
func many[T any](r *reader, w word, k kind[T], before []Value[T]) []Value[T] {
	all := slices.Clone(before)
	for _, it := range w.items {
		v, ok := parse(r, w, it, k)
		if !ok {
			continue
		}
		if slices.ContainsFunc(all, func(other Value[T]) bool { return any(other.V) == any(v.V) }) {
			r.fail(it.pos, diag.DuplicateArgument, fmt.Sprintf("%q is in the list already", it.text), "")
			continue
		}
		all = append(all, *v)
	}
	return all[len(before):]
}

func parse[T any](r *reader, w word, it item, k kind[T]) (*Value[T], bool) {
	v, f := k.parse(it.text)
	if f != nil {
		code := f.code
		if code == "" {
			code = diag.InvalidValue
		}
		r.fail(it.pos, code, r.name(w)+": "+f.message, f.hint)
		return nil, false
	}
	return &Value[T]{V: v, Pos: it.pos, Place: r.place}, true
}

func checkRetry(r *reader, v *Retry) {
	if v.Base != nil && v.Max != nil && v.Base.V > v.Max.V {
		r.fail(v.Max.Pos, diag.InvalidValue, fmt.Sprintf("retry max: %v is less than the first wait, %v", v.Max.V, v.Base.V), "")
	}
}

func checkFinalize(r *reader, v *Finalize) {
	i := slices.IndexFunc(v.On, func(on Value[string]) bool { return on.V == "none" })
	switch {
	case len(v.On) == 0:
		r.missing()
	case i >= 0 && len(v.On) > 1:
		r.fail(v.On[i].Pos, diag.InvalidValue, `finalize: "none" stands alone`, "")
	case i >= 0 && v.Grace != nil:
		r.fail(v.Grace.Pos, diag.UselessDirective, "grace has no effect where finalize is none", "")
	case i >= 0:
		v.On = nil
	}
}
