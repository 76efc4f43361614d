package main

import (
	"os"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

// TestMain keeps the tests off the network, whatever keys the machine has.
func TestMain(m *testing.M) {
	os.Setenv("ALLOY_BACKEND", "offline")
	os.Exit(m.Run())
}

func Example() {
	main()
	// Output:
	// KO-5634 of short name, AX, issued 2026-12-18
	// due 2026-07-21, and 60h0m0s of grace
	//  87 × demo text at 16 EUR cents
	//  32 × plain text at 85 EUR cents
	//   2 × demo text at 90 USD cents
	// reduced tax: 52 NOK cents
	// by transfer to WI97283519336762
	// total: 47.50
}

const answer = `{
	"number": "NO-2041", "issued": "2026-03-03T00:00:00Z", "due": "2026-03-17T00:00:00Z", "grace": "240h",
	"seller": {"name": "Nordlys AS", "address": {"street": "Storgata 1", "city": "Oslo", "country": "NO"}},
	"lines": [
		{"text": "lantern", "count": "2", "price": {"cents": 45000, "currency": "NOK"}},
		{"text": "chart", "count": 1, "price": {"cents": 12000, "currency": "NOK"}}
	],
	"payment": {"type": "Transfer", "iban": "NO9386011117947"},
	"taxes": {"standard": {"cents": 25500, "currency": "NOK"}}
}`

func TestReadInvoice(t *testing.T) {
	model := alloytest.New(alloytest.Reply("Here it is:\n```json\n" + answer + "\n```")).For(t)
	invoice, err := ReadInvoice(t.Context(), letter, alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	if got := invoice.Due.Sub(invoice.Issued); got != 14*24*time.Hour {
		t.Errorf("due after %v", got)
	}
	if invoice.Grace != 10*24*time.Hour {
		t.Errorf("grace is %v", invoice.Grace)
	}
	if len(invoice.Lines) != 2 || invoice.Lines[0].Count != 2 || invoice.Lines[0].Price != (Money{45000, NOK}) {
		t.Errorf("lines are %+v", invoice.Lines)
	}
	if invoice.Payment != (Transfer{IBAN: "NO9386011117947"}) {
		t.Errorf("payment is %#v", invoice.Payment)
	}
	if invoice.Taxes[Standard] != (Money{25500, NOK}) {
		t.Errorf("taxes are %v", invoice.Taxes)
	}
}

// Each mistake is named to the model by its place in the answer.
func TestReadInvoiceRefuses(t *testing.T) {
	for _, mistake := range []string{
		`{"number": "2041"}`,
		`{"number": "NO-2041", "issued": "yesterday"}`,
		`[]`,
		`I could not read it.`,
	} {
		if _, err := ReadInvoiceCommand.Parse(mistake); err == nil {
			t.Errorf("%s is taken for an invoice", mistake)
		}
	}
}

// A number alone is taken for {"value": …}.
func TestTotal(t *testing.T) {
	for _, text := range []string{`{"value": 1275}`, `{"value": "1275.00"}`, "1275"} {
		got, err := Total(t.Context(), letter, alloy.WithProvider(alloytest.New(alloytest.Reply(text)).For(t)))
		if err != nil || got != 1275 {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
}
