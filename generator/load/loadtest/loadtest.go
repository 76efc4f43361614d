// Package loadtest loads packages from text, for tests. It asks the go command only for imports from outside of the text,
// once for each in a test binary.
package loadtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	goparser "go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/alloygen/alloygen/generator/load"
)

// Module is the path of the module that the text is taken for. The package in its root has this path, one in the folder
// sub the path example.com/m/sub.
const Module = "example.com/m"

// Root is the directory of that module. It does not exist.
const Root = "/m"

// Load reads packages from a txtar archive. Text before the first file, or without files at all, is the file m.go of the
// root package. Packages may import each other, the standard library, and what the test's own module can import; a folder
// that is named like the import path of a module (github.com/x/y) is taken for that package. Unlike load.Load it returns
// all packages, annotated or not.
func Load(t testing.TB, text string) *load.Result {
	t.Helper()
	l := &loader{
		t: t, fset: token.NewFileSet(),
		sources: sources(text), loaded: map[string]*types.Package{},
	}
	l.result = &load.Result{Fset: l.fset, Docs: load.NewDocFinder(l.fset)}
	l.outside = importer.ForCompiler(l.fset, "gc", l.export)
	for _, src := range l.sources {
		l.load(src)
	}
	slices.SortFunc(l.result.Packages, func(a, b *load.Package) int { return strings.Compare(a.Path, b.Path) })
	l.result.Diagnostics = l.result.Diagnostics.Sorted()
	return l.result
}

// Package is Load for a text with one package that has nothing wrong with it.
func Package(t testing.TB, text string) *load.Package {
	t.Helper()
	result := Load(t, text)
	if len(result.Packages) != 1 || len(result.Diagnostics) > 0 {
		t.Fatalf("want one valid package, got %d:\n%v", len(result.Packages), result.Diagnostics)
	}
	return result.Packages[0]
}

type loader struct {
	t       testing.TB
	fset    *token.FileSet
	sources []*load.Source
	outside types.Importer
	loaded  map[string]*types.Package
	result  *load.Result
}

// sources groups the files by folder; those of an external test package are a package of their own.
func sources(text string) []*load.Source {
	archive := txtar.Parse([]byte(text))
	if comment := bytes.TrimSpace(archive.Comment); len(comment) > 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "m.go", Data: archive.Comment})
	}
	var all []*load.Source
	find := func(dir, pkg string, external bool) *load.Source {
		for _, s := range all {
			if s.Path == pkg {
				return s
			}
		}
		s := &load.Source{Path: pkg, Dir: path.Join(Root, dir), External: external, Files: map[string][]byte{}}
		all = append(all, s)
		return s
	}
	for _, f := range archive.Files {
		dir := path.Dir(f.Name)
		for path.Ext(f.Name) != ".go" && dir != "." && !hasGo(archive, dir) {
			dir = path.Dir(dir) // data belongs to the package above it
		}
		pkg := path.Join(Module, dir)
		if first, _, _ := strings.Cut(dir, "/"); strings.Contains(first, ".") && dir != "." {
			pkg = dir
		}
		external := strings.HasSuffix(f.Name, "_test.go") && strings.HasSuffix(packageName(f.Data), "_test")
		if external {
			pkg += "_test"
		}
		name := strings.TrimPrefix(f.Name, dir+"/")
		find(dir, pkg, external).Files[name] = f.Data
	}
	return slices.DeleteFunc(all, func(s *load.Source) bool {
		for name := range s.Files {
			if filepath.Ext(name) == ".go" {
				return false
			}
		}
		return true
	})
}

func hasGo(archive *txtar.Archive, dir string) bool {
	return slices.ContainsFunc(archive.Files, func(f txtar.File) bool {
		return path.Dir(f.Name) == dir && path.Ext(f.Name) == ".go"
	})
}

func packageName(src []byte) string {
	file, _ := goparser.ParseFile(token.NewFileSet(), "", src, goparser.PackageClauseOnly)
	if file == nil || file.Name == nil {
		return ""
	}
	return file.Name.Name
}

func (l *loader) load(src *load.Source) *types.Package {
	if pkg, ok := l.loaded[src.Path]; ok {
		return pkg
	}
	l.loaded[src.Path] = nil
	pkg, problems := load.Check(l.result.Docs, l, *src)
	pkg.Module = Module
	l.loaded[src.Path] = pkg.Types
	l.result.Packages = append(l.result.Packages, pkg)
	l.result.Diagnostics = append(l.result.Diagnostics, problems...)
	return pkg.Types
}

// Import implements types.Importer: the text first, then the go command.
func (l *loader) Import(path string) (*types.Package, error) {
	for _, src := range l.sources {
		if src.Path == path {
			if pkg := l.load(src); pkg != nil {
				return pkg, nil
			}
			return nil, fmt.Errorf("import cycle through %s", path)
		}
	}
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return l.outside.Import(path)
}

func (l *loader) export(path string) (io.ReadCloser, error) {
	pkg, err := known.find(path, l.imports)
	if err != nil {
		return nil, err
	}
	l.result.Docs.AddDir(path, pkg.Dir)
	return os.Open(pkg.Export)
}

// imports are all paths that the text imports from outside.
func (l *loader) imports() []string {
	var all []string
	for _, src := range l.sources {
		for name, content := range src.Files {
			if filepath.Ext(name) != ".go" {
				continue
			}
			file, _ := goparser.ParseFile(token.NewFileSet(), name, content, goparser.ImportsOnly)
			if file != nil {
				all = append(all, importPaths(file)...)
			}
		}
	}
	return slices.DeleteFunc(all, func(path string) bool {
		return path == "unsafe" || slices.ContainsFunc(l.sources, func(s *load.Source) bool { return s.Path == path })
	})
}

func importPaths(file *ast.File) []string {
	var all []string
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			all = append(all, path)
		}
	}
	return all
}

// known is what the go command has said so far.
var known = listing{packages: map[string]listed{}}

type listing struct {
	mu       sync.Mutex
	packages map[string]listed
}

type listed struct{ ImportPath, Dir, Export string }

// find asks the go command for all of more when it does not know path.
func (k *listing) find(path string, more func() []string) (listed, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pkg := k.packages[path]; pkg.Export != "" {
		return pkg, nil
	}
	args := append([]string{"list", "-e", "-export", "-deps", "-json=ImportPath,Dir,Export", "--"}, more()...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return listed{}, fmt.Errorf("go list: %w", err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var pkg listed
		if err := dec.Decode(&pkg); err != nil {
			return listed{}, err
		}
		k.packages[pkg.ImportPath] = pkg
	}
	if pkg := k.packages[path]; pkg.Export != "" {
		return pkg, nil
	}
	return listed{}, fmt.Errorf("no export data for %s", path)
}
