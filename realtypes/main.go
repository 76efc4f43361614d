// Realtypes uses the struct types of large public modules, as they are, as the answers of commands, and says how it went:
//
//	go run .                     # all of GitHub's, EC2's and Lambda's types, 1,200 of Stripe's; ten minutes or so
//	go run . -types 30           # 30 types of each package, and those that fixtures belong to
//	go run . -types 0 -of stripe # all 7,378 types of Stripe
//	go run . -keep DIR           # leave the module that is written in DIR
//
// For each package it does what a user would do, in a module of its own:
//
//  1. writes a command for each exported struct type and runs alloygen on them. Every type gets a schema or is refused by
//     a diagnostic; refused ones are counted by their reason and left out, and the run must then end without an error;
//  2. does the same with a schema directive for each type of the package that marshals itself (github.Timestamp, say), or
//     has a field that can hold anything;
//  3. builds what was generated, and with it a program that compiles every schema with an independent validator, answers
//     every command with the built-in offline model, validates that answer against the schema with the same validator, and
//     compares the command's result with what encoding/json makes of the same bytes;
//  4. sends the vendor's own JSON through the commands of the types it belongs to, and compares likewise.
//
// The fixtures are published by others and fetched when they are needed: GitHub's webhook payloads (npm,
// @octokit/webhooks-examples), Stripe's API resources (Go module stripe-mock), the events of AWS's services (test data of
// Go module aws-lambda-go, whose tests say which type a file belongs to). EC2 publishes none that are JSON.
//
// A vendor's JSON lacks what the sender left out, and has null where a Go type has none; a model that is held to a strict
// schema says every property. So before a fixture is sent, properties that the schema requires and it lacks, or has as null
// where the schema does not allow it, are added: null where the schema allows it, else the empty value (the first one, of
// an enumeration). Keys that the Go type does not know stay. The result must be what encoding/json decodes from that text
// and, unless an enumeration had to be filled in, from the vendor's own text too; nil and empty slices count as equal.
//
// A fixture is rightly refused if encoding/json does not decode it into the type either (GitHub has dates of several forms, some of
// which are read after a repair), or if the validator says that it breaks the schema (Stripe's have made-up currencies).
//
// Exit code 1 means that something that should hold does not; refusals are no failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	limit := flag.Int("types", 1200, "use at most this many types of each package, evenly chosen, and those that fixtures belong to; 0 means all")
	of := flag.String("of", "", "use only the package of this name: github, stripe, events or types")
	keep := flag.String("keep", "", "write the module to this directory, which must be empty or missing, and leave it there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *limit, *of, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "realtypes:", err)
		os.Exit(1)
	}
}

var errFailed = errors.New("something that should hold does not; see above")

func run(ctx context.Context, limit int, of, keep string) error {
	dir, cleanup, err := workDir(keep)
	if err != nil {
		return err
	}
	defer cleanup()
	ws, err := newWorkspace(ctx, dir)
	if err != nil {
		return err
	}
	var all totals
	for _, src := range sources {
		if of != "" && of != src.name {
			continue
		}
		r, err := ws.examine(src, limit)
		if err != nil {
			return fmt.Errorf("%s: %w", src.name, err)
		}
		r.print(os.Stdout)
		all.add(r.sum())
	}
	if all.types == 0 {
		return fmt.Errorf("there is no package %q", of)
	}
	all.print(os.Stdout)
	if all.failed > 0 {
		return errFailed
	}
	return nil
}

// workDir makes the directory of the module that is written.
func workDir(keep string) (dir string, cleanup func(), err error) {
	if keep == "" {
		dir, err = os.MkdirTemp("", "alloygen-realtypes-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return "", nil, err
	}
	entries, err := os.ReadDir(keep)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s is not empty", keep)
	}
	return keep, func() {}, err
}
