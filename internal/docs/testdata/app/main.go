package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/alloygen/alloygen/contracts"
)

func main() {
	ticket, err := Triage(context.Background(), "Where is order 4392?")
	fmt.Printf("%+v %v\n", ticket, err)

	_, err = Triage(context.Background(), "  ")
	if broken, ok := errors.AsType[*contracts.Violation](err); ok {
		fmt.Println(broken.Kind, broken.Message)
	}
}
