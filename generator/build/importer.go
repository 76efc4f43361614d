package build

import (
	"bufio"
	"errors"
	"fmt"
	"go/types"
	"os"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/alloygen/alloygen/generator/load"
)

// importer finds packages that contracts use and no file imports. What the loaded packages import is there already; the rest is
// read from the compiler's export data, into the same universe, so that time.Time stays one type.
type importer struct {
	exports map[string]string                            // export data files, by import path
	known   map[*types.Package]map[string]*types.Package // by package of the run: what it imports, also through others
}

func newImporter() *importer {
	return &importer{exports: map[string]string{}, known: map[*types.Package]map[string]*types.Package{}}
}

func (i *importer) load(pkg *load.Package, path string) (*types.Package, error) {
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

// export is the file with the export data of a package. The go command is asked once for each package that is needed.
func (i *importer) export(pkg *load.Package, path string) (string, error) {
	if file, ok := i.exports[path]; ok {
		return file, nil
	}
	cfg := &packages.Config{Mode: packages.NeedName | packages.NeedExportFile}
	if info, err := os.Stat(pkg.Dir); err == nil && info.IsDir() {
		cfg.Dir = pkg.Dir
	}
	found, err := packages.Load(cfg, path)
	if err != nil {
		return "", err
	}
	for _, p := range found {
		if len(p.Errors) > 0 {
			return "", p.Errors[0]
		}
		if p.ExportFile != "" {
			i.exports[path] = p.ExportFile
			return p.ExportFile, nil
		}
	}
	return "", fmt.Errorf("the go command has no export data of %s: %w", path, errors.ErrUnsupported)
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
