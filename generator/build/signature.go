package build

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// signature is an annotated function as the type checker sees it.
type signature struct {
	spec *directive.Func
	kind string // command or tool, for messages
	fn   *types.Func
	sig  *types.Signature
	vars []*types.Var // parameters without the context
	ctx  *types.Var   // the context, or nil
}

// signature checks what commands and tools have in common, and reports whether the rest is worth looking at.
func (b *builder) signature(spec *directive.Func, kind string) (*signature, bool) {
	fn := b.object(spec.Decl)
	name := spec.Decl.Name.Name
	if fn == nil || name == "_" || name == "init" || name == "main" && b.pkg.Name == "main" && spec.Decl.Recv == nil {
		b.reportf(spec.Decl.Name.Pos(), diag.InvalidSignature, "give it another name",
			"%s cannot be a %s: nothing can call it", name, kind)
		return nil, false
	}
	sig := fn.Signature()
	s := &signature{spec: spec, kind: kind, fn: fn, sig: sig}
	ok := true
	fail := func(at token.Pos, hint, format string, args ...any) {
		b.reportf(at, diag.InvalidSignature, hint, format, args...)
		ok = false
	}
	if sig.TypeParams().Len() > 0 {
		fail(spec.Decl.Type.TypeParams.Pos(), "write one function for each type, or a method of a generic type",
			"%s has type parameters: what a %s takes and returns must be known when generating", name, kind)
	}
	for i := range sig.Params().Len() {
		v := sig.Params().At(i)
		switch {
		case !isContext(v.Type()):
			s.vars = append(s.vars, v)
		case i == 0:
			s.ctx = v
		default:
			fail(paramPos(spec.Decl, v, i), "move it to the front", "context.Context must be the first parameter of a %s", kind)
		}
	}
	return s, ok
}

// paramPos is where a parameter stands, an unnamed one too.
func paramPos(decl *ast.FuncDecl, v *types.Var, i int) token.Pos {
	if v.Pos().IsValid() {
		return v.Pos()
	}
	if list := decl.Type.Params; list != nil && i < len(list.List) {
		return list.List[i].Pos()
	}
	return decl.Name.Pos()
}

func isContext(t types.Type) bool { return isNamed(t, "context", "Context") }

func isNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

func isInvalid(t types.Type) bool {
	basic, ok := t.(*types.Basic)
	return ok && basic.Kind() == types.Invalid
}

// resultPos is where the i-th result stands, or the function's name if there is none.
func (s *signature) resultPos(i int) token.Pos {
	list := s.spec.Decl.Type.Results
	if list == nil {
		return s.spec.Decl.Name.Pos()
	}
	for _, f := range list.List {
		n := max(len(f.Names), 1)
		if i < n {
			return f.Type.Pos()
		}
		i -= n
	}
	return list.Pos()
}

// model is the function as the model has it.
func (b *builder) function(s *signature, exported string) model.Func {
	decl := s.spec.Decl
	f := model.Func{
		Pos: b.pos(decl.Name.Pos()), Name: decl.Name.Name, Exported: exported,
		Doc:     strings.TrimSpace(decl.Doc.Text()),
		Recv:    b.receiver(s),
		Context: s.ctx != nil,
		Params:  b.params(s.spec, s.vars), Variadic: s.sig.Variadic(),
	}
	if n := s.sig.Results().Len(); n > 0 {
		f.Error = isError(s.sig.Results().At(n - 1).Type())
	}
	return f
}

func (b *builder) params(spec *directive.Func, vars []*types.Var) []model.Param {
	params := make([]model.Param, len(vars))
	for i, v := range vars {
		params[i] = model.Param{Name: v.Name(), Type: b.goType(v.Type()), Doc: paramDoc(spec, v.Name()),
			Redact: redacted(spec, v.Name())}
		_, params[i].Optional = v.Type().Underlying().(*types.Pointer)
	}
	return params
}

func paramDoc(spec *directive.Func, name string) string {
	for _, p := range spec.Params {
		if p.Name.V == name {
			return p.Text.V
		}
	}
	return ""
}

func redacted(spec *directive.Func, name string) bool {
	return spec.Settings.Redact != nil && slices.ContainsFunc(spec.Settings.Redact.V,
		func(v directive.Value[string]) bool { return v.V == name })
}

// receiver describes the receiver of a method, or is nil.
func (b *builder) receiver(s *signature) *model.Recv {
	v := s.sig.Recv()
	if v == nil {
		return nil
	}
	t, pointer := types.Unalias(v.Type()), false
	if p, ok := t.(*types.Pointer); ok {
		t, pointer = types.Unalias(p.Elem()), true
	}
	named, ok := t.(*types.Named)
	if !ok {
		return nil // not valid Go, which the compiler reports
	}
	r := &model.Recv{Name: v.Name(), Type: named.Obj().Name(), Pointer: pointer, Taken: b.members(named)}
	for t := range s.sig.RecvTypeParams().TypeParams() {
		r.TypeParams = append(r.TypeParams, t.Obj().Name())
	}
	if st, ok := named.Underlying().(*types.Struct); ok {
		if paths := clientFields(b.pkg.Types, st, ""); len(paths) == 1 {
			r.Client = model.Go(paths[0])
		}
	}
	return r
}

// members are the names of the fields and methods that a type has by itself.
func (b *builder) members(named *types.Named) []string {
	obj := named.Origin().Obj()
	if all, ok := b.received[obj]; ok {
		return all
	}
	all := []string{}
	for m := range named.Origin().Methods() {
		all = append(all, m.Name())
	}
	if s, ok := named.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			all = append(all, f.Name())
		}
	}
	slices.Sort(all)
	b.received[obj] = all
	return all
}

// clientFields are the paths of the fields of type *alloy.Client that own can use, in embedded structs too if the struct
// itself has none. Embedded pointers are left out: they may be nil.
func clientFields(own *types.Package, s *types.Struct, prefix string) []string {
	var paths []string
	usable := func(f *types.Var) bool { return f.Name() != "_" && (f.Exported() || f.Pkg().Path() == own.Path()) }
	for f := range s.Fields() {
		if p, ok := types.Unalias(f.Type()).(*types.Pointer); ok && isNamed(p.Elem(), runtimePath, "Client") && usable(f) {
			paths = append(paths, prefix+f.Name())
		}
	}
	if len(paths) > 0 {
		return paths
	}
	for f := range s.Fields() {
		if inner, ok := f.Type().Underlying().(*types.Struct); ok && f.Embedded() && usable(f) {
			paths = append(paths, clientFields(own, inner, fmt.Sprintf("%s%s.", prefix, f.Name()))...)
		}
	}
	return paths
}
