// Program has a command in package main.
package main

import (
	"context"
	"fmt"

	"github.com/alloygen/alloygen/runtime"
)

//alloy:command
//alloy:model offline
func greet(name string) alloy.Prompt[string] { return alloy.Promptf[string]("Greet %s.", name) }

func main() {
	text, err := Greet(context.Background(), "Ada")
	fmt.Println(text, err)
}
