package load

import (
	"go/scanner"
	"go/token"
	"testing"
)

// The quick look at a file's bytes misses no comment that the scanner would show to be a directive, or nearly one.
func FuzzAnnotated(f *testing.F) {
	for _, src := range []string{
		"package p\n\n//alloy:command\nfunc f()", "//\t Alloy:x", "/*ALLOY:x*/", "a//alloygen.b", "//lloy //alloy:", "\"//alloy:x\"",
		"//alloy :x\r\n", "/* alloy:x\n*/", "//alloyalloy:x //alloy:y", "lloy", "/lloy", "//aLLOY:x", "//AlLoY:x",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var s scanner.Scanner
		file := token.NewFileSet().AddFile("", -1, len(src))
		s.Init(file, []byte(src), nil, scanner.ScanComments)
		want := false
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			want = want || tok == token.COMMENT && LooksLike(lit)
		}
		if got := annotated([]byte(src)); got != want {
			t.Errorf("annotated(%q) = %t, want %t", src, got, want)
		}
	})
}
