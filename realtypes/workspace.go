package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/alloygen/alloygen/realtypes/check"
)

// workspace is the module that is written: its go.mod is this one's under another name.
type workspace struct {
	ctx  context.Context // ends the run
	dir  string
	self string // the directory of this module
}

// typesPerPackage bounds what the compiler has to hold at once.
const typesPerPackage = 100

func newWorkspace(ctx context.Context, dir string) (*workspace, error) {
	self, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	root := filepath.Dir(self)
	ws := &workspace{ctx: ctx, dir: dir, self: self}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("run this in its own directory: %w", err)
		}
		if err := ws.write(name, content); err != nil {
			return nil, err
		}
	}
	if _, err := ws.command(root, "go", "build", "-o", ws.binary("alloygen"), "./cmd/alloygen"); err != nil {
		return nil, err
	}
	_, err = ws.command(dir, "go", "mod", "edit", "-module=example.com/realtypes",
		"-replace=github.com/alloygen/alloygen="+root,
		"-require=github.com/alloygen/alloygen/realtypes@v0.0.0",
		"-replace=github.com/alloygen/alloygen/realtypes="+self)
	return ws, err
}

// examine takes a package through all steps.
func (ws *workspace) examine(src source, limit int) (*report, error) {
	s, err := inspect(ws.ctx, ws.dir, src.path)
	if err != nil {
		return nil, err
	}
	r := &report{source: src, generic: s.generic}
	var fixtures []fixture
	if src.fixtures != nil {
		fixtures, err = src.fixtures(ws)
		var missing *missingTool
		if errors.As(err, &missing) {
			r.noFixtures = missing.Error()
		} else if err != nil {
			return nil, err
		}
	}
	r.considered = choose(s.structs, fixtures, limit)
	if r.asTheyAre, err = ws.generate(src, r.considered, nil); err != nil {
		return nil, err
	}
	directives := schemaDirectives(src, s)
	if r.withSchemas, err = ws.generate(src, r.considered, directives); err != nil {
		return nil, err
	}
	r.results, err = ws.check(src, r.withSchemas.passed, directives, fixtures)
	r.count(fixtures)
	return r, err
}

// choose picks types: all of them, or so many, evenly over the alphabet, and those that fixtures belong to.
func choose(types []string, fixtures []fixture, limit int) []string {
	if limit == 0 || len(types) <= limit {
		return types
	}
	var picked []string
	for i := range limit {
		picked = append(picked, types[i*len(types)/limit])
	}
	for _, f := range fixtures {
		if slices.Contains(types, f.typ) {
			picked = append(picked, f.typ)
		}
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}

// anyObject is the schema of a type that has something in it of which nobody has said what it is.
const anyObject = `{"type":"object"}`

// schemaDirectives are, by type, what a user would write for the types that have no schema of their own: those that marshal
// themselves, and those with a field that can hold anything.
func schemaDirectives(src source, s *surface) map[string]string {
	schemas := map[string]string{}
	for _, name := range s.open {
		schemas[name] = anyObject
	}
	for _, t := range s.custom {
		delete(schemas, t.name)
		if t.isStruct && src.expanded != "" {
			schemas[t.name] = src.expanded
		}
	}
	maps.Copy(schemas, src.schemas)
	return schemas
}

// outcome is what the generator made of types.
type outcome struct {
	passed  []string
	refused []refusal
}

// refusal is a type that the generator refused.
type refusal struct {
	typ, message string
}

// generate writes a command for each type, runs alloygen, leaves out what it refuses, and runs it again: then there must
// be nothing left to refuse.
func (ws *workspace) generate(src source, types []string, directives map[string]string) (*outcome, error) {
	lines, err := ws.annotate(src, types, directives)
	if err != nil {
		return nil, err
	}
	o := &outcome{passed: types}
	if text, ok, err := ws.alloygen(src); err != nil {
		return nil, err
	} else if !ok {
		if o.refused, err = refusals(text, lines); err != nil {
			return nil, err
		}
		o.passed = without(types, o.refused)
	}
	if _, err := ws.annotate(src, o.passed, directives); err != nil {
		return nil, err
	}
	if text, ok, err := ws.alloygen(src); err != nil {
		return nil, err
	} else if !ok {
		return nil, fmt.Errorf("alloygen refuses what it let pass before:\n%s", text)
	}
	return o, nil
}

// without returns the types that are not refused.
func without(types []string, refused []refusal) []string {
	return slices.DeleteFunc(slices.Clone(types), func(t string) bool {
		return slices.ContainsFunc(refused, func(r refusal) bool { return r.typ == t })
	})
}

// alloygen runs the command on a source's packages. It returns the diagnostics, and false, if there are some.
func (ws *workspace) alloygen(src source) (string, bool, error) {
	text, err := ws.command(ws.dir, ws.binary("alloygen"), "./"+src.name+"/...")
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return text, false, nil
	}
	return text, err == nil, err
}

// place is a line of a file, relative to the workspace.
type place struct {
	file string
	line int
}

// annotate writes the packages of a source anew and returns where each type's command stands.
func (ws *workspace) annotate(src source, types []string, directives map[string]string) (map[place]string, error) {
	if err := os.RemoveAll(filepath.Join(ws.dir, src.name)); err != nil {
		return nil, err
	}
	lines := map[place]string{}
	for i, chunk := range slices.Collect(slices.Chunk(types, typesPerPackage)) {
		file := filepath.Join(src.name, fmt.Sprintf("p%d", i), "commands.go")
		var b bytes.Buffer
		fmt.Fprintf(&b, "// Package p%d has types of %s as answers.\n", i, src.path)
		if len(directives) > 0 {
			fmt.Fprintln(&b, "//")
		}
		for _, t := range slices.Sorted(maps.Keys(directives)) {
			fmt.Fprintf(&b, "//alloy:schema %s.%s %s\n", src.name, t, strings.Join(strings.Fields(directives[t]), " ")) // one line
		}
		fmt.Fprintf(&b, "package p%d\n\nimport (\n\talloy \"github.com/alloygen/alloygen/runtime\"\n\t%s %q\n)\n", i, src.name, src.path)
		for _, t := range chunk {
			fmt.Fprintf(&b, "\n//alloy:command name=%s\n", commandName(t))
			from := bytes.Count(b.Bytes(), []byte("\n"))
			fmt.Fprintf(&b, "func answer%[1]s() alloy.Prompt[%[2]s.%[1]s] {\n\treturn alloy.Promptf[%[2]s.%[1]s](\"An example, please.\")\n}\n", t, src.name)
			for line := from; line <= from+2; line++ {
				lines[place{file, line}] = t
			}
		}
		if err := ws.write(file, b.Bytes()); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// commandName is the name of a type's command. The underscore keeps XRequest's from being the request of X.
func commandName(typ string) string { return "Answer_" + typ + "_" }

var diagnostic = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):(\d+): (.+)$`)

// refusals finds the types that diagnostics are about. A diagnostic that is about none of them is an error.
func refusals(text string, lines map[place]string) ([]refusal, error) {
	var list []refusal
	found := diagnostic.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		line, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, err
		}
		typ, ok := lines[place{filepath.Clean(m[1]), line}]
		if !ok {
			return nil, fmt.Errorf("a diagnostic that is about none of the commands: %s", m[0])
		}
		if !slices.ContainsFunc(list, func(r refusal) bool { return r.typ == typ }) {
			list = append(list, refusal{typ, m[4]})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("alloygen failed without a diagnostic:\n%s", text)
	}
	return list, nil
}

// check builds a program with all commands of a source and runs it over the fixtures.
func (ws *workspace) check(src source, types []string, directives map[string]string, fixtures []fixture) ([]check.Result, error) {
	program := filepath.Join("cmd", src.name)
	if err := ws.write(filepath.Join(program, "main.go"), checkProgram(src, types, directives)); err != nil {
		return nil, err
	}
	binary := ws.binary("check-" + src.name)
	if _, err := ws.command(ws.dir, "go", "build", "-mod=mod", "-o", binary, "./"+program); err != nil {
		return nil, fmt.Errorf("the generated code does not build: %w", err)
	}
	input, err := json.Marshal(checkInput(types, fixtures))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ws.ctx, binary)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", binary, err)
	}
	var results []check.Result
	return results, json.Unmarshal(text, &results)
}

// checkInput are the fixtures by type, of the types that passed.
func checkInput(types []string, fixtures []fixture) map[string][]check.Fixture {
	input := map[string][]check.Fixture{}
	for _, f := range fixtures {
		if slices.Contains(types, f.typ) {
			input[f.typ] = append(input[f.typ], check.Fixture{Name: f.name, JSON: f.json})
		}
	}
	return input
}

// checkProgram is a program that knows the commands of a source.
func checkProgram(src source, types []string, directives map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n\t\"github.com/alloygen/alloygen/realtypes/check\"\n\n")
	for i := range slices.Collect(slices.Chunk(types, typesPerPackage)) {
		fmt.Fprintf(&b, "\t\"example.com/realtypes/%s/p%d\"\n", src.name, i)
	}
	fmt.Fprintf(&b, ")\n\nfunc main() {\n\tcheck.Main([]check.Type{\n")
	for i, t := range types {
		_, wrapped := directives[t]
		fmt.Fprintf(&b, "\t\tcheck.Of(%q, %t, p%d.%sCommand, p%[3]d.%[4]s),\n", t, wrapped, i/typesPerPackage, commandName(t))
	}
	fmt.Fprintf(&b, "\t})\n}\n")
	return b.Bytes()
}

func (ws *workspace) write(name string, content []byte) error {
	path := filepath.Join(ws.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// binary is where a program is built.
func (ws *workspace) binary(name string) string { return filepath.Join(ws.dir, "bin", name) }

// command runs a program and returns all that it prints, which a failure also holds.
func (ws *workspace) command(dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ws.ctx, name, args...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", cmd, err, text)
	}
	return string(text), err
}
