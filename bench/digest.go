package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// digest is what a model answers in the part output. digestSchema says the same.
type digest struct {
	Title    string   `json:"title"`
	Language string   `json:"language"`
	Score    float64  `json:"score"`
	Complete bool     `json:"complete"`
	Author   author   `json:"author"`
	Reviews  []review `json:"reviews"`
}

type author struct {
	Name  string  `json:"name"`
	Email *string `json:"email"`
	Since int     `json:"since"`
}

type review struct {
	ID       int      `json:"id"`
	Customer customer `json:"customer"`
	Text     string   `json:"text"`
	Mood     string   `json:"mood"`
	Score    float64  `json:"score"`
	Verified bool     `json:"verified"`
	Reply    *string  `json:"reply"`
	Items    []bought `json:"items"`
	Tags     []string `json:"tags"`
}

type customer struct {
	Name  string `json:"name"`
	City  string `json:"city"`
	Since int    `json:"since"`
}

type bought struct {
	SKU      string  `json:"sku"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
	Returned bool    `json:"returned"`
}

const digestSchema = `{
	"type": "object",
	"properties": {
		"title": {"type": "string"},
		"language": {"type": "string", "enum": ["en", "de", "fr", "ja"]},
		"score": {"type": "number", "minimum": 0, "maximum": 5},
		"complete": {"type": "boolean"},
		"author": {"$ref": "#/$defs/Author"},
		"reviews": {"type": "array", "items": {"$ref": "#/$defs/Review"}}
	},
	"required": ["title", "language", "score", "complete", "author", "reviews"],
	"additionalProperties": false,
	"$defs": {
		"Author": {
			"type": "object",
			"properties": {
				"name": {"type": "string"},
				"email": {"anyOf": [{"type": "string"}, {"type": "null"}]},
				"since": {"type": "integer"}
			},
			"required": ["name", "email", "since"],
			"additionalProperties": false
		},
		"Review": {
			"type": "object",
			"properties": {
				"id": {"type": "integer"},
				"customer": {"$ref": "#/$defs/Customer"},
				"text": {"type": "string"},
				"mood": {"type": "string", "enum": ["happy", "neutral", "angry"]},
				"score": {"type": "number", "minimum": 0, "maximum": 5},
				"verified": {"type": "boolean"},
				"reply": {"anyOf": [{"type": "string"}, {"type": "null"}]},
				"items": {"type": "array", "items": {"$ref": "#/$defs/Bought"}},
				"tags": {"type": "array", "items": {"type": "string"}}
			},
			"required": ["id", "customer", "text", "mood", "score", "verified", "reply", "items", "tags"],
			"additionalProperties": false
		},
		"Customer": {
			"type": "object",
			"properties": {"name": {"type": "string"}, "city": {"type": "string"}, "since": {"type": "integer"}},
			"required": ["name", "city", "since"],
			"additionalProperties": false
		},
		"Bought": {
			"type": "object",
			"properties": {
				"sku": {"type": "string"},
				"quantity": {"type": "integer"},
				"price": {"type": "number"},
				"returned": {"type": "boolean"}
			},
			"required": ["sku", "quantity", "price", "returned"],
			"additionalProperties": false
		}
	}
}`

// example is a text, and the digest that stands in it.
type example struct {
	how  string // the text is written
	text string
	want digest
}

func (e example) title() string { return fmt.Sprintf("%s, %.1f KB", e.how, float64(len(e.text))/1e3) }

// broken is the example as a model breaks it.
func (e example) broken(b breakage) example { return example{b.name, b.apply(e.text), e.want} }

// newExample returns a valid example of about size bytes, indented, as models write it; the same in every run.
func newExample(size int) (example, error) {
	email := "quality@acme.example"
	d := digest{
		Title: "Reviews of the week – mugs, tea and tins", Language: "en", Score: 3.75, Complete: true,
		Author: author{Name: "Zoë Lindqvist", Email: &email, Since: 2019},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for length := 250; length < size; {
		r := newReview(random, len(d.Reviews)+1)
		text, err := indented([]review{r})
		if err != nil {
			return example{}, err
		}
		d.Reviews = append(d.Reviews, r)
		length += len(text) + 2*strings.Count(text, "\n") // it stands deeper in the digest
	}
	text, err := indented(d)
	return example{"valid", text, d}, err
}

// indented is JSON without the escapes for HTML, which no model writes.
func indented(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// newReview returns a review. Its fractions are quarters, as one of the repairers reads numbers as float32.
func newReview(random *rand.Rand, id int) review {
	r := review{
		ID:       id,
		Customer: customer{Name: pick(random, names), City: pick(random, cities), Since: 2010 + random.IntN(15)},
		Text:     prose(random, 1+random.IntN(3)),
		Mood:     pick(random, []string{"happy", "neutral", "angry"}),
		Score:    float64(random.IntN(21)) / 4,
		Verified: random.IntN(4) > 0,
		Items:    []bought{},
		Tags:     []string{pick(random, tags), pick(random, tags)},
	}
	if random.IntN(2) > 0 {
		reply := prose(random, 1)
		r.Reply = &reply
	}
	for range 1 + random.IntN(2) {
		r.Items = append(r.Items, bought{
			SKU: pick(random, skus), Quantity: 1 + random.IntN(12),
			Price: float64(4+random.IntN(400)) / 4, Returned: random.IntN(5) == 0,
		})
	}
	return r
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

func prose(random *rand.Rand, sentences int) string {
	var b strings.Builder
	for i := range sentences {
		if i > 0 {
			b.WriteString(pick(random, []string{" ", " ", "\n"}))
		}
		b.WriteString(pick(random, phrases))
	}
	return b.String()
}

var (
	names  = []string{"Ana Souza", "Jörg Müller", "Siobhán O'Brien", "田中 健", "Priya Nair", "Łukasz Nowak"}
	cities = []string{"Lisbon", "Köln", "Kraków", "Galway", "東京", "St. John's"}
	skus   = []string{"MUG-01", "MUG-02", "TEA-17", "TIN-30"}
	tags   = []string{"damage", "refund", "delivery", "taste", "second contact", "café"}

	// phrases have what answers have: quotes, apostrophes, commas, colons, other alphabets. They have no braces, which one
	// of the repairers takes for the end of the string.
	phrases = []string{
		"Both mugs arrived cracked, and nobody has answered my first message since Monday.",
		"The tea is lovely: it's the one my grandmother used to buy.",
		"The box said \"fragile\" in three languages; the courier threw it over the gate all the same.",
		"Ich hätte gern mein Geld zurück – 24,50 € für zerbrochene Tassen sind zu viel.",
		"I'd buy it again (the large tin, not the small one) if the price stays below 20 €.",
		"とても美味しいお茶でした。また買います。",
		"Delivery took 12 days, although the page promised two to three.",
		"We don't need another replacement, we need someone who reads what we write.",
		"Five stars for the taste, one for the lid: it doesn't close.",
		"Everything came on time and in one piece 🎉, thank you!",
	}
)
