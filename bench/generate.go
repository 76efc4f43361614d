package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// sqlcModule is the large public module whose source alloygen is run on.
const sqlcModule = "github.com/sqlc-dev/sqlc@v1.31.1"

// noCgo lets sqlc's source be type-checked without a C compiler. It holds for every program that is compared.
var noCgo = []string{"CGO_ENABLED=0"}

// tree is a module to generate in.
type tree struct {
	title   string
	prepare func(root, dir string) error // root: alloygen's own module
	all     bool                         // compare with loading everything from source, too
}

var trees = []tree{
	{title: "50 commands in one package", prepare: commandTree(1, 50)},
	{title: "1,000 commands with 3,000 contracts in 100 packages", prepare: commandTree(100, 10)},
	{title: "the source of sqlc with one annotated package", prepare: sqlcTree, all: true},
}

// benchGenerate measures runs of alloygen beside the bare load of the same packages.
func benchGenerate(t *table, s settings) error {
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	alloygen, bareload := filepath.Join(s.dir, "alloygen"), filepath.Join(s.dir, "bareload")
	if err := goTool(root, noCgo, "build", "-o", alloygen, "./cmd/alloygen"); err != nil {
		return err
	}
	if err := goTool(".", noCgo, "build", "-o", bareload, "./bareload"); err != nil {
		return err
	}
	for i, tree := range trees {
		dir := filepath.Join(s.dir, fmt.Sprintf("tree%d", i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := tree.prepare(root, dir); err != nil {
			return err
		}
		remove := func() error { return removeGenerated(dir) }
		bare := program{name: "loading the packages and nothing else", args: []string{bareload, "./..."}}
		ours := program{name: "alloygen", args: []string{alloygen, "./..."}}
		again := []program{bare, ours}
		if tree.all {
			again = append(again, program{name: "loading everything (packages.LoadAllSyntax)", args: []string{bareload, "-all", "./..."}})
		}
		if _, err := ours.run(dir); err != nil {
			return err
		}
		t.group("generate: " + tree.title + ", warm, nothing changed")
		if err := t.programs(dir, again, s.runs); err != nil {
			return err
		}
		// Apart from the others: the go command has more to do for files that have just been written.
		bare.before, ours.before = remove, remove
		t.group("generate: the same, all files to be written")
		if err := t.programs(dir, []program{bare, ours}, s.runs); err != nil {
			return err
		}
	}
	return nil
}

// program is a program to run in a tree. The first of a comparison is the bare load, the second is ours and has targets.
type program struct {
	name   string
	args   []string
	before func() error // what has to be done before each run; not measured
}

func (p program) run(dir string) (usage, error) {
	if p.before != nil {
		if err := p.before(); err != nil {
			return usage{}, err
		}
	}
	return runChild(dir, noCgo, p.args[0], p.args[1:]...)
}

// programs runs programs in turns and prints their time and memory.
func (t *table) programs(dir string, programs []program, runs int) error {
	cpu := make([][]float64, len(programs))
	peak := make([]int64, len(programs))
	for _, p := range programs { // the go command's caches are warm before the first run
		if _, err := p.run(dir); err != nil {
			return err
		}
	}
	for run := range runs {
		for i := range programs {
			i := (i + run) % len(programs)
			u, err := programs[i].run(dir)
			if err != nil {
				return err
			}
			cpu[i] = append(cpu[i], u.cpu.Seconds())
			peak[i] = max(peak[i], u.peak)
		}
	}
	for i, p := range programs {
		l := line{name: "CPU: " + p.name, figure: seconds(toDuration(median(cpu[i]))), ratio: median(ratios(cpu[i], cpu[0]))}
		if i == 1 {
			l.target = atMost("1.7 × loading", l.ratio, 1.7)
		}
		t.add(l)
	}
	if len(programs) > 2 {
		share := median(ratios(cpu[1], cpu[2]))
		t.add(line{name: "CPU: alloygen, of loading everything", figure: fmt.Sprintf("%.3f", share), target: below("0.25", share, 0.25)})
	}
	for i, p := range programs {
		l := line{name: "memory: " + p.name, figure: megabytes(peak[i]), ratio: float64(peak[i]) / float64(peak[0])}
		if i == 1 {
			l.target = below("64 MB", float64(peak[i]), 64e6)
		}
		t.add(l)
	}
	return nil
}

// commandTree writes a module with packages of so many commands each, three contracts a command.
func commandTree(packages, commands int) func(root, dir string) error {
	return func(root, dir string) error {
		if err := newModule(root, dir, "example.com/tree"); err != nil {
			return err
		}
		for p := range packages {
			name := fmt.Sprintf("p%03d", p)
			if err := writeFile(filepath.Join(dir, name, name+".go"), commandPackage(name, commands)); err != nil {
				return err
			}
		}
		return settle(dir)
	}
}

func commandPackage(name string, commands int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Package %s holds commands.\npackage %[1]s\n\nimport (\n\t\"strings\"\n\n\talloy \"github.com/alloygen/alloygen/runtime\"\n)\n", name)
	for i := range commands {
		fmt.Fprintf(&b, `
// Level%[1]d is how much a finding matters.
type Level%[1]d string

const (
	Low%[1]d  Level%[1]d = "low"
	High%[1]d Level%[1]d = "high" // needs a person
)

// Finding%[1]d is one thing that was found.
type Finding%[1]d struct {
	Title string   `+"`json:\"title\"`"+` // a few words
	Level Level%[1]d `+"`json:\"level\"`"+`
	Lines []int    `+"`json:\"lines\"`"+`
}

// Report%[1]d is what is found in a text.
type Report%[1]d struct {
	Summary  string       `+"`json:\"summary\"`"+` // one sentence
	Score    float64      `+"`json:\"score\" jsonschema:\"minimum=0,maximum=1\"`"+`
	Findings []Finding%[1]d `+"`json:\"findings\"`"+`
	Next     *string      `+"`json:\"next\"`"+` // what to do, if anything
}

// review%[1]d reviews a text.
//
//alloy:command
//alloy:model gpt-5-mini
//alloy:system You review texts. Be brief.
//alloy:retry 3 backoff=exponential base=500ms max=30s
//alloy:require strings.TrimSpace(text) != "", "the text must not be blank"
//alloy:ensure result.Score >= 0 && result.Score <= 1, "the score must be within 0 and 1"
//alloy:ensure result.Score < 0.5 || len(result.Findings) > 0, "a high score needs a finding"
func review%[1]d(text string, limit int) alloy.Prompt[Report%[1]d] {
	return alloy.Promptf[Report%[1]d]("Review this text, with at most %%d findings:\n%%s", limit, strings.TrimSpace(text))
}
`, i)
	}
	return b.Bytes()
}

// sqlcTree copies sqlc's source and adds a package with one command.
func sqlcTree(root, dir string) error {
	source, err := output("go", "mod", "download", "-json", sqlcModule)
	if err != nil {
		return err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(source), &module); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(module.Dir)); err != nil {
		return err
	}
	if err := requireAlloygen(root, dir); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "internal", "review", "review.go"), commandPackage("review", 1)); err != nil {
		return err
	}
	return settle(dir)
}

// newModule begins a module that uses the alloygen of this tree.
func newModule(root, dir, path string) error {
	if err := writeFile(filepath.Join(dir, "go.mod"), []byte("module "+path+"\n\ngo 1.26\n")); err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "go.sum"), sums); err != nil {
		return err
	}
	return requireAlloygen(root, dir)
}

func requireAlloygen(root, dir string) error {
	return goTool(dir, nil, "mod", "edit", "-require=github.com/alloygen/alloygen@v0.0.0", "-replace=github.com/alloygen/alloygen="+root)
}

// settle completes go.mod and go.sum, and fetches what the module imports, so that no run has to.
func settle(dir string) error {
	return goTool(dir, noCgo, "list", "-mod=mod", "-test", "-deps", "-e", "./...")
}

// removeGenerated deletes what alloygen wrote below dir.
func removeGenerated(dir string) error {
	return filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == "alloy_gen.go" {
			err = os.Remove(path)
		}
		return err
	})
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
