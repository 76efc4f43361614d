// Package codecs has types that encoding/json cannot read or write as their schema says.
package codecs

import (
	"net/url"
	"time"

	"github.com/alloygen/alloygen/runtime"
)

// Shape is one of the shapes below.
type Shape interface{ area() float64 }

// Circle is round.
type Circle struct {
	Radius float64 `json:"radius"`
}

// Square has four sides.
type Square struct {
	Side float64       `json:"side"`
	Age  time.Duration `json:"age"`
}

// Group holds shapes, groups too.
type Group struct {
	Shapes []Shape `json:"shapes"`
}

func (c Circle) area() float64  { return 3 * c.Radius * c.Radius }
func (s *Square) area() float64 { return s.Side * s.Side }
func (g Group) area() float64   { return 0 }

// Timing is embedded.
type Timing struct {
	Every time.Duration   `json:"every"`
	Waits []time.Duration `json:"waits"`
}

// Job has all of them, in all places.
type Job struct {
	Timing
	Name   string                   `json:"name"`
	Shape  Shape                    `json:"shape"`
	Maybe  Shape                    `json:"maybe,omitempty"`
	Link   url.URL                  `json:"link"`
	Mirror *url.URL                 `json:"mirror"`
	Limits map[string]time.Duration `json:"limits"`
	Pair   [2]Shape                 `json:"pair"`
	Next   *Job                     `json:"next"`
}

//alloy:command name=RunJob
//alloy:ensure result.Shape.area() > 0, "a shape has an area"
func job(text string) alloy.Prompt[Job] {
	return alloy.Promptf[Job]("%s", text).WithExample("a circle", Job{
		Timing: Timing{Waits: []time.Duration{1500 * time.Nanosecond}},
		Name:   "example", Shape: &Circle{1}, Pair: [2]Shape{Circle{1}, &Square{Side: 2}},
		Link: url.URL{Scheme: "https", Host: "example.com"}, Limits: map[string]time.Duration{"cpu": 90 * time.Minute},
	})
}

//alloy:command name=ShapeOf
func shape(text string) alloy.Prompt[Shape] { return alloy.Promptf[Shape]("%s", text) }

// Extra is embedded by pointer.
type Extra struct {
	Grace time.Duration `json:"grace"`
}

// Plan embeds a pointer.
type Plan struct {
	*Extra
	Steps []Step `json:"steps"`
}

// Step is a list of a named type.
type Step []time.Duration

//alloy:command
func makePlan(text string) alloy.Prompt[Plan] { return alloy.Promptf[Plan]("%s", text) }

//alloy:command
//alloy:tools wait, shape
func durations(text string) alloy.Prompt[[]time.Duration] {
	return alloy.Promptf[[]time.Duration]("%s", text)
}

// wait waits.
//
//alloy:tool
func wait(d time.Duration, shapes []Shape, at *url.URL) (map[string]time.Duration, error) {
	return map[string]time.Duration{"waited": d + time.Duration(len(shapes))*time.Second}, nil
}
