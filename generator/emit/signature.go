package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"

	"github.com/alloygen/alloygen/generator/model"
)

// builtin returns a predeclared name, and notes when the package declares that name itself.
func (f *file) builtin(name string) string {
	if slices.Contains(f.pkg.Taken, name) {
		f.hidden[name] = true
	}
	return name
}

// HiddenError says that a package declares names that generated code needs in their predeclared meaning.
type HiddenError struct{ Names []string }

func (e *HiddenError) Error() string {
	return fmt.Sprintf("the package declares %s, which hides the predeclared name that generated code needs", strings.Join(e.Names, ", "))
}

func (f *file) checkHidden() error {
	if len(f.hidden) == 0 {
		return nil
	}
	var names []string
	for _, name := range types.Universe.Names() {
		if f.hidden[name] {
			names = append(names, name)
		}
	}
	return &HiddenError{Names: names}
}

// frame is the scope of one generated function that has the parameters of an annotated one: what each is called there, and
// which names are still free.
type frame struct {
	free   scope
	recv   string   // "" for a function
	params []string // by position
	moved  []moved  // parameters that had to give up their name
}

// moved is a parameter that has another name in a generated function, because that function's own code uses its name for
// something else. Contracts see it under its own name.
type moved struct{ from, to string }

// frame lays out a function with the parameters of fn whose own code uses the names in body.
func (f *file) frame(recv *model.Recv, params []model.Param, body ...string) *frame {
	fr := &frame{free: newScope(body)}
	names := newScope()
	for _, p := range params {
		names.add(p.Name)
	}
	if recv != nil {
		names.add(recv.Name)
		want := recv.Name
		if want == "" || want == "_" {
			// Its own name was not given, so it must not take a parameter's.
			want = newScope(names.names(), body).pick(initial(recv.Type))
		}
		fr.recv = fr.take(want)
	}
	for i, p := range params {
		want := p.Name
		if want == "" || want == "_" {
			want = newScope(names.names(), fr.free.names()).pick("arg" + strconv.Itoa(i+1))
		}
		fr.params = append(fr.params, fr.take(want))
	}
	return fr
}

// initial is the first letter of a type's name, in lower case.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r))
}

func (fr *frame) take(want string) string {
	got := fr.free.pick(want)
	if got != want {
		fr.moved = append(fr.moved, moved{from: want, to: got})
	}
	return got
}

// receiver is the receiver in the declaration of a generated method, or nothing.
func (fr *frame) receiver(recv *model.Recv) jen.Code {
	if recv == nil {
		return jen.Null()
	}
	return jen.Params(jen.Id(fr.recv).Id(recvType(recv)))
}

func recvType(recv *model.Recv) string {
	t := recv.Type
	if len(recv.TypeParams) > 0 {
		t += "[" + strings.Join(recv.TypeParams, ", ") + "]"
	}
	if recv.Pointer {
		t = "*" + t
	}
	return t
}

// paramDecls are the parameters with their types; neighbours of one type share it. A variadic one is declared as a slice
// unless variadic is kept.
func (f *file) paramDecls(fr *frame, fn *model.Func, keepVariadic bool) []jen.Code {
	var out []jen.Code
	for i, name := range fr.params {
		t := f.paramType(fn, i, keepVariadic)
		if i+1 < len(fr.params) && f.paramType(fn, i+1, keepVariadic) == t {
			out = append(out, jen.Id(name))
		} else {
			out = append(out, jen.Id(name).Id(t))
		}
	}
	return out
}

func (f *file) paramType(fn *model.Func, i int, keepVariadic bool) string {
	t := f.text(fn.Params[i].Type)
	if keepVariadic && fn.Variadic && i == len(fn.Params)-1 {
		return "..." + strings.TrimPrefix(t, "[]")
	}
	return t
}

// args are the parameters as they are passed on. spread adds the dots of a variadic one.
func (fr *frame) args(fn *model.Func, spread bool) []jen.Code {
	var out []jen.Code
	for i, name := range fr.params {
		if spread && fn.Variadic && i == len(fr.params)-1 {
			name += "..."
		}
		out = append(out, jen.Id(name))
	}
	return out
}

// call is the call of the annotated function itself.
func (fr *frame) call(fn *model.Func, ctx string) *jen.Statement {
	args := fr.args(fn, true)
	if fn.Context {
		args = append([]jen.Code{jen.Id(ctx)}, args...)
	}
	return fr.on(fn.Recv, fn.Name).Call(args...)
}

// on selects a method from the receiver; without one, it is the function of that name.
func (fr *frame) on(recv *model.Recv, name string) *jen.Statement {
	if recv == nil {
		return jen.Id(name)
	}
	return jen.Id(fr.recv).Dot(name)
}

// pins are assignments that stop compiling when an annotated function changes its signature. Methods of generic types have
// none: they would need type arguments.
func (f *file) pins() []jen.Code {
	var pins []jen.Code
	pin := func(fn *model.Func, results jen.Code) {
		if fn.Recv != nil && len(fn.Recv.TypeParams) > 0 {
			return
		}
		var params []jen.Code
		value := fn.Name
		if fn.Recv != nil {
			t := recvType(fn.Recv)
			params = append(params, jen.Id(t))
			if fn.Recv.Pointer {
				t = "(" + t + ")"
			}
			value = t + "." + fn.Name
		}
		if fn.Context {
			params = append(params, f.pkgName("context", "Context"))
		}
		for i := range fn.Params {
			params = append(params, jen.Id(f.paramType(fn, i, true)))
		}
		pins = append(pins, jen.Id("_").Func().Params(params...).Add(results).Op("=").Id(value))
	}
	for i := range f.Commands {
		c := &f.Commands[i]
		pin(&c.Func, f.promptResults(c))
	}
	for i := range f.Tools {
		t := &f.Tools[i]
		pin(&t.Func, f.results(t.Result, t.Error))
	}
	if len(pins) == 0 {
		return nil
	}
	return []jen.Code{
		jen.Comment("// If one of these lines fails to compile, the function has changed: run go generate."),
		jen.Var().Defs(pins...),
		jen.Line(),
	}
}

// promptResults are the results of a command's own function.
func (f *file) promptResults(c *model.Command) jen.Code {
	t := jen.Id(f.resultType(&c.Result))
	if c.Result.Prompt {
		t = f.prompt(&c.Result)
	}
	if c.Error {
		return jen.Params(t, jen.Id(f.builtin("error")))
	}
	return t
}

// results are those of a function that returns t, if it is set, and an error, if withError.
func (f *file) results(t model.Go, withError bool) jen.Code {
	switch {
	case t == "" && !withError:
		return jen.Null()
	case t == "":
		return jen.Id(f.builtin("error"))
	case !withError:
		return f.code(t)
	}
	return jen.Params(f.code(t), jen.Id(f.builtin("error")))
}

// doc is the doc comment of what is generated for fn, or fallback when fn has none, with more paragraphs behind it.
func doc(fn *model.Func, name, fallback string, more ...string) jen.Code {
	text := strings.TrimRight(fn.Doc, "\n")
	if text == "" {
		text = fallback
	}
	if rest, ok := strings.CutPrefix(text, fn.Name); ok && (rest == "" || strings.ContainsAny(rest[:1], " \n\t,:'")) {
		text = name + rest
	}
	for _, paragraph := range more {
		text += "\n\n" + paragraph
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if line == "" || line[0] == '\t' {
			lines[i] = "//" + line
		} else {
			lines[i] = "// " + line
		}
	}
	return jen.Comment(strings.Join(lines, "\n"))
}
