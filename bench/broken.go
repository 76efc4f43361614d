package main

import (
	"regexp"
	"strings"
)

// breakage is how a model breaks JSON, from its first line to its last.
type breakage struct {
	name          string
	before, after string // what stands around the JSON
	unquoted      bool   // keys without quotes
	single        bool   // strings in single quotes
	python        bool   // True, False and None
	commas        bool   // a comma after the last of an object or array
	comments      bool   // a comment after some lines
	unclosed      bool   // the last bracket is missing
}

// jsonLine is a line of indented JSON: an indent, a key, a value or bracket, and a comma.
var jsonLine = regexp.MustCompile(`^( *)(?:"(\w+)": )?(.*?)(,?)$`)

var pythonLiterals = map[string]string{"true": "True", "false": "False", "null": "None"}

// apply breaks indented JSON.
func (b breakage) apply(text string) string {
	lines := strings.Split(text, "\n")
	if b.unclosed {
		lines = lines[:len(lines)-1]
	}
	for i, line := range lines {
		m := jsonLine.FindStringSubmatch(line)
		indent, key, value, comma := m[1], m[2], m[3], m[4]
		if b.commas && i+1 < len(lines) && closes(lines[i+1]) {
			comma = ","
		}
		lines[i] = indent + b.key(key) + b.value(value) + comma
		if b.comments && i%10 == 5 {
			lines[i] += " // as far as I can tell"
		}
	}
	return b.before + strings.Join(lines, "\n") + b.after
}

// closes reports whether a line is a closing bracket.
func closes(line string) bool {
	line = strings.TrimLeft(line, " ")
	return line != "" && (line[0] == '}' || line[0] == ']')
}

func (b breakage) key(key string) string {
	switch {
	case key == "":
		return ""
	case b.unquoted:
		return key + ": "
	}
	return b.value(`"`+key+`"`) + ": "
}

func (b breakage) value(value string) string {
	if b.single && strings.HasPrefix(value, `"`) {
		return "'" + strings.NewReplacer(`\"`, `"`, "'", `\'`).Replace(value[1:len(value)-1]) + "'"
	}
	if literal, ok := pythonLiterals[value]; ok && b.python {
		return literal
	}
	return value
}
