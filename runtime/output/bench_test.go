package output_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The benchmarks read an answer of eight fields, with a nested list and an enum, in 350 bytes.
const (
	benchSchema = `{
		"type": "object",
		"properties": {
			"title": {"type": "string", "minLength": 1, "maxLength": 80},
			"summary": {"type": "string"},
			"priority": {"type": "string", "enum": ["low", "normal", "high", "urgent"]},
			"score": {"type": "number", "minimum": 0, "maximum": 1},
			"count": {"type": "integer", "minimum": -9223372036854775808, "maximum": 9223372036854775807},
			"resolved": {"type": "boolean"},
			"tags": {"type": "array", "items": {"type": "string"}},
			"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}}
		},
		"required": ["title", "summary", "priority", "score", "count", "resolved", "tags", "items"],
		"additionalProperties": false,
		"$defs": {"Item": {
			"type": "object",
			"properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 0}, "note": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
			"required": ["sku", "quantity", "note"],
			"additionalProperties": false
		}}
	}`
	benchJSON = `{"title":"Order 4392 has not arrived","summary":"The customer ordered two weeks ago and asks where the parcel is.","priority":"high","score":0.87,"count":3,"resolved":false,"tags":["shipping","delay","parcel"],"items":[{"sku":"A-100","quantity":1,"note":null},{"sku":"B-200","quantity":2,"note":"gift"},{"sku":"C-300","quantity":12,"note":null}]}`
)

type benchAnswer struct {
	Title    string   `json:"title"`
	Summary  string   `json:"summary"`
	Priority string   `json:"priority"`
	Score    float64  `json:"score"`
	Count    int      `json:"count"`
	Resolved bool     `json:"resolved"`
	Tags     []string `json:"tags"`
	Items    []struct {
		SKU      string  `json:"sku"`
		Quantity int     `json:"quantity"`
		Note     *string `json:"note"`
	} `json:"items"`
}

func benchmark(b *testing.B, text string) {
	p := compile(b, benchSchema)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := p.Parse(text)
		if err != nil || len(r.JSON) == 0 {
			b.Fatal(err)
		}
	}
}

func BenchmarkStrict(b *testing.B) { benchmark(b, benchJSON) }

func BenchmarkFence(b *testing.B) {
	benchmark(b, "Here is the triage:\n```json\n"+benchJSON+"\n```\nAnything else?")
}

func BenchmarkCoerced(b *testing.B) {
	benchmark(b, strings.NewReplacer("0.87", `"0.87"`, "false", `"no"`, `"high"`, `"High"`, `"count"`, `"extra":1,"count"`).Replace(benchJSON))
}

// BenchmarkDecode is what encoding/json takes to decode the same answer, for comparison.
func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var a benchAnswer
		if err := json.Unmarshal([]byte(benchJSON), &a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		compile(b, benchSchema)
	}
}
