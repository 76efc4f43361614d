// Package generator turns annotated Go packages into the files that make them typed commands. It is a row of stages, a
// package each: load, directive, build, emit. What they find out is a value, Result; writing it to the disk (Apply),
// comparing it with what is there (Change.Diff) and printing its model are views of that value.
package generator

import (
	"cmp"
	"context"
	"errors"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/alloygen/alloygen/generator/build"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/emit"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/model"
)

// Options say what to generate.
type Options struct {
	Dir        string   // where patterns are relative to; empty means the current directory
	Patterns   []string // as for go list; none means "."
	Env        []string // of the go command; nil means os.Environ()
	BuildFlags []string // handed to the go command: -tags=integration

	// Reformat formats every file anew. Otherwise one that differs from what would be generated in nothing but white space
	// counts as up to date, which saves most of the time where little has changed.
	Reformat bool
}

// Result is all that a run found out. Nothing has been written.
type Result struct {
	Packages    []model.Package // by path; only complete if there are no diagnostics
	Files       []File          // by path; none if there are diagnostics
	Changes     []Change        // by path: how the disk differs from Files; none if there are diagnostics
	Diagnostics diag.List       // sorted
}

// File is one generated file.
type File struct {
	Path    string // absolute
	Content []byte // formatted Go, or the JSON of an OpenAPI document

	asWritten bool // it is on the disk
}

// Generate runs all stages on the packages that match the patterns. What is wrong with them is in Result.Diagnostics, from
// every stage that could still look at it; an error is for a run that could not be made at all, or a file that cannot be
// read. The same sources give the same Result on every machine.
func Generate(ctx context.Context, opts Options) (*Result, error) {
	a, err := analyze(ctx, opts)
	if err != nil {
		return nil, err
	}
	result := &Result{Packages: a.models, Diagnostics: a.diagnostics}
	if len(result.Diagnostics) > 0 {
		return result, nil
	}
	generated, skipped := a.loaded.Generated, a.loaded.Skipped
	var places []place
	for _, p := range a.parsed {
		places = append(places, newPlace(p.Load))
	}
	a = nil // the sources and their types: large runs need the room
	if result.Files, err = emitAll(places, result.Packages, opts.Reformat, &result.Diagnostics); err != nil || len(result.Diagnostics) > 0 {
		return result, err
	}
	documents, err := describeAll(places, result.Packages, DocumentVersion)
	if err != nil {
		return nil, err
	}
	result.Files = append(result.Files, documents...)
	slices.SortFunc(result.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	stale, err := obsolete(generated, result.Files, skipped)
	if err != nil {
		return nil, err
	}
	if result.Changes, err = plan(result.Files, stale); err != nil {
		return nil, err
	}
	return result, nil
}

// analysis is what the stages before emit found out.
type analysis struct {
	loaded      *load.Result
	parsed      []*directive.Package
	models      []model.Package // of parsed, in its order
	diagnostics diag.List       // sorted
}

func analyze(ctx context.Context, opts Options) (*analysis, error) {
	loaded, err := load.Load(ctx, load.Options{Dir: opts.Dir, Patterns: opts.Patterns, Env: opts.Env, BuildFlags: opts.BuildFlags})
	if err != nil {
		return nil, err
	}
	a := &analysis{loaded: loaded, diagnostics: loaded.Diagnostics}
	a.parsed = parse(loaded, &a.diagnostics)
	models, diagnostics := build.Packages(a.parsed)
	a.models = models
	a.diagnostics = append(a.diagnostics, diagnostics...).Sorted()
	return a, nil
}

// parse reads the directives of the packages that compile; of the others, the compiler's own errors are enough.
func parse(loaded *load.Result, diagnostics *diag.List) []*directive.Package {
	broken := map[string]bool{} // directories
	for _, d := range loaded.Diagnostics {
		broken[filepath.Dir(d.Pos.Filename)] = true
	}
	var parsed []*directive.Package
	for _, p := range loaded.Packages {
		d, list := directive.Parse(p)
		*diagnostics = append(*diagnostics, list...)
		if !broken[p.Dir] {
			parsed = append(parsed, d)
		}
	}
	return parsed
}

// place is what is left of a package when its model is made.
type place struct {
	dir    string
	hiding map[string]token.Position // where it declares predeclared names itself
}

func newPlace(p *load.Package) place {
	hiding := map[string]token.Position{}
	for _, name := range types.Universe.Names() {
		if obj := p.Types.Scope().Lookup(name); obj != nil {
			hiding[name] = p.Position(obj.Pos())
		}
	}
	return place{p.Dir, hiding}
}

// written is what a file of the package holds; nil if it cannot be read, which plan reports.
func (p place) written(name string) []byte {
	content, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		return nil
	}
	return content
}

// emitAll makes the files of all packages, in parallel.
func emitAll(places []place, models []model.Package, reformat bool, diagnostics *diag.List) ([]File, error) {
	files := make([][]emit.File, len(models))
	hidden := make([]*emit.HiddenError, len(models))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range models {
		group.Go(func() (err error) {
			written := places[i].written
			if reformat {
				written = nil
			}
			files[i], err = emit.Package(&models[i], written)
			if errors.As(err, &hidden[i]) {
				err = nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []File
	for i, p := range places {
		if hidden[i] != nil {
			for _, name := range hidden[i].Names {
				diagnostics.Add(p.hiding[name], diag.NameTaken, name+" hides the predeclared "+name+", which generated code needs", "rename it")
			}
		}
		for _, f := range files[i] {
			all = append(all, File{Path: filepath.Join(p.dir, f.Name), Content: f.Content, asWritten: f.AsWritten})
		}
	}
	return all, nil
}
