package directive

import "strings"

// Place is where a directive stands; as a set, where it may stand.
type Place uint8

// The places of directives.
const (
	OnCommand Place = 1 << iota // a function or method with the command directive
	OnTool                      // a function or method with the tool directive
	OnType                      // a type declaration
	OnPackage                   // a package clause
)

var placeNames = []struct {
	place Place
	name  string
}{{OnCommand, "command"}, {OnTool, "tool"}, {OnType, "type"}, {OnPackage, "package"}}

// String returns the places, separated by commas: "command, tool".
func (p Place) String() string {
	var names []string
	for _, n := range placeNames {
		if p&n.place != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, ", ")
}

// prose returns the places as a hint names them: "a command, a tool or a package clause".
func (p Place) prose() string {
	var parts []string
	for _, n := range []struct {
		place Place
		text  string
	}{{OnCommand, "a command"}, {OnTool, "a tool"}, {OnType, "a type"}, {OnPackage, "a package clause"}} {
		if p&n.place != 0 {
			parts = append(parts, n.text)
		}
	}
	last := len(parts) - 1
	if last < 1 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:last], ", ") + " or " + parts[last]
}
