package model

import "strings"

// Resolve returns g with each «import/path» replaced by what name says for the path and the package's own name. Literals
// stay as they are.
func (g Go) Resolve(name func(path, pkg string) string) string {
	var b strings.Builder
	for rest := string(g); rest != ""; {
		n := strings.IndexAny(rest, "«\"`'")
		if n < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:n])
		rest = rest[n:]
		if mark, tail, ok := importMark(rest); ok {
			path, pkg, named := strings.Cut(mark, "|")
			if !named {
				pkg = path[strings.LastIndexByte(path, '/')+1:]
			}
			b.WriteString(name(path, pkg))
			rest = tail
			continue
		}
		n = literalLen(rest)
		b.WriteString(rest[:n])
		rest = rest[n:]
	}
	return b.String()
}

func importMark(s string) (mark, tail string, ok bool) {
	s, ok = strings.CutPrefix(s, "«")
	if !ok {
		return "", "", false
	}
	return strings.Cut(s, "»")
}

// literalLen is the length of the string or rune literal that s begins with.
func literalLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[i] == '\\' && s[0] != '`':
			i++
		}
	}
	return len(s)
}

// String returns g with the packages' own names, as a reader would write it.
func (g Go) String() string {
	return g.Resolve(func(_, pkg string) string { return pkg })
}
