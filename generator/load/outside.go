package load

import (
	"os"
	"strings"
)

// Outside reads the directives' side of a package that is not part of the run: its files without tests, whatever their
// build constraints, neither type-checked nor complained about. It returns nil if the source is not there.
func (d *DocFinder) Outside(path string) *Package {
	d.mu.Lock()
	dir := d.dirs[path]
	d.mu.Unlock()
	names, err := filesIn(dir)
	if dir == "" || err != nil {
		return nil
	}
	pkg := &Package{Path: path, Dir: dir, Fset: d.fset, Docs: d, ReadFile: readIn(dir)}
	p := parser{comments: map[string]bool{dir: true}}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil || strings.HasSuffix(name, "_test.go") || Generated(src) || !annotated(src) {
			continue
		}
		if file, err := p.parse(d.fset, name, src); err == nil {
			pkg.Name = file.Name.Name
			pkg.addFile(file, []string{name})
		}
	}
	return pkg
}
