package build

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/generator/schema"
)

// offer is a name of a tools directive, resolved.
type offer struct {
	tool string // the name that the model is given; empty for a value that somebody wrote, which may have any
	ref  model.ToolRef
	spec *directive.Func // of a tool; nil for a command or a value
	src  *source         // the package of spec
}

// tools resolves the tools of a command.
func (b *builder) tools(spec *directive.Func, fb *fileBuilder) []model.ToolRef {
	if spec.Settings.Tools == nil {
		return nil
	}
	var refs []model.ToolRef
	var offers []offer
	var names []directive.Value[directive.Name]
	seen := map[string]bool{}
	for _, v := range spec.Settings.Tools.V {
		o, ok := b.offer(spec, v, fb)
		if !ok {
			continue
		}
		if o.tool != "" && seen[o.tool] {
			b.reportf(v.Pos, diag.DuplicateTool, "give one of them another name, with //alloy:tool name=NAME",
				"%s has two tools called %q", spec.Decl.Name.Name, o.tool)
			continue
		}
		seen[o.tool] = true
		o.ref.Name = v.V.String()
		refs = append(refs, o.ref)
		offers, names = append(offers, o), append(names, v)
	}
	if len(offers) == len(spec.Settings.Tools.V) {
		b.unmet(spec, names, offers)
	}
	return refs
}

func (b *builder) offer(spec *directive.Func, v directive.Value[directive.Name], fb *fileBuilder) (offer, bool) {
	r := &resolver{builder: b, spec: spec, at: v.Pos, fb: fb}
	if v.V.Package != "" {
		return r.imported(v.V)
	}
	if spec.Receiver() != "" {
		if o, ok := r.ofReceiver(v.V.Name); ok {
			return o, !r.failed
		}
	}
	return r.ofPackage(v.V.Name)
}

// resolver resolves one name of a tools directive, or a package's name in another one.
type resolver struct {
	*builder
	spec   *directive.Func // the command
	at     token.Pos       // of the name
	fb     *fileBuilder
	code   diag.Code // of what is wrong; empty means UnknownTool
	failed bool      // something is wrong, and reported
}

func (r *resolver) fail(hint, format string, args ...any) (offer, bool) {
	r.reportf(r.at, cmp.Or(r.code, diag.UnknownTool), hint, format, args...)
	r.failed = true
	return offer{}, false
}

// visible reports a function of a test file that a command outside of it cannot use.
func (r *resolver) visible(f *directive.Func) bool {
	if f.File.Test && !r.spec.File.Test {
		r.fail("move one of them", "%s is declared in a test file, and %s is not", f.Decl.Name.Name, r.spec.Decl.Name.Name)
		return false
	}
	return true
}

// ofReceiver finds a method of the command's receiver, one of an embedded struct included. The second result is false
// if there is none.
func (r *resolver) ofReceiver(name string) (offer, bool) {
	recv := r.receiverOf(r.spec)
	if recv == nil {
		return offer{}, false
	}
	for _, f := range r.src.funcs[name] {
		if f.Receiver() == "" || !r.hasMethod(recv, f) {
			continue
		}
		if !r.visible(f) {
			return offer{}, true
		}
		if r.src.isCommand(f) {
			exported, _ := exportedName(f)
			return r.command(commandRef{fn: model.Go(exported), name: exported, spec: f, info: r.pkg.Info, recv: r.spec}), true
		}
		return r.tool(r.src, f, model.ToolRef{Value: model.Go(upperFirst(f.Decl.Name.Name) + "Tool()"), OnRecv: true}), true
	}
	for _, name := range []string{name, upperFirst(name) + "Tool"} {
		if m := methodOf(recv, r.pkg.Types, name); m != nil && returnsTool(m.Signature()) {
			return offer{ref: model.ToolRef{Value: model.Go(name + "()"), OnRecv: true}}, true
		}
	}
	return offer{}, false
}

func (r *resolver) tool(src *source, f *directive.Func, ref model.ToolRef) offer {
	return offer{tool: toolName(f), ref: ref, spec: f, src: src}
}

func (b *builder) receiverOf(spec *directive.Func) types.Type {
	fn := b.object(spec.Decl)
	if fn == nil || fn.Signature().Recv() == nil {
		return nil
	}
	return fn.Signature().Recv().Type()
}

// hasMethod reports whether the annotated method f is one of recv's.
func (r *resolver) hasMethod(recv types.Type, f *directive.Func) bool {
	m := methodOf(recv, r.pkg.Types, f.Decl.Name.Name)
	return m != nil && m.Origin() == r.object(f.Decl)
}

func methodOf(recv types.Type, pkg *types.Package, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(recv, true, pkg, name)
	m, _ := obj.(*types.Func)
	return m
}

func isTool(t types.Type) bool { return isNamed(t, runtimePath, "Tool") }

func returnsTool(sig *types.Signature) bool {
	return sig.Params().Len() == 0 && sig.Results().Len() == 1 && isTool(sig.Results().At(0).Type())
}

// ofPackage finds a function of the package, or a variable that somebody wrote.
func (r *resolver) ofPackage(name string) (offer, bool) {
	var method *directive.Func
	for _, f := range r.src.funcs[name] {
		if f.Receiver() != "" {
			method = f
			continue
		}
		if !r.visible(f) {
			return offer{}, false
		}
		if r.src.isCommand(f) {
			exported, _ := exportedName(f)
			o := r.command(commandRef{fn: model.Go(exported), name: exported, spec: f, info: r.pkg.Info})
			return o, !r.failed
		}
		return r.tool(r.src, f, model.ToolRef{Value: model.Go(upperFirst(f.Decl.Name.Name) + "Tool")}), true
	}
	obj := r.pkg.Types.Scope().Lookup(name)
	if v, ok := obj.(*types.Var); ok && isTool(v.Type()) {
		return offer{ref: model.ToolRef{Value: model.Go(name)}}, true
	}
	switch fn, ok := obj.(*types.Func); {
	case ok:
		return r.fail("write //alloy:tool above it", "%s is neither a tool nor a command", fn.Name())
	case obj != nil:
		return r.fail("name a function with //alloy:tool or //alloy:command, or a variable of type alloy.Tool",
			"%s is not a tool", name)
	case method != nil:
		return r.fail(fmt.Sprintf("only methods of %s may use it; make it a function, or %s a method",
			method.Receiver(), r.spec.Decl.Name.Name),
			"%s is a method of %s", name, method.Receiver())
	}
	return r.fail(directive.Suggest(name, r.known()), "there is no tool or command %s", name)
}

// known are the names that could have been meant.
func (r *resolver) known() []string {
	var names []string
	for _, f := range slices.Concat(r.src.Tools, r.src.Commands) {
		names = append(names, f.Decl.Name.Name)
	}
	return names
}

// imported finds a tool or command of another package.
func (r *resolver) imported(name directive.Name) (offer, bool) {
	pkg, ok := r.packageNamed(name.Package)
	if !ok {
		return offer{}, false
	}
	if pkg.Path() == r.pkg.Types.Path() {
		return r.ofPackage(name.Name)
	}
	if r.run.imports(pkg, r.pkg.Path, map[string]bool{}) {
		return r.fail("move what both need into a third package",
			"%s cannot be used here: package %s imports this one, or will when it is generated", name, pkg.Path())
	}
	r.run.uses[r.pkg.Path] = append(r.run.uses[r.pkg.Path], pkg)
	mark := model.ImportMark(pkg.Path(), pkg.Name())
	if src := r.run.packages[pkg.Path()]; src != nil {
		for _, f := range src.funcs[name.Name] {
			if f.Receiver() != "" || f.File.Test {
				continue
			}
			if src.isCommand(f) {
				exported, _ := exportedName(f)
				o := r.command(commandRef{fn: model.Go(mark + "." + exported), name: exported, spec: f, info: src.Load.Info})
				return o, !r.failed
			}
			return r.tool(src, f, model.ToolRef{Value: model.Go(mark + "." + upperFirst(f.Decl.Name.Name) + "Tool")}), true
		}
	}
	return r.generated(pkg, mark, name)
}

// generated finds what was generated in a package that is not part of this run, or a variable that somebody wrote.
func (r *resolver) generated(pkg *types.Package, mark string, name directive.Name) (offer, bool) {
	src := r.run.outsider(r.pkg.Docs, pkg.Path())
	exported := upperFirst(name.Name)
	var spec *directive.Func
	for _, f := range src.funcs[name.Name] {
		if f.Receiver() == "" {
			spec = f
		}
	}
	switch {
	case spec == nil:
	case src.isCommand(spec):
		exported, _ = exportedName(spec)
	default: // its value may still be to come, as go generate takes packages one by one
		value := mark + "." + upperFirst(spec.Decl.Name.Name) + "Tool"
		return r.tool(src, spec, model.ToolRef{Value: model.Go(value)}), true
	}
	for _, variable := range []string{exported, exported + "Tool"} {
		if v, ok := pkg.Scope().Lookup(variable).(*types.Var); ok && isTool(v.Type()) {
			return offer{ref: model.ToolRef{Value: model.Go(mark + "." + variable)}}, true
		}
	}
	fn, _ := pkg.Scope().Lookup(exported).(*types.Func)
	value, _ := pkg.Scope().Lookup(exported + "Command").(*types.Var)
	if fn != nil && value != nil && isNamed(value.Type(), runtimePath, "Command") {
		o := r.command(commandRef{fn: model.Go(mark + "." + exported), name: exported, spec: spec, wrapper: fn})
		return o, !r.failed
	}
	return r.fail("annotate it there, and run alloygen on that package too: alloygen ./...",
		"package %s has no tool or command %s", pkg.Path(), name.Name)
}

// packageNamed finds an imported package by the name that the directive's file gives it. A directive must not force an
// import that nothing else uses, so the imports of the package's other files count too, and the packages of the run.
func (r *resolver) packageNamed(name string) (*types.Package, bool) {
	if f := r.pkg.FileOf(r.at); f != nil {
		if p, ok := r.pkg.Info.Scopes[f.Syntax].Lookup(name).(*types.PkgName); ok {
			return p.Imported(), true
		}
	}
	var found []*types.Package
	add := func(p *types.Package) {
		same := func(o *types.Package) bool { return o.Path() == p.Path() }
		if p.Name() == name && !slices.ContainsFunc(found, same) {
			found = append(found, p)
		}
	}
	for _, p := range r.pkg.Types.Imports() {
		add(p)
	}
	if len(found) == 0 {
		for _, src := range r.run.packages {
			if !src.Load.External {
				add(src.Load.Types)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], true
	case 0:
		_, _ = r.fail("import it, or run alloygen on it too", "no package called %s is imported here", name)
	default:
		var paths []string
		for _, p := range found {
			paths = append(paths, p.Path())
		}
		slices.Sort(paths)
		_, _ = r.fail("import the one that is meant in this file", "%s is the name of more than one package: %s",
			name, strings.Join(paths, ", "))
	}
	return nil, false
}

// imports reports whether p imports path, also through other packages, once the packages of the run are generated.
func (r *run) imports(p *types.Package, path string, seen map[string]bool) bool {
	if seen[p.Path()] {
		return false
	}
	seen[p.Path()] = true
	return slices.ContainsFunc(slices.Concat(p.Imports(), r.uses[p.Path()]), func(i *types.Package) bool {
		return i.Path() == path || r.imports(i, path, seen)
	})
}

// commandRef is a command that is to be offered as a tool.
type commandRef struct {
	fn      model.Go
	name    string          // of the wrapper
	spec    *directive.Func // nil if the source is not there
	info    *types.Info     // of its package, if that is part of the run; or
	wrapper *types.Func     // what was generated for it before
	recv    *directive.Func // the command whose receiver has it as a method
}

// command offers a command as a tool. Within a file, each command is offered by one function.
func (r *resolver) command(c commandRef) offer {
	tool := schema.Snake(c.name)
	if c.spec != nil {
		tool = schema.Snake(c.spec.Decl.Name.Name)
	}
	ct := model.CommandTool{Func: c.fn, Tool: tool}
	if c.recv != nil {
		ct.Recv = r.receiver(&signature{spec: c.recv, sig: r.object(c.recv.Decl).Signature()})
	}
	made := func(ct *model.CommandTool) offer {
		return offer{tool: ct.Tool, ref: model.ToolRef{Value: model.Go(ct.Name + "()"), OnRecv: ct.Recv != nil}}
	}
	for i := range r.fb.CommandTools {
		if other := &r.fb.CommandTools[i]; other.Func == ct.Func && sameReceiver(other.Recv, ct.Recv) {
			return made(other)
		}
	}
	ct.Name = r.asTool(c.name, ct.Recv)
	if !r.describe(&ct, c) {
		r.failed = true
		return offer{}
	}
	r.fb.CommandTools = append(r.fb.CommandTools, ct)
	return made(&ct)
}

// asTool is a name for the function that offers a command: summarizeAsTool.
func (r *resolver) asTool(command string, recv *model.Recv) string {
	base := lowerFirst(command) + "AsTool"
	name := base
	taken := func(o model.CommandTool) bool { return o.Name == name && sameReceiver(o.Recv, recv) }
	for i := 2; slices.ContainsFunc(r.fb.CommandTools, taken); i++ {
		name = fmt.Sprintf("%s%d", base, i)
	}
	return name
}

// describe adds what a command takes and returns, or reports why a model cannot call it.
func (r *resolver) describe(ct *model.CommandTool, c commandRef) bool {
	if !validToolName.MatchString(ct.Tool) {
		_, ok := r.fail("rename the function", "%s cannot be a tool: %s", c.name, badToolName(ct.Tool))
		return ok
	}
	vars, result, ok := r.commandSignature(c, ct)
	if !ok {
		return false
	}
	var props []schema.Param
	for i, v := range vars {
		if v.Name() == "" || v.Name() == "_" {
			_, ok := r.fail("give it one", "%s cannot be a tool: its parameter %d has no name", c.name, i+1)
			return ok
		}
		p := model.Param{Name: v.Name(), Type: r.goType(v.Type())}
		_, p.Optional = v.Type().Underlying().(*types.Pointer)
		if c.spec != nil {
			p.Doc, p.Redact = paramDoc(c.spec, v.Name()), redacted(c.spec, v.Name())
		}
		ct.Params = append(ct.Params, p)
		props = append(props, schema.Param{Name: v.Name(), Type: v.Type(), Doc: p.Doc, Pos: r.at})
	}
	ct.Input = r.schemas.Input(ct.Tool, props, r.at)
	ct.InputCodec = r.fb.codecs.Input(ct.Name, props)
	ct.Result = model.Result{Kind: kindOf(result), Type: r.goType(result), Prompt: true}
	if ct.Result.Kind == model.ResultTyped {
		ct.ResultCodec = r.fb.codecs.Of(result, r.at)
	}
	return true
}

func sameReceiver(a, b *model.Recv) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type
}

// commandSignature finds the parameters without the context, the result and the doc comment of a command.
func (r *resolver) commandSignature(c commandRef, ct *model.CommandTool) (vars []*types.Var, result types.Type, ok bool) {
	if c.spec != nil {
		ct.Doc = strings.TrimSpace(c.spec.Decl.Doc.Text())
	} else {
		ct.Doc = r.pkg.Docs.Doc(c.wrapper).Text
	}
	if c.wrapper != nil {
		sig := c.wrapper.Signature()
		for i := 1; i < sig.Params().Len()-1; i++ { // between the context and the options
			vars = append(vars, sig.Params().At(i))
		}
		if sig.Results().Len() == 2 {
			return vars, sig.Results().At(0).Type(), true
		}
		value := r.noneType(c.wrapper.Pkg())
		return vars, value, value != nil
	}
	fn, _ := c.info.Defs[c.spec.Decl.Name].(*types.Func)
	if fn == nil || fn.Signature().Results().Len() == 0 {
		return nil, nil, false // reported where it is declared
	}
	a, ok := promptType(fn.Signature().Results().At(0).Type())
	for i := range fn.Signature().Params().Len() {
		if v := fn.Signature().Params().At(i); i > 0 || !isContext(v.Type()) {
			vars = append(vars, v)
		}
	}
	return vars, a.typ, ok
}

// noneType is alloy.None as a package that imports the runtime sees it.
func (r *resolver) noneType(p *types.Package) types.Type {
	for _, i := range p.Imports() {
		if i.Path() == runtimePath {
			if obj := i.Scope().Lookup("None"); obj != nil {
				return obj.Type()
			}
		}
	}
	return nil
}

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}
