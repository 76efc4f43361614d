package build

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// degrade resolves the function of a degrade directive and checks that it takes and returns what the command does. result is
// nil if there is none.
func (b *builder) degrade(s *signature, result types.Type) *model.Degrade {
	v := s.spec.Settings.Degrade
	if v == nil {
		return nil
	}
	d := degradeResolver{builder: b, s: s, v: v}
	m := &model.Degrade{Name: v.V.String(), Level: level(v.Place)}
	fn := d.find(m)
	if fn == nil {
		return nil
	}
	sig := fn.Signature()
	m.Context = sig.Params().Len() > 0 && isContext(sig.Params().At(0).Type())
	if !d.fits(sig, result) {
		d.fail("write func "+fn.Name()+d.want(result)+"; the context may be left out", "%s is %s", v.V, shortType(sig, b.pkg.Types))
		return nil
	}
	return m
}

type degradeResolver struct {
	*builder
	s *signature
	v *directive.Value[directive.Name]
}

// fail reports at the directive if it is the command's own, else at the command.
func (d *degradeResolver) fail(hint, format string, args ...any) {
	message := "degrade: " + fmt.Sprintf(format, args...)
	if d.v.Place == directive.OnCommand {
		d.report(d.v.Pos, diag.InvalidDegrade, message, hint)
		return
	}
	at := d.pos(d.v.Pos)
	d.report(d.s.spec.Decl.Name.Pos(), diag.InvalidDegrade,
		fmt.Sprintf("%s, which does not suit %s; the directive stands at %s:%d", message, d.s.fn.Name(), at.File, at.Line), hint)
}

// find returns the function and notes where it is: a method of the receiver, a function of the package, or of another one.
func (d *degradeResolver) find(m *model.Degrade) *types.Func {
	name := d.v.V
	pkg := d.pkg.Types
	if name.Package != "" {
		return d.imported(m)
	}
	if recv := d.s.sig.Recv(); recv != nil {
		if fn := methodOf(recv.Type(), pkg, name.Name); fn != nil {
			m.Func, m.OnRecv = model.Go(name.Name), true
			return d.visible(fn)
		}
	}
	obj := pkg.Scope().Lookup(name.Name)
	fn, ok := obj.(*types.Func)
	if !ok {
		if obj != nil {
			d.fail("name a function", "%s is not a function", name)
		} else {
			d.fail(directive.Suggest(name.Name, functions(pkg)), "there is no function %s", name)
		}
		return nil
	}
	m.Func = model.Go(name.Name)
	return d.visible(fn)
}

// visible is nil for a function of a test file if the command is in none.
func (d *degradeResolver) visible(fn *types.Func) *types.Func {
	if fn.Pkg() == d.pkg.Types && d.isTest(fn) && !d.s.spec.File.Test {
		d.fail("move one of them", "%s is declared in a test file, and %s is not", fn.Name(), d.s.fn.Name())
		return nil
	}
	return fn
}

func (d *degradeResolver) imported(m *model.Degrade) *types.Func {
	name := d.v.V
	r := &resolver{builder: d.builder, spec: d.s.spec, at: d.v.Pos, code: diag.InvalidDegrade}
	pkg, ok := r.packageNamed(name.Package)
	if !ok {
		return nil
	}
	if r.run.imports(pkg, d.pkg.Path, map[string]bool{}) {
		d.fail("move what both need into a third package", "package %s imports this one, or will when it is generated", pkg.Path())
		return nil
	}
	fn, ok := pkg.Scope().Lookup(name.Name).(*types.Func)
	if !ok || !fn.Exported() {
		d.fail("", "package %s has no exported function %s", pkg.Path(), name.Name)
		return nil
	}
	r.run.uses[d.pkg.Path] = append(r.run.uses[d.pkg.Path], pkg)
	m.Func = model.Go(model.ImportMark(pkg.Path(), pkg.Name()) + "." + name.Name)
	return fn
}

// functions are the names of a package's functions.
func functions(pkg *types.Package) []string {
	var names []string
	for _, name := range pkg.Scope().Names() {
		if _, ok := pkg.Scope().Lookup(name).(*types.Func); ok {
			names = append(names, name)
		}
	}
	return names
}

// fits compares a signature with that of the command: a context or none, the same parameters, an error; the result, if
// there is one, and an error.
func (d *degradeResolver) fits(sig *types.Signature, result types.Type) bool {
	params := sig.Params()
	if sig.TypeParams().Len() > 0 || sig.Variadic() {
		return false
	}
	first := 0
	if params.Len() > 0 && isContext(params.At(0).Type()) {
		first = 1
	}
	if params.Len()-first != len(d.s.vars)+1 || !isError(params.At(params.Len()-1).Type()) {
		return false
	}
	for i, v := range d.s.vars {
		if !types.Identical(params.At(first+i).Type(), v.Type()) {
			return false
		}
	}
	results := sig.Results()
	if result == nil {
		return results.Len() == 1 && isError(results.At(0).Type())
	}
	return results.Len() == 2 && types.Identical(results.At(0).Type(), result) && isError(results.At(1).Type())
}

// want is the signature that the function should have.
func (d *degradeResolver) want(result types.Type) string {
	params := []string{"ctx context.Context"}
	for i, v := range d.s.vars {
		name := v.Name()
		if name == "" || name == "_" {
			name = fmt.Sprintf("arg%d", i+1)
		}
		params = append(params, name+" "+shortType(v.Type(), d.pkg.Types))
	}
	results := " error"
	if result != nil {
		results = " (" + shortType(result, d.pkg.Types) + ", error)"
	}
	return "(" + strings.Join(append(params, "err error"), ", ") + ")" + results
}
