package build

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"

	"github.com/alloygen/alloygen/generator/load"
)

// fileName is the name of the file that is generated for what stands in f: model.MainFile, alloy_gen_test.go for test
// files, alloy_gen_ext_test.go for those of an external test package, and alloy_linux_gen.go for files with a build
// constraint.
func fileName(f *load.File, external bool) string {
	name := "alloy_"
	if f.Constraint != "" {
		name += constraintSlug(f.Constraint) + "_"
	}
	name += "gen"
	switch {
	case external:
		name += "_ext_test"
	case f.Test:
		name += "_test"
	}
	return name + ".go"
}

// constraintSlug makes a build constraint part of a file's name. Where brackets matter, a hash keeps two of them apart.
func constraintSlug(constraint string) string {
	words := strings.NewReplacer("&&", " and ", "||", " or ", "!", " not ", "(", " ", ")", " ").Replace(constraint)
	slug := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, strings.Join(strings.Fields(words), "_"))
	if strings.Contains(constraint, "(") {
		h := fnv.New32a()
		_, _ = h.Write([]byte(constraint)) // never fails
		slug += fmt.Sprintf("_%08x", h.Sum32())
	}
	return slug
}
