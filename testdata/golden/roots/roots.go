// Package roots has an answer of each kind that is not a struct.
package roots

import (
	"errors"

	"github.com/alloygen/alloygen/runtime"
)

// Color is one of three.
type Color string

const (
	Red   Color = "red"
	Green Color = "green"
	Blue  Color = "blue"
)

// Point is a place.
type Point struct{ X, Y int }

// Empty has no fields.
type Empty struct{}

//alloy:command
func plain(topic string) string { return topic }

var errTopic = errors.New("no topic")

//alloy:command
func checked(topic string) (string, error) {
	if topic == "" {
		return "", errTopic
	}
	return topic, nil
}

//alloy:command
func text(topic string) alloy.Prompt[string] { return alloy.Promptf[string]("%s", topic) }

//alloy:command
//alloy:ensure topic != "", "no topic"
func effect(topic string) alloy.Prompt[alloy.None] { return alloy.Promptf[alloy.None]("%s", topic) }

//alloy:command
func price(s string) (alloy.Prompt[float64], error) { return alloy.Promptf[float64]("%s", s), nil }

//alloy:command
func yes(s string) alloy.Prompt[bool] { return alloy.Promptf[bool]("%s", s) }

//alloy:command
func small(s string) alloy.Prompt[int8] { return alloy.Promptf[int8]("%s", s) }

//alloy:command name=ColorOf
func color(s string) alloy.Prompt[Color] { return alloy.Promptf[Color]("%s", s) }

//alloy:command
func list(s string) alloy.Prompt[[]Point] { return alloy.Promptf[[]Point]("%s", s) }

//alloy:command
func pair(s string) alloy.Prompt[[2]string] { return alloy.Promptf[[2]string]("%s", s) }

//alloy:command
func table(s string) alloy.Prompt[map[string]int] { return alloy.Promptf[map[string]int]("%s", s) }

//alloy:command
func maybe(s string) alloy.Prompt[*Point] { return alloy.Promptf[*Point]("%s", s) }

//alloy:command name=Nothing
func empty(s string) alloy.Prompt[Empty] { return alloy.Promptf[Empty]("%s", s) }

//alloy:command
func none() alloy.Prompt[Point] { return alloy.Promptf[Point]("origin") }
