package generator

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/build/constraint"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/generator/load"
)

// Change is one file that is not as it should be.
type Change struct {
	Path string // absolute
	Old  []byte // what is there; nil if there is no file
	New  []byte // what should be there; nil if the file should go
}

// Verb says what Apply would do: create, update or remove.
func (c Change) Verb() string {
	switch {
	case c.Old == nil:
		return "create"
	case c.New == nil:
		return "remove"
	}
	return "update"
}

// plan compares the files that should be there with those that are. stale are files of ours that have to go.
func plan(files []File, stale []string) ([]Change, error) {
	var changes []Change
	for _, f := range files {
		if f.asWritten {
			continue
		}
		old, err := os.ReadFile(f.Path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err == nil && old == nil {
			old = []byte{}
		}
		if err == nil && bytes.Equal(old, f.Content) {
			continue
		}
		if err == nil && !isOurs(f.Path, old) {
			return nil, fmt.Errorf("%s was not written by alloygen: rename it, for a generated file has to go there", f.Path)
		}
		changes = append(changes, Change{Path: f.Path, Old: old, New: f.Content})
	}
	for _, path := range stale {
		old, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		changes = append(changes, Change{Path: path, Old: old})
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return changes, nil
}

// isOurs reports whether alloygen wrote what a file holds.
func isOurs(path string, content []byte) bool {
	if filepath.Base(path) == load.DocumentFile {
		return load.GeneratedDocument(content)
	}
	return load.Generated(content)
}

// obsolete are the generated files that are no longer wanted. One whose sources are not part of this build, because of its
// constraint, stays as it is.
func obsolete(generated []string, files []File, skipped []load.Skipped) ([]string, error) {
	wanted := map[string]bool{}
	for _, f := range files {
		wanted[f.Path] = true
	}
	kept := map[string]bool{} // directory and constraint
	for _, s := range skipped {
		kept[filepath.Dir(s.Path)+"\n"+s.Constraint] = true
	}
	var paths []string
	for _, path := range generated {
		if wanted[path] {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !kept[filepath.Dir(path)+"\n"+buildConstraint(src)] {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// buildConstraint is the expression of the //go:build line, or an empty string.
func buildConstraint(src []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(src))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "package ") {
			break
		}
		if expr, err := constraint.Parse(line); err == nil && constraint.IsGoBuild(line) {
			return expr.String()
		}
	}
	return ""
}
