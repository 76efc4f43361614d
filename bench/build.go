package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stripped are the flags of a binary that is shipped.
var stripped = []string{"-trimpath", "-ldflags=-s -w"}

// benchBuild measures the build of a program with one generated command, beside one that only sends an HTTP request.
func benchBuild(t *table, s settings) error {
	programs := []string{"./empty", "./program"}
	cpu := make([][]float64, len(programs))
	size := make([]int64, len(programs))
	std, err := standardPackages(programs)
	if err != nil {
		return err
	}
	// One cache with the standard library in it; each build gets a fresh copy.
	seed := filepath.Join(s.dir, "std-cache")
	if err := goTool(".", []string{"GOCACHE=" + seed}, append(append([]string{"build"}, stripped...), std...)...); err != nil {
		return err
	}
	for run := range min(s.runs, 3) {
		for i := range programs {
			i := (i + run) % len(programs)
			cache, binary := filepath.Join(s.dir, "cache"), filepath.Join(s.dir, "program")
			if err := os.CopyFS(cache, os.DirFS(seed)); err != nil {
				return err
			}
			args := append(append([]string{"build"}, stripped...), "-o", binary, programs[i])
			u, err := runChild(".", []string{"GOCACHE=" + cache}, "go", args...)
			if err != nil {
				return err
			}
			info, err := os.Stat(binary)
			if err != nil {
				return err
			}
			cpu[i], size[i] = append(cpu[i], u.cpu.Seconds()), info.Size()
			if err := os.RemoveAll(cache); err != nil {
				return err
			}
		}
	}
	t.group("build: one generated command on openai; the standard library is compiled already")
	base, ours := median(cpu[0]), median(cpu[1])
	grown := size[1] - size[0]
	t.add(line{name: "CPU: a program that sends an HTTP request", figure: seconds(toDuration(base)), ratio: 1})
	t.add(line{name: "CPU: alloygen", figure: seconds(toDuration(ours)), ratio: ours / base, target: below("12 s", ours, 12)})
	t.add(line{name: "stripped binary: a program that sends an HTTP request", figure: megabytes(size[0]), ratio: 1})
	t.add(line{name: "stripped binary: alloygen", figure: megabytes(size[1]), ratio: float64(size[1]) / float64(size[0])})
	t.add(line{name: "stripped binary: the difference", figure: megabytes(grown), target: below("3 MB", float64(grown), 3e6)})
	return nil
}

// standardPackages lists what the programs import of the standard library.
func standardPackages(programs []string) ([]string, error) {
	out, err := output("go", append([]string{"list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}"}, programs...)...)
	return strings.Fields(out), err
}

func toDuration(seconds float64) time.Duration { return time.Duration(seconds * 1e9) }
