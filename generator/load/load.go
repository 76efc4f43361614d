// Package load reads the packages of a run. It finds the annotated ones without parsing the others, and type-checks those
// without function bodies and without the files that alloygen wrote before: code that calls a wrapper which does not exist
// yet, or looks different from now on, loads without an error, also through a package in between.
package load

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// Options say what to load.
type Options struct {
	Dir        string   // where patterns are relative to; empty means the current directory
	Patterns   []string // as for go list; none means "."
	Env        []string // nil means os.Environ()
	BuildFlags []string // handed to the go command: -tags=integration
}

// Load returns the annotated packages that match the patterns. What is wrong with the code is in Result.Diagnostics; an
// error is for a run that could not look at it at all: no go command, a context that ended.
func Load(ctx context.Context, opts Options) (*Result, error) {
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	if len(opts.Patterns) == 0 {
		opts.Patterns = []string{"."}
	}
	fset := token.NewFileSet()
	l := &loader{
		cfg:      packages.Config{Context: ctx, Dir: dir, Env: opts.Env, BuildFlags: opts.BuildFlags, Fset: fset},
		patterns: opts.Patterns,
		result:   &Result{Fset: fset, Docs: NewDocFinder(fset)},
		wrappers: wrappers{stems: map[string][]string{}, known: map[string]promises{}},
	}
	err = l.run()
	if ended := ctx.Err(); ended != nil {
		err = ended // the go command only says so in words
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", strings.Join(opts.Patterns, " "), err)
	}
	return l.result, nil
}

type loader struct {
	cfg      packages.Config
	patterns []string
	result   *Result
	wrappers wrappers
}

func (l *loader) run() error {
	found, err := l.find()
	if err != nil {
		return err
	}
	var plain, tested []*candidate
	for _, c := range found {
		switch {
		case len(c.tests) > 0:
			tested = append(tested, c)
		case len(c.plain) > 0:
			plain = append(plain, c)
		}
	}
	// Asking for tests makes the go command resolve the tests of every package named, so only those that need it are.
	if err := l.loadSyntax(plain, false); err != nil {
		return err
	}
	if err := l.loadSyntax(tested, true); err != nil {
		return err
	}
	r := l.result
	r.Skipped = skipped(found, r.Packages)
	for _, p := range r.Packages {
		for _, s := range r.Skipped {
			if filepath.Dir(s.Path) == p.Dir {
				p.Skipped = append(p.Skipped, s)
			}
		}
	}
	slices.SortFunc(r.Packages, func(a, b *Package) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(r.Generated)
	r.Diagnostics = withoutEchoes(r.Diagnostics).Sorted()
	return nil
}

// syntaxMode is packages.LoadSyntax, the module and the files of export data, which a package that does not compile lacks.
const syntaxMode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
	packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo |
	packages.NeedModule | packages.NeedForTest | packages.NeedExportFile

// loadSyntax is the second phase, for some of the candidates.
func (l *loader) loadSyntax(found []*candidate, tests bool) error {
	if len(found) == 0 {
		return nil
	}
	annotated := map[string]bool{} // files
	dirs := map[string]bool{}
	paths := map[string]bool{}
	for _, c := range found {
		paths[c.path] = true
		dirs[c.dir] = true
		for _, name := range slices.Concat(c.plain, c.tests) {
			annotated[name] = true
		}
	}
	patterns := slices.Sorted(maps.Keys(paths))
	if paths[adHoc] {
		patterns = l.patterns
	}
	cfg := l.cfg
	cfg.Mode = syntaxMode
	cfg.Tests = tests
	cfg.ParseFile = parser{comments: dirs}.parse
	roots, err := packages.Load(&cfg, patterns...)
	if err != nil {
		return err
	}
	l.problems(roots)
	exports := map[string]string{}
	packages.Visit(roots, nil, func(p *packages.Package) {
		l.result.Docs.AddDir(p.PkgPath, p.Dir)
		if p.ExportFile != "" && p.ForTest == "" {
			exports[p.PkgPath] = p.ExportFile
		}
	})
	for _, p := range preferred(roots) {
		pkg := l.newPackage(p, annotated)
		if pkg == nil {
			continue
		}
		pkg.Exports = exports
		l.result.Packages = append(l.result.Packages, pkg)
		if p.ExportFile == "" {
			l.compile(p)
		}
	}
	return nil
}

// preferred drops the packages that are there again with their tests, and the test programs.
func preferred(roots []*packages.Package) []*packages.Package {
	withTests := map[string]bool{}
	for _, p := range roots {
		if p.ForTest == p.PkgPath {
			withTests[p.PkgPath] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(roots), func(p *packages.Package) bool {
		program := p.Name == "main" && strings.HasSuffix(p.ID, ".test")
		return program || withTests[p.PkgPath] && p.ForTest == ""
	})
}

// newPackage returns nil if none of the files is annotated.
func (l *loader) newPackage(p *packages.Package, annotated map[string]bool) *Package {
	if p.Types == nil || !slices.ContainsFunc(p.GoFiles, func(name string) bool { return annotated[name] }) {
		return nil
	}
	pkg := &Package{
		Path: p.PkgPath, Name: p.Name, Dir: p.Dir,
		External: p.ForTest != "" && p.ForTest != p.PkgPath,
		Fset:     p.Fset, Types: p.Types, Info: p.TypesInfo, Sizes: p.TypesSizes,
		Docs:     l.result.Docs,
		ReadFile: readIn(p.Dir),
	}
	if p.Module != nil {
		pkg.Module = p.Module.Path
	}
	for _, syntax := range p.Syntax {
		pkg.addFile(syntax, p.GoFiles)
	}
	slices.SortFunc(pkg.Files, func(a, b *File) int { return cmp.Compare(a.Path, b.Path) })
	return pkg
}
