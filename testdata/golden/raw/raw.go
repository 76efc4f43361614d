// Package raw has types that bring their own schema.
//
//alloy:schema big.Int {"type":"integer","description":"of any size"}
package raw

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/alloygen/alloygen/runtime"
)

// Money marshals itself.
//
//alloy:schema {"type":"string","pattern":"^[0-9]+ (EUR|USD)$","not":{"const":"0 EUR"}}
type Money struct {
	Amount   int
	Currency string
}

func (m Money) MarshalJSON() ([]byte, error) {
	return json.Marshal(fmt.Sprintf("%d %s", m.Amount, m.Currency))
}

func (m *Money) UnmarshalJSON(data []byte) error {
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	_, err := fmt.Sscanf(s, "%d %s", &m.Amount, &m.Currency)
	return err
}

// Code says its schema when the program runs.
type Code struct{ text string }

var codes = []string{"a", "b"}

func (Code) JSONSchema() string {
	return `{"enum":["` + strings.Join(codes, `","`) + `"]}`
}

func (c Code) MarshalJSON() ([]byte, error)     { return json.Marshal(c.text) }
func (c *Code) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &c.text) }

// Bill has both.
type Bill struct {
	Total Money           `json:"total"`
	Code  Code            `json:"code"`
	Rest  json.RawMessage `json:"rest"`
}

//alloy:command name=WriteBill
func bill(text string) alloy.Prompt[Bill] { return alloy.Promptf[Bill]("%s", text) }

//alloy:command
func number(text string) alloy.Prompt[*big.Int] { return alloy.Promptf[*big.Int]("%s", text) }

// refund pays an amount back.
//
//alloy:tool
func refund(amount Money) error { return nil }
