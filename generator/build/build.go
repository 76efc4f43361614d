// Package build turns the directives of a run into the checked model: it resolves names and types, makes the schemas,
// checks the contracts, and decides every name that users will see. What is wrong is collected, all of it.
package build

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/contract"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/generator/schema"
)

// runtimePath is the import path of package alloy.
const runtimePath = "github.com/alloygen/alloygen/runtime"

// Packages returns the models of the packages of one run, in their order, and what is wrong with them. A model is only
// complete if nothing is.
func Packages(packages []*directive.Package) ([]model.Package, diag.List) {
	run := newRun(packages)
	models := make([]model.Package, 0, len(packages))
	for _, p := range packages {
		b := newBuilder(run, run.packages[p.Load.Path])
		models = append(models, b.build())
	}
	return models, run.diagnostics
}

// run is what the packages of a run share.
type run struct {
	packages    map[string]*source          // by import path
	outsiders   map[string]*source          // by import path, once somebody needs them
	uses        map[string][]*types.Package // by import path: what generated code will import for its tools
	stdlib      *importer
	compiled    schema.Compiled
	diagnostics diag.List
}

func newRun(packages []*directive.Package) *run {
	r := &run{packages: map[string]*source{}, outsiders: map[string]*source{}, uses: map[string][]*types.Package{}}
	r.stdlib = newImporter(r.standard)
	for _, p := range packages {
		r.packages[p.Load.Path] = newSource(p)
	}
	return r
}

// outsider is an imported package that is not part of the run, as its source has it: what is generated for its users must
// not depend on which packages are generated together. It is empty if the source is not there.
func (r *run) outsider(docs *load.DocFinder, path string) *source {
	s, ok := r.outsiders[path]
	if !ok {
		parsed := &directive.Package{}
		if pkg := docs.Outside(path); pkg != nil {
			parsed, _ = directive.Parse(pkg) // its errors are told when it is generated
		}
		s = newSource(parsed)
		r.outsiders[path] = s
	}
	return s
}

// standard are the packages of the standard library that contracts may need, by the names that they use.
func (r *run) standard() []string {
	paths := map[string]bool{}
	for _, s := range r.packages {
		for _, f := range slices.Concat(s.Commands, s.Tools) {
			for _, c := range f.Contracts {
				for _, path := range contract.Standard(c.Expr) {
					paths[path] = true
				}
			}
			if on := f.Settings.RetryOn; on != nil {
				for _, c := range on.V {
					for _, path := range contract.Standard(c.V.Expr) {
						paths[path] = true
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(paths))
}

// source is a package of the run with its functions by name.
type source struct {
	*directive.Package
	funcs map[string][]*directive.Func
}

func newSource(p *directive.Package) *source {
	s := &source{Package: p, funcs: map[string][]*directive.Func{}}
	for _, f := range slices.Concat(p.Commands, p.Tools) {
		s.add(f)
	}
	return s
}

// add makes a function known by its own name and by that of what is generated.
func (s *source) add(f *directive.Func) {
	own := f.Decl.Name.Name
	s.funcs[own] = append(s.funcs[own], f)
	generated := upperFirst(own)
	if s.isCommand(f) {
		generated, _ = exportedName(f)
	}
	if generated != own {
		s.funcs[generated] = append(s.funcs[generated], f)
	}
}

func (s *source) isCommand(f *directive.Func) bool { return slices.Contains(s.Commands, f) }

// builder makes the model of one package.
type builder struct {
	run      *run
	src      *source
	pkg      *load.Package
	schemas  *schema.Generator
	own      map[string]string // schema directives, by import path and name of the type
	names    names
	files    map[string]*fileBuilder
	results  map[string]schema.Output // by type
	received map[*types.TypeName][]string
	spots    map[spot]*directive.Func
	suited   map[part]bool // by parts of settings of types and the package: some command can use it
}

// fileBuilder is one file to generate.
type fileBuilder struct {
	model.File
	codecs *schema.Codecs
}

func newBuilder(run *run, src *source) *builder {
	b := &builder{
		run: run, src: src, pkg: src.Load,
		own:      map[string]string{},
		files:    map[string]*fileBuilder{},
		results:  map[string]schema.Output{},
		received: map[*types.TypeName][]string{},
		spots:    map[spot]*directive.Func{},
		suited:   map[part]bool{},
	}
	b.names = names{b: b, taken: map[string]*directive.Func{}, mounted: map[string]bool{}}
	b.schemas = schema.New(schema.Config{
		Package:   b.pkg.Types,
		Fset:      b.pkg.Fset,
		Doc:       b.doc,
		Directive: b.schemaDirective,
		Constant:  b.constantSchema,
		Partial:   b.partial,
		Compiled:  &run.compiled,
		Report:    func(p schema.Problem) { b.report(p.Pos, p.Code, p.Message, p.Hint) },
	})
	return b
}

func (b *builder) report(pos token.Pos, code diag.Code, message, hint string) {
	b.run.diagnostics.Add(b.pkg.Position(pos), code, message, hint)
}

func (b *builder) reportf(pos token.Pos, code diag.Code, hint, format string, args ...any) {
	b.report(pos, code, fmt.Sprintf(format, args...), hint)
}

func (b *builder) build() model.Package {
	b.schemaDirectives()
	b.names.claim()
	for _, f := range b.src.Commands {
		b.command(f)
	}
	for _, f := range b.src.Tools {
		b.tool(f)
	}
	b.sharedKeys()
	b.afterCycles()
	b.fitNone()
	m := model.Package{
		Path:    strings.TrimSuffix(b.pkg.Path, externalSuffix(b.pkg)),
		Name:    b.pkg.Name,
		Dir:     b.dir(),
		Taken:   b.pkg.Types.Scope().Names(),
		Imports: b.imports(),
	}
	for _, f := range b.files {
		f.Codecs = f.codecs.All()
		m.Files = append(m.Files, f.File)
	}
	slices.SortFunc(m.Files, func(a, b model.File) int { return cmp.Compare(a.Name, b.Name) })
	return m
}

func externalSuffix(p *load.Package) string {
	if p.External {
		return "_test"
	}
	return ""
}

// dir is the package's directory relative to the module's.
func (b *builder) dir() string {
	rel, ok := strings.CutPrefix(strings.TrimSuffix(b.pkg.Path, externalSuffix(b.pkg)), b.pkg.Module)
	if !ok || b.pkg.Module == "" {
		return "."
	}
	return path.Clean("." + rel)
}

// imports are the names in the scopes of the package's files.
func (b *builder) imports() []string {
	names := map[string]bool{}
	for _, file := range b.pkg.Files {
		if scope := b.pkg.Info.Scopes[file.Syntax]; scope != nil {
			for _, name := range scope.Names() {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// file is the file that is generated for what stands in f.
func (b *builder) file(f *load.File) *fileBuilder {
	name := fileName(f, b.pkg.External)
	if fb, ok := b.files[name]; ok {
		return fb
	}
	fb := &fileBuilder{File: model.File{Name: name, Constraint: f.Constraint}}
	taken := map[string]bool{}
	fb.codecs = b.schemas.NewCodecs(func(name string) bool {
		free := !taken[name]
		taken[name] = true
		return free
	})
	b.files[name] = fb
	return fb
}

// pos is a position as the model has it.
func (b *builder) pos(p token.Pos) model.Pos {
	at := b.pkg.Position(p)
	name := at.Filename
	if rel, err := filepath.Rel(b.pkg.Dir, name); err == nil {
		name = rel
	}
	return model.Pos{File: filepath.ToSlash(name), Line: at.Line, Col: at.Column}
}

// doc is what the source says about an object: the comment above it and the one beside it. What the standard library
// says is left out: it changes with the version of Go, and what is generated must not.
func (b *builder) doc(obj types.Object) string {
	if obj.Pkg() == nil || contract.IsStandard(obj.Pkg().Path()) {
		return ""
	}
	d := b.pkg.Docs.Doc(obj)
	return strings.TrimSpace(d.Text + "\n" + d.Line)
}

func (b *builder) goType(t types.Type) model.Go { return schema.GoType(t, b.pkg.Types) }

// object is the function that a declaration declares.
func (b *builder) object(decl *ast.FuncDecl) *types.Func {
	f, _ := b.pkg.Info.Defs[decl.Name].(*types.Func)
	return f
}
