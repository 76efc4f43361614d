package main

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/alloygen/alloygen/realtypes/check"
)

// report is how the types of a package fared.
type report struct {
	source      source
	considered  []string
	generic     []string
	asTheyAre   *outcome
	withSchemas *outcome
	results     []check.Result
	fixtures    int    // that belong to a type of the package
	refusedToo  int    // of them, to a type that was refused
	noFixtures  string // why there are none
}

// count splits the fixtures by whether their type has a command.
func (r *report) count(fixtures []fixture) {
	for _, f := range fixtures {
		if !slices.Contains(r.considered, f.typ) {
			continue
		}
		r.fixtures++
		if !slices.Contains(r.withSchemas.passed, f.typ) {
			r.refusedToo++
		}
	}
}

// problems are the lines of what should hold and does not.
func (r *report) problems() []string {
	var lines []string
	for _, t := range r.results {
		if t.Invalid != "" {
			lines = append(lines, fmt.Sprintf("%s: invalid schema: %s", t.Type, t.Invalid))
		}
		if t.Offline != "" {
			lines = append(lines, fmt.Sprintf("%s: offline answer: %s", t.Type, t.Offline))
		}
		for _, f := range t.Fixtures {
			if f.Problem != "" {
				lines = append(lines, fmt.Sprintf("%s: fixture %s: %s", t.Type, f.Name, f.Problem))
			}
		}
	}
	return lines
}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", r.source.path)
	fmt.Fprintf(w, "  %5d struct types (%d generic ones left out)\n", len(r.considered), len(r.generic))
	fmt.Fprintf(w, "  %5d have a schema as they are, %d with schema directives for types that marshal themselves or hold anything\n", len(r.asTheyAre.passed), len(r.withSchemas.passed))
	fmt.Fprintf(w, "  %5d refused as they are\n", len(r.asTheyAre.refused))
	printReasons(w, r.asTheyAre.refused)
	fmt.Fprintf(w, "  %5d refused with schema directives\n", len(r.withSchemas.refused))
	printReasons(w, r.withSchemas.refused)

	n := r.sum()
	fmt.Fprintf(w, "  %5d of %d schemas are valid\n", n.valid, len(r.results))
	fmt.Fprintf(w, "  %5d offline answers fit the schema and decode as encoding/json decodes them; %d more hold what it cannot decode\n", n.offline, n.beyond)
	switch {
	case r.noFixtures != "":
		fmt.Fprintf(w, "        no fixtures: %s\n", r.noFixtures)
	case r.source.fixtures == nil:
		fmt.Fprintf(w, "        no fixtures are published as JSON\n")
	default:
		fmt.Fprintf(w, "  %5d of %d fixtures survive; %d are refused, with reason; %d more belong to refused types\n", n.survived, n.sent, n.refusedFixtures, r.refusedToo)
		for _, t := range r.results {
			for _, f := range t.Fixtures {
				if f.Refused != "" {
					fmt.Fprintf(w, "               %s (%s): %s\n", f.Name, t.Type, f.Refused)
				}
			}
		}
	}
	for _, line := range r.problems() {
		fmt.Fprintf(w, "  FAIL  %s\n", line)
	}
}

// totals add up over packages.
type totals struct {
	types, asTheyAre, withSchemas           int
	valid, offline, beyond                  int
	sent, survived, refusedFixtures, failed int
}

func (r *report) sum() totals {
	n := totals{
		types: len(r.considered), asTheyAre: len(r.asTheyAre.passed), withSchemas: len(r.withSchemas.passed),
		failed: len(r.problems()),
	}
	for _, t := range r.results {
		if t.Invalid == "" {
			n.valid++
		}
		switch {
		case t.Beyond:
			n.beyond++
		case t.Invalid == "" && t.Offline == "":
			n.offline++
		}
		for _, f := range t.Fixtures {
			n.sent++
			switch {
			case f.Refused != "":
				n.refusedFixtures++
			case f.Problem == "":
				n.survived++
			}
		}
	}
	return n
}

func (n *totals) add(m totals) {
	n.types += m.types
	n.asTheyAre += m.asTheyAre
	n.withSchemas += m.withSchemas
	n.valid += m.valid
	n.offline += m.offline
	n.beyond += m.beyond
	n.sent += m.sent
	n.survived += m.survived
	n.refusedFixtures += m.refusedFixtures
	n.failed += m.failed
}

func (n *totals) print(w io.Writer) {
	fmt.Fprintf(w, "\nIn all: %d struct types. As they are, %d have a schema and %d are refused; with schema directives, %d and %d.\n",
		n.types, n.asTheyAre, n.types-n.asTheyAre, n.withSchemas, n.types-n.withSchemas)
	fmt.Fprintf(w, "%d of %d schemas are valid. %d offline answers come through, %d more hold what encoding/json cannot decode.\n",
		n.valid, n.withSchemas, n.offline, n.beyond)
	fmt.Fprintf(w, "%d of %d fixtures survive, %d are refused with reason. %d failures.\n", n.survived, n.sent, n.refusedFixtures, n.failed)
}

var quoted = regexp.MustCompile(`"[^"]*"|\S*[./]\S+`)

// printReasons groups refusals by what their messages have in common.
func printReasons(w io.Writer, refused []refusal) {
	groups := map[string][]refusal{}
	for _, r := range refused {
		reason := quoted.ReplaceAllString(r.message, "…")
		groups[reason] = append(groups[reason], r)
	}
	reasons := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		if n := len(groups[b]) - len(groups[a]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for _, reason := range reasons {
		fmt.Fprintf(w, "        %5d  %s\n               such as %s: %s\n", len(groups[reason]), reason, groups[reason][0].typ, groups[reason][0].message)
	}
}
