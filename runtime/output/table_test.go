package output_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tableRuns are all cases. Each says what a careful reader takes its text to mean.
func tableRuns() []run {
	return slices.Concat(placeTable, thoughtTable, candidateTable, commaTable, quoteTable, literalTable, cutTable, numberTable, wordTable,
		keyTable, wrapTable, unionTable, timeTable, refusedTable, brokenRuleTable, markupTable)
}

// fewestRuns is how many cases the documentation speaks of.
const fewestRuns = 250

func TestTableRunCount(t *testing.T) {
	names := map[string]bool{}
	for _, c := range tableRuns() {
		require.False(t, names[c.name], "two cases are called %q", c.name)
		names[c.name] = true
	}
	require.GreaterOrEqual(t, len(names), fewestRuns)
}

// TestTableRunsInParts reads each case as a stream too.
func TestTableRunsInParts(t *testing.T) {
	for _, c := range tableRuns() {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.schema)
			want, wantErr := p.Parse(c.text)
			for _, size := range []int{1, 3, 7} {
				s := p.Stream()
				for part := range slices.Chunk([]byte(c.text), size) {
					s.Write(string(part))
					known := s.Partial()
					require.True(t, known == nil || json.Valid(known), "in parts of %d: %s", size, known)
				}
				got, err := s.Done()
				require.Equal(t, wantErr, err, "in parts of %d", size)
				require.Equal(t, string(want.JSON), string(got.JSON), "in parts of %d", size)
				require.Equal(t, want.Repairs, got.Repairs, "in parts of %d", size)
			}
		})
	}
}

// TestExampleSchemas holds the schemas below to those in the generated code.
func TestExampleSchemas(t *testing.T) {
	for example, schemas := range map[string][]string{
		"quickstart": {triageSchema},
		"support":    {replySchema, lookupSchema, refundSchema},
		"extract":    {invoiceSchema, totalSchema},
		"faults":     {forecastSchema, sensorSchema},
		"ask":        {stockSchema},
	} {
		code, err := os.ReadFile("../../examples/" + example + "/alloy_gen.go")
		require.NoError(t, err)
		for _, s := range schemas {
			require.Contains(t, string(code), "JSON: `"+s+"`", example)
		}
	}
}

const (
	priorityType = `{"type":"string","enum":["low","normal","urgent"]}`
	levelType    = `{"type":"string","enum":["DEBUG","INFO","WARN","ERROR","FATAL"]}`
	verdictType  = `{"type":"string","enum":["approve","request_changes","comment"]}`
	cabinType    = `{"type":"string","enum":["economy","premium economy","business"]}`
	textsType    = `{"type":"array","items":{"type":"string"}}`
	spanType     = `{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$"}` // of time.Duration
	dateType     = `{"type":"string","format":"date"}`
	dateTimeType = `{"type":"string","format":"date-time"}`
	clockType    = `{"type":"string","format":"time"}`
	periodType   = `{"type":"string","format":"duration"}`
	numberType   = `{"type":"number"}`
	integerType  = `{"type":"integer"}`
	booleanType  = `{"type":"boolean"}`
)

const recipeSchema = `{
	"type": "object",
	"properties": {
		"title": {"type": "string"},
		"servings": {"type": "integer", "minimum": 1},
		"minutes": {"type": "integer"},
		"vegan": {"type": "boolean"},
		"difficulty": {"type": "string", "enum": ["easy", "medium", "hard"]},
		"ingredients": {"type": "array", "items": {"type": "string"}}
	},
	"required": ["title", "servings", "ingredients"],
	"additionalProperties": false
}`

const reviewSchema = `{
	"type": "object",
	"properties": {
		"verdict": ` + verdictType + `,
		"file": {"type": "string"},
		"line": {"type": ["integer", "null"]},
		"comment": {"type": "string"},
		"blocking": {"type": "boolean"}
	},
	"required": ["verdict", "file", "line", "comment"],
	"additionalProperties": false
}`

const tripSchema = `{
	"type": "object",
	"properties": {
		"from": {"type": "string"},
		"to": {"type": "string"},
		"departs": {"type": "string", "format": "date-time"},
		"nights": {"type": "integer", "minimum": 1},
		"budget": {"type": "number", "minimum": 0},
		"cabin": ` + cabinType + `
	},
	"required": ["from", "to", "nights"],
	"additionalProperties": false
}`

const doseSchema = `{
	"type": "object",
	"properties": {
		"drug": {"type": "string"},
		"dose_mg": {"type": "number", "exclusiveMinimum": 0},
		"per_day": {"type": "integer", "minimum": 1, "maximum": 6},
		"form": {"type": "string", "enum": ["tablet", "capsule", "oral solution", "solution for injection"]},
		"with_food": {"type": "boolean"},
		"warnings": ` + textsType + `
	},
	"required": ["drug", "dose_mg", "per_day"],
	"additionalProperties": false
}`

const logLineSchema = `{
	"type": "object",
	"properties": {
		"level": ` + levelType + `,
		"service": {"type": "string"},
		"message": {"type": "string"},
		"at": {"type": "string", "format": "date-time"},
		"count": {"type": "integer", "minimum": -2147483648, "maximum": 2147483647},
		"retry_after": ` + spanType + `
	},
	"required": ["level", "service", "message"],
	"additionalProperties": false
}`

const productSchema = `{
	"type": "object",
	"properties": {
		"sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
		"name": {"type": "string", "maxLength": 40},
		"price": {"type": "number"},
		"in_stock": {"type": "boolean"},
		"tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": true, "maxItems": 4},
		"weight_kg": {"type": ["number", "null"]}
	},
	"required": ["sku", "name", "price"],
	"additionalProperties": false
}`

const productsSchema = `{"type":"array","items":` + productSchema + `}`

// reach is a way to reach a person, without a tag.
const reachSchema = `{
	"type": "object",
	"properties": {
		"name": {"type": "string"},
		"by": {"anyOf": [
			{"type": "object", "properties": {"email": {"type": "string", "format": "email"}}, "required": ["email"], "additionalProperties": false},
			{"type": "object", "properties": {"phone": {"type": "string"}, "hours": {"type": "string"}}, "required": ["phone"], "additionalProperties": false},
			{"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}, "required": ["street", "city"], "additionalProperties": false}
		]}
	},
	"required": ["name", "by"],
	"additionalProperties": false
}`

// invoiceJSON fits the schema invoice.
const invoiceJSON = `{"number":"AC-2041","issued":"2025-03-03T09:00:00Z","due":null,"grace":"48h",` +
	`"seller":{"name":"Fjord Lys AS","address":{"street":"Havnegata 4","city":"Bergen","country":"NO"}},` +
	`"lines":[{"text":"Lantern","count":2,"price":{"cents":4950,"currency":"NOK"}}],` +
	`"payment":{"type":"transfer","iban":"NO9386011117947"},"taxes":{"standard":{"cents":990,"currency":"NOK"}}}`

// bill is that invoice with other text in some places: old, new, old, new …
func bill(oldnew ...string) string { return strings.NewReplacer(oldnew...).Replace(invoiceJSON) }

// The schemas of the examples, as alloygen wrote them.

const triageSchema = `{
	"description": "Ticket is one triaged customer message.",
	"type": "object",
	"properties": {
		"summary": {
			"description": "one sentence, in English",
			"type": "string",
			"minLength": 1
		},
		"priority": {
			"$ref": "#/$defs/Priority"
		},
		"score": {
			"description": "how sure the triage is",
			"type": "number",
			"minimum": 0,
			"maximum": 1
		},
		"order_ids": {
			"description": "the order numbers in the message",
			"type": "array",
			"items": {
				"type": "string"
			}
		}
	},
	"required": ["summary", "priority", "score", "order_ids"],
	"additionalProperties": false,
	"$defs": {
		"Priority": {
			"description": "Priority is how soon a ticket needs a person.\nurgent: money or safety is at stake",
			"type": "string",
			"enum": ["low", "normal", "urgent"]
		}
	}
}`

const replySchema = `{
	"description": "Reply is what goes back to the customer.",
	"type": "object",
	"properties": {
		"text": {
			"description": "to the customer, in the language of their message",
			"type": "string"
		},
		"needs_person": {
			"description": "a colleague must look at it",
			"type": "boolean"
		}
	},
	"required": ["text", "needs_person"],
	"additionalProperties": false
}`

const lookupSchema = `{
	"type": "object",
	"properties": {
		"orderID": {
			"description": "the order number, four digits",
			"type": "string"
		}
	},
	"required": ["orderID"],
	"additionalProperties": false
}`

const refundSchema = `{
	"type": "object",
	"properties": {
		"orderID": {
			"description": "the order number, four digits",
			"type": "string"
		},
		"cents": {
			"description": "how much, in cents",
			"type": "integer"
		}
	},
	"required": ["orderID", "cents"],
	"additionalProperties": false
}`

const invoiceSchema = `{
	"description": "Invoice is what a supplier asks to be paid.",
	"type": "object",
	"properties": {
		"number": {
			"type": "string",
			"pattern": "^[A-Z]{2}-[0-9]{4}$"
		},
		"issued": {
			"type": "string",
			"format": "date-time"
		},
		"due": {
			"description": "null if the letter names no date",
			"type": ["string", "null"],
			"format": "date-time"
		},
		"grace": {
			"description": "after the due date, before a reminder\nA duration such as 1h30m or 250ms.",
			"type": "string",
			"pattern": "^[1-9][0-9]{0,2}h$"
		},
		"seller": {
			"$ref": "#/$defs/Party"
		},
		"lines": {
			"type": "array",
			"items": {
				"$ref": "#/$defs/Line"
			},
			"minItems": 1,
			"maxItems": 3
		},
		"payment": {
			"description": "how it is to be paid",
			"anyOf": [
				{
					"$ref": "#/$defs/Payment"
				}
			]
		},
		"taxes": {
			"description": "by rate",
			"type": "object",
			"propertyNames": {
				"$ref": "#/$defs/Rate"
			},
			"additionalProperties": {
				"$ref": "#/$defs/Money"
			}
		}
	},
	"required": ["number", "issued", "due", "grace", "seller", "lines", "payment", "taxes"],
	"additionalProperties": false,
	"$defs": {
		"Address": {
			"description": "Address is where post goes.",
			"type": "object",
			"properties": {
				"street": {
					"type": "string"
				},
				"city": {
					"type": "string"
				},
				"country": {
					"description": "ISO 3166-1",
					"type": "string",
					"pattern": "^[A-Z]{2}$"
				}
			},
			"required": ["street", "city", "country"],
			"additionalProperties": false
		},
		"Currency": {
			"description": "Currency is an ISO 4217 code.",
			"type": "string",
			"enum": ["EUR", "USD", "NOK"]
		},
		"Line": {
			"description": "Line is one position of an invoice.",
			"type": "object",
			"properties": {
				"text": {
					"type": "string"
				},
				"count": {
					"type": "integer",
					"minimum": 1,
					"maximum": 100
				},
				"price": {
					"description": "of one piece",
					"anyOf": [
						{
							"$ref": "#/$defs/Money"
						}
					]
				}
			},
			"required": ["text", "count", "price"],
			"additionalProperties": false
		},
		"Money": {
			"description": "Money is an amount in one currency.",
			"type": "object",
			"properties": {
				"cents": {
					"type": "integer",
					"minimum": 0,
					"maximum": 100000
				},
				"currency": {
					"$ref": "#/$defs/Currency"
				}
			},
			"required": ["cents", "currency"],
			"additionalProperties": false
		},
		"Party": {
			"description": "Party is a company with its address.",
			"type": "object",
			"properties": {
				"name": {
					"type": "string"
				},
				"address": {
					"$ref": "#/$defs/Address"
				}
			},
			"required": ["name", "address"],
			"additionalProperties": false
		},
		"Payment": {
			"description": "Payment is one of the ways to pay: a Transfer or a Card. The unexported method seals it, so that its kinds are known.",
			"anyOf": [
				{
					"description": "Transfer is a payment to a bank account.",
					"type": "object",
					"properties": {
						"type": {
							"type": "string",
							"const": "transfer"
						},
						"iban": {
							"type": "string",
							"pattern": "^[A-Z]{2}[0-9]{13,30}$"
						}
					},
					"required": ["type", "iban"],
					"additionalProperties": false
				},
				{
					"description": "Card is a payment that was charged to a card.",
					"type": "object",
					"properties": {
						"type": {
							"type": "string",
							"const": "card"
						},
						"last_four": {
							"type": "string",
							"pattern": "^[0-9]{4}$"
						}
					},
					"required": ["type", "last_four"],
					"additionalProperties": false
				}
			]
		},
		"Rate": {
			"description": "Rate is a rate of tax.",
			"type": "string",
			"enum": ["standard", "reduced"]
		}
	}
}`

const totalSchema = `{
	"type": "object",
	"properties": {
		"value": {
			"type": "number"
		}
	},
	"required": ["value"],
	"additionalProperties": false
}`

const forecastSchema = `{
	"description": "Forecast is the weather of one day.",
	"type": "object",
	"properties": {
		"sky": {
			"$ref": "#/$defs/Sky"
		},
		"celsius": {
			"type": "integer",
			"minimum": -60,
			"maximum": 60
		}
	},
	"required": ["sky", "celsius"],
	"additionalProperties": false,
	"$defs": {
		"Sky": {
			"description": "Sky is what the sky looks like.",
			"type": "string",
			"enum": ["clear", "cloudy", "rain"]
		}
	}
}`

const sensorSchema = `{
	"type": "object",
	"properties": {
		"city": {
			"type": "string"
		}
	},
	"required": ["city"],
	"additionalProperties": false
}`

const stockSchema = `{
	"type": "object",
	"properties": {
		"size": {
			"description": "which lanterns",
			"anyOf": [
				{
					"$ref": "#/$defs/Size"
				}
			]
		}
	},
	"required": ["size"],
	"additionalProperties": false,
	"$defs": {
		"Size": {
			"description": "Size is how big a lantern is.",
			"type": "string",
			"enum": ["small", "large"]
		}
	}
}`
