package build

import (
	"bufio"
	"errors"
	"go/types"
	"os"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/alloygen/alloygen/generator/load"
)

// importer finds packages that contracts use and no file imports. What the loaded packages need is there already; the
// rest is read from the compiler's export data, into the same universe, so that time.Time stays one type.
type importer struct {
	exports map[string]string                            // what the go command was asked for, by import path
	known   map[*types.Package]map[string]*types.Package // by package of the run: what it imports, also through others
	wanted  func() []string                              // everything that the contracts of the run may need
}

func newImporter(wanted func() []string) *importer {
	return &importer{known: map[*types.Package]map[string]*types.Package{}, wanted: wanted}
}

func (i *importer) load(pkg *load.Package, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil // there is no file of it
	}
	known, ok := i.known[pkg.Types]
	if !ok {
		known = map[string]*types.Package{}
		collect(pkg.Types, known)
		i.known[pkg.Types] = known
	}
	if p := known[path]; p != nil && p.Complete() {
		return p, nil
	}
	file, err := i.export(pkg, path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 the files that the go command names are archives before Go 1.28; go/packages reads them in the same way
	data, err := gcexportdata.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(data, pkg.Fset, known, path)
}

// export is the file with the export data of a package.
func (i *importer) export(pkg *load.Package, path string) (string, error) {
	if file := pkg.Exports[path]; file != "" {
		return file, nil
	}
	if i.exports == nil {
		if err := i.list(pkg.Dir); err != nil {
			return "", err
		}
	}
	if file := i.exports[path]; file != "" {
		return file, nil
	}
	return "", errors.New("the go command has no export data of it")
}

// list asks the go command for everything at once, as each question takes about 100 ms.
func (i *importer) list(dir string) error {
	cfg := &packages.Config{Mode: packages.NeedName | packages.NeedExportFile}
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		cfg.Dir = dir
	}
	found, err := packages.Load(cfg, i.wanted()...)
	if err != nil {
		return err
	}
	i.exports = map[string]string{}
	for _, p := range found {
		i.exports[p.PkgPath] = p.ExportFile
	}
	return nil
}

// collect adds what a package imports, also through others, by import path.
func collect(p *types.Package, to map[string]*types.Package) {
	for _, i := range p.Imports() {
		if to[i.Path()] == nil {
			to[i.Path()] = i
			collect(i, to)
		}
	}
}
