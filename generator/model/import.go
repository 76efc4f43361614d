package model

import "path"

// ImportMark is how a Go names an imported package: «path», or «path|name» where the package's name is not the last
// element of its path.
func ImportMark(importPath, name string) string {
	if path.Base(importPath) == name {
		return "«" + importPath + "»"
	}
	return "«" + importPath + "|" + name + "»"
}
