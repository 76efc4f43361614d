// Extract reads a letter into a value of many shapes: nested structs, an enum, an optional field, a union, times and a map.
//
//	go run ./examples/extract
//
// It runs without a network: the built-in model makes up values that fit the types. With OPENAI_API_KEY or
// ANTHROPIC_API_KEY set, the same program asks that vendor's model to read the letter.
package main

import (
	"context"
	"fmt"
	"log"
	"maps"
	"slices"
	"time"

	"github.com/alloygen/alloygen/examples/internal/choose"
	"github.com/alloygen/alloygen/runtime"
)

//go:generate go tool alloygen

// Invoice is what a supplier asks to be paid.
type Invoice struct {
	Number  string         `json:"number" jsonschema:"pattern=^[A-Z]{2}-[0-9]{4}$"`
	Issued  time.Time      `json:"issued"`
	Due     *time.Time     `json:"due"`                                           // null if the letter names no date
	Grace   time.Duration  `json:"grace" jsonschema:"pattern=^[1-9][0-9]{0,2}h$"` // after the due date, before a reminder
	Seller  Party          `json:"seller"`
	Lines   []Line         `json:"lines" jsonschema:"minItems=1,maxItems=3"`
	Payment Payment        `json:"payment"` // how it is to be paid
	Taxes   map[Rate]Money `json:"taxes"`   // by rate
}

// Party is a company with its address.
type Party struct {
	Name    string  `json:"name"`
	Address Address `json:"address"`
}

// Address is where post goes.
type Address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Country string `json:"country" jsonschema:"pattern=^[A-Z]{2}$"` // ISO 3166-1
}

// Line is one position of an invoice.
type Line struct {
	Text  string `json:"text"`
	Count int    `json:"count" jsonschema:"minimum=1,maximum=100"`
	Price Money  `json:"price"` // of one piece
}

// Money is an amount in one currency.
type Money struct {
	Cents    int      `json:"cents" jsonschema:"minimum=0,maximum=100000"`
	Currency Currency `json:"currency"`
}

// Currency is an ISO 4217 code.
type Currency string

const (
	EUR Currency = "EUR"
	USD Currency = "USD"
	NOK Currency = "NOK"
)

// Rate is a rate of tax.
type Rate string

const (
	Standard Rate = "standard"
	Reduced  Rate = "reduced"
)

// Payment is one of the ways to pay: a Transfer or a Card. The unexported method seals it, so that its kinds are known.
type Payment interface{ isPayment() }

// Transfer is a payment to a bank account.
type Transfer struct {
	IBAN string `json:"iban" jsonschema:"pattern=^[A-Z]{2}[0-9]{13,30}$"`
}

// Card is a payment that was charged to a card.
type Card struct {
	LastFour string `json:"last_four" jsonschema:"pattern=^[0-9]{4}$"`
}

func (Transfer) isPayment() {}
func (Card) isPayment()     {}

// readInvoice reads an invoice.
//
//alloy:command
//alloy:system You read letters. Copy what they say; make nothing up.
//alloy:retry 3
//alloy:check result.Due == nil || result.Due.After(result.Issued), "due after it was issued"
func readInvoice(letter string) alloy.Prompt[Invoice] {
	return alloy.Promptf[Invoice]("Read this invoice:\n%s", letter)
}

// total adds up what an invoice asks for. An answer need not be a struct.
//
//alloy:command
//alloy:ensure result >= 0, "a total is not negative"
func total(letter string) alloy.Prompt[float64] {
	return alloy.Promptf[float64]("What is the total, in the currency of the letter?\n%s", letter)
}

const letter = `Nordlys AS, Storgata 1, Oslo — Invoice NO-2041, 3 March 2026
2 lanterns at 450.00 NOK, 1 chart at 120.00 NOK, 25 % VAT: 255.00 NOK
To be paid within 14 days to NO9386011117947. Reminders go out ten days later.`

func main() {
	ctx := context.Background()
	model := alloy.WithModel(choose.Model())

	invoice, err := ReadInvoice(ctx, letter, model)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s of %s, %s, issued %s\n", invoice.Number, invoice.Seller.Name, invoice.Seller.Address.Country, invoice.Issued.Format(time.DateOnly))
	if invoice.Due != nil {
		fmt.Printf("due %s, and %v of grace\n", invoice.Due.Format(time.DateOnly), invoice.Grace)
	}
	for _, line := range invoice.Lines {
		fmt.Printf("%3d × %s at %d %s cents\n", line.Count, line.Text, line.Price.Cents, line.Price.Currency)
	}
	for _, rate := range slices.Sorted(maps.Keys(invoice.Taxes)) {
		fmt.Printf("%s tax: %d %s cents\n", rate, invoice.Taxes[rate].Cents, invoice.Taxes[rate].Currency)
	}
	switch p := invoice.Payment.(type) {
	case Transfer:
		fmt.Println("by transfer to", p.IBAN)
	case Card:
		fmt.Println("by the card that ends in", p.LastFour)
	}

	sum, err := Total(ctx, letter, model)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("total: %.2f\n", sum)
}
