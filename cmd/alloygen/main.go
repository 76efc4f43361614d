// Alloygen turns annotated Go functions into resilient, typed LLM commands.
//
// Usage:
//
//	alloygen [flags] [packages]    write the generated files; the default is the package in the current directory
//	alloygen check [packages]      write nothing; print a diff and exit 1 if a file is stale
//	alloygen list [packages]       print the commands and tools
//	alloygen schema PKG.NAME       print the JSON Schema of a command's answer, a tool's input or a type
//	alloygen demo                  show the whole way, from an annotated function to a typed value, offline
//	alloygen version
//
// Packages are named as for the go command. "alloygen help directives" explains the comments that it reads. The exit
// code is 0 if all is well, 1 if the input has errors or a file is stale, and 2 for wrong usage.
package main

import (
	"os"

	"github.com/alloygen/alloygen/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
}
