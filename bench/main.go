// Bench measures what alloygen costs, beside what the same work costs without it, in one run on one machine:
//
//	go run .                     # everything, in a few minutes
//	go run . -run call,memory    # some parts
//	go run . -rounds 31 -calls 500
//
// The parts:
//
//	call      A typed call of a struct of eight fields with a nested list and an enum, against a server that always gives
//	          the same reply: by hand over net/http, with two clients for OpenAI, and with a generated command. Then a call
//	          with one round of tools, by hand and generated.
//	memory    A generated command on a provider that answers in memory: the pipeline alone.
//	policies  The same with retry, rate limit, breaker and attempt timeout, and with the four of failsafe-go around the provider:
//	          what they add to a call that succeeds.
//	providers The typed call of call in each vendor's format, by hand over net/http and with a generated command.
//	streams   A stream of 1,000 pieces of text through each provider, beside a bufio.Scanner and encoding/json by hand, both
//	          from bytes that are there. Then what 1,000 streams hold while they are under way at once, and how long a piece
//	          takes from the connection to the body of the loop.
//	output    Reading an answer of 1 KB to 1 MB with package output, beside json.Unmarshal of one that is valid, and beside
//	          two libraries that repair JSON of one that is broken. Then the same answers in pieces, as they are streamed.
//	build     A program with one generated command on openai: the CPU time of its build when the standard library is
//	          compiled already, and how much larger it is than a program that only does an HTTP request.
//	generate  A run of alloygen on packages with 50 and with 1,000 commands, and on the source of sqlc with one annotated
//	          package, beside loading the same packages with golang.org/x/tools/go/packages and doing nothing with them.
//
// How it is measured. The ways of a comparison take turns, round after round, each round starting with another one, so that what
// disturbs the machine disturbs all of them; a ratio is the median of the rounds' ratios to the first way, and a figure, or what is
// added to the first way, the median of the rounds'. Time is CPU time, user and system, but for the time of a piece in streams,
// which is the clock's. In all parts but build and generate it is that of this process, garbage collection included; the server is
// a process of its own. In streams and output each way makes as many calls in a round as take a measurable time, and what takes
// seconds has fewer rounds. In build and generate it is that of a child process and of all that it starts (compilers, go list),
// while memory is the peak resident size of the child alone.
//
// The last columns hold the target, if there is one, and whether the figure is within it ("ok") or not ("OVER", "UNDER"). The exit
// code says only whether the measurements could be made: no machine is quiet enough to let a build fail on them.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// settings are the flags.
type settings struct {
	rounds, calls int    // of call, memory, policies and providers; streams and output have the rounds
	runs          int    // of build and generate
	dir           string // for what is generated and built
}

// part is a group of measurements that can be run by itself.
type part struct {
	name string
	run  func(*table, settings) error
}

var parts = []part{
	{"call", benchCalls},
	{"memory", benchMemory},
	{"policies", benchPolicies},
	{"providers", benchProviders},
	{"streams", benchStreams},
	{"output", benchOutput},
	{"build", benchBuild},
	{"generate", benchGenerate},
}

func main() {
	if os.Getenv(serverVariable) != "" {
		exit(serve())
	}
	exit(run(os.Args[1:]))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(args []string) error {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	chosen := flags.String("run", "call,memory,policies,providers,streams,output,build,generate", "the parts to run, in their own order")
	flags.IntVar(&s.rounds, "rounds", 21, "rounds of all parts but build and generate")
	flags.IntVar(&s.calls, "calls", 300, "calls in each round of call and providers; memory makes ten times as many, policies fifty times")
	flags.IntVar(&s.runs, "runs", 5, "runs of each program in build and generate")
	if err := flags.Parse(args); err != nil {
		return err
	}
	names := strings.Split(*chosen, ",")
	for _, name := range names {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("there is no part %q; see go doc", name)
		}
	}
	if s.rounds < 1 || s.calls < 1 || s.runs < 1 {
		return fmt.Errorf("-rounds, -calls and -runs are at least 1")
	}
	for _, setting := range os.Environ() { // none of the user's own may change what is measured
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "ALLOY_") {
			os.Unsetenv(name)
		}
	}
	dir, err := os.MkdirTemp("", "alloygen-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s.dir = dir

	t := newTable(os.Stdout)
	for _, p := range parts {
		if !slices.Contains(names, p.name) {
			continue
		}
		if err := p.run(t, s); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
