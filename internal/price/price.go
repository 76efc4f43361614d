// Package price knows what the tokens of the usual models cost. The generator and the runtime share it, so that what a
// generated comment says and what a report counts come from one table, prices.txt, which also says where it is from.
package price

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Price is what a model's tokens cost, in US dollars per million.
type Price struct {
	Input  float64
	Cached float64 // of input that is read from the vendor's cache
	Output float64 // reasoning included
}

// Cost is what a request costs, in US dollars. input includes cached.
func (p Price) Cost(input, cached, output int) float64 {
	return (float64(input-cached)*p.Input + float64(cached)*p.Cached + float64(output)*p.Output) / 1e6
}

// Lookup finds the price of a model by its vendor's name, or by that with the provider before it, as in openai/gpt-5. A date
// behind the name may be left out of the table: gpt-5-2025-08-07 costs what gpt-5 does. Models that run on one's own machine,
// those of ollama and offline, cost nothing, which is known. It is false for a model that it does not know.
func Lookup(model string) (Price, bool) {
	if isLocal(model) {
		return Price{}, true
	}
	provider, name, prefixed := strings.Cut(model, "/")
	if !prefixed {
		provider, name = "", model
	}
	for _, name := range []string{name, withoutDate(name)} {
		if r, ok := table()[name]; ok && (provider == "" || provider == r.provider) {
			return r.price, true
		}
	}
	return Price{}, false
}

func isLocal(model string) bool {
	for _, provider := range []string{"ollama:", "ollama/", "offline/"} {
		if rest, ok := strings.CutPrefix(model, provider); ok {
			return rest != ""
		}
	}
	return model == "offline"
}

// withoutDate cuts a date off: -2025-08-07, as OpenAI writes it, or -20250807, as Anthropic does.
func withoutDate(name string) string {
	for _, form := range []string{"-0000-00-00", "-00000000"} {
		if at := len(name) - len(form); at > 0 && looksLike(name[at:], form) {
			return name[:at]
		}
	}
	return name
}

// looksLike reports whether text has a digit where form has a zero, and what form has elsewhere.
func looksLike(text, form string) bool {
	for i := range len(form) {
		if digit := '0' <= text[i] && text[i] <= '9'; form[i] == '0' && !digit || form[i] != '0' && text[i] != form[i] {
			return false
		}
	}
	return true
}

// row is one line of the table.
type row struct {
	provider string
	price    Price
}

//go:embed prices.txt
var prices string

// table is prices.txt by the name of the model. That all of its lines can be read is tested.
var table = sync.OnceValue(func() map[string]row {
	rows, _ := read(prices)
	return rows
})

// read returns the rows of a table, and what is wrong with it.
func read(text string) (map[string]row, error) {
	rows := map[string]row{}
	var provider string
	var wrong error
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case len(fields) == 2:
			provider = fields[0]
		default:
			r, err := readRow(provider, fields)
			if _, double := rows[fields[0]]; err == nil && double {
				err = fmt.Errorf("%s stands there twice", fields[0])
			}
			if err != nil {
				wrong = err
				continue
			}
			rows[fields[0]] = r
		}
	}
	return rows, wrong
}

func readRow(provider string, fields []string) (row, error) {
	r := row{provider: provider}
	if len(fields) != 4 {
		return r, fmt.Errorf("%v: want a model and three prices", fields)
	}
	for i, at := range []*float64{&r.price.Input, &r.price.Cached, &r.price.Output} {
		v, err := strconv.ParseFloat(fields[i+1], 64)
		if err != nil {
			return r, fmt.Errorf("%s: %w", fields[0], err)
		}
		*at = v
	}
	return r, nil
}
