// Package extract has an answer with all shapes that encoding/json knows.
package extract

import (
	"time"

	"github.com/alloygen/alloygen/runtime"
)

// Currency is an ISO 4217 code.
type Currency string

const (
	EUR Currency = "EUR"
	USD Currency = "USD"
)

// Level counts from one.
type Level int

const (
	Minor Level = iota + 1 // can wait
	Major                  // cannot
)

// Money is an amount with its currency.
type Money struct {
	Amount   float64  `json:"amount" jsonschema:"minimum=0"`
	Currency Currency `json:"currency"`
}

// Base is what all documents have.
type Base struct {
	ID      string    `json:"id" jsonschema:"pattern=^[A-Z]{2}-[0-9]+$"`
	Created time.Time `json:"created"`
}

// Page is a list with a cursor.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// Node is a part that has parts.
type Node struct {
	Name  string  `json:"name"`
	Parts []*Node `json:"parts,omitempty"`
}

// Invoice is one document.
type Invoice struct {
	Base
	Total    Money            `json:"total"`
	Tax      *Money           `json:"tax"`
	Lines    []Line           `json:"lines" validate:"min=1"`
	Notes    Page[string]     `json:"notes"`
	Tags     map[string]int   `json:"tags"`
	Sums     map[Currency]int `json:"sums"`
	Box      [3]float32       `json:"box"`
	Level    Level            `json:"level"`
	Tree     Node             `json:"tree"`
	Grid     [][]int          `json:"grid"`
	Comment  string           `json:"comment,omitempty"`
	internal int
	Skipped  func() `json:"-"`
}

// Line is one line of an invoice.
type Line struct {
	Text  string `json:"text"`
	Count uint8  `json:"count"`
	Price Money  `json:"price"` // of one piece
}

// extract reads an invoice.
//
//alloy:command name=ReadInvoice
//alloy:model groq/llama-3.3-70b-versatile
//alloy:check len(result.Lines) < 100, "many lines"
func extract(text string) alloy.Prompt[Invoice] {
	_ = Invoice{}.internal
	return alloy.Promptf[Invoice]("%s", text)
}

//alloy:command
func lines(text string) alloy.Prompt[Page[Line]] { return alloy.Promptf[Page[Line]]("%s", text) }
