package emit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/generator/model"
)

// worst says in the doc comment of a command what a call of it takes at most.
func worst(c *model.Command) string {
	w := &c.Worst
	var b strings.Builder
	if w.Requests > 0 {
		b.WriteString("At most " + count(w.Requests, "request") + " and ")
	} else {
		b.WriteString("Any number of requests within ")
	}
	b.WriteString(short(w.Time))
	if c.Degrade != nil {
		b.WriteString(" before " + c.Degrade.Name)
	}
	b.WriteString(", by directives and built-in defaults")
	if parts := parts(w); len(parts) > 1 || w.AtOnce > 0 {
		for i, part := range parts {
			parts[i] = strings.ReplaceAll(part, " ", unbroken)
		}
		b.WriteString(": " + strings.Join(parts, ", "))
	}
	if w.AtOnce > 0 {
		fmt.Fprintf(&b, ", each of up to %d requests at once", w.AtOnce)
	}
	b.WriteString(".")
	if w.OutputUSD > 0 {
		b.WriteString(" Output costs at most " + dollars(w.OutputUSD) + " at list prices.")
	}
	if w.Budget != nil {
		b.WriteString(" Its budget is " + budgetText(w.Budget) + ".")
	}
	return wrap(b.String(), 127)
}

// parts are what the requests add up from.
func parts(w *model.Worst) []string {
	all := []string{count(w.Attempts, "attempt")}
	if w.Models > 1 {
		all[0] = count(w.Models, "model") + " × " + all[0]
	}
	switch {
	case w.Requests == 0:
		all = append(all, "rounds of tools without a limit")
	case w.Rounds > 0:
		all = append(all, fmt.Sprintf("%s of tools", count(w.Rounds, "round")))
	}
	if w.FollowUps > 0 {
		all = append(all, count(w.FollowUps, "follow-up"))
	}
	if w.Last > 0 {
		all = append(all, count(w.Last, "last request"))
	}
	return all
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func budgetText(b *model.Budget) string {
	var all []string
	if b.USD > 0 {
		all = append(all, dollars(b.USD))
	}
	if b.Tokens > 0 {
		all = append(all, count(b.Tokens, "token"))
	}
	text := strings.Join(all, " and ")
	if b.Per != "" {
		text += " per " + short(b.Per)
	}
	return text
}

// dollars writes an amount with its cents, and with as many more digits as it has.
func dollars(x float64) string {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if _, cents, _ := strings.Cut(text, "."); len(cents) < 2 {
		text = strconv.FormatFloat(x, 'f', 2, 64)
	}
	return "$" + text
}

// short is a duration without the units that are zero: 5m, not 5m0s.
func short(duration string) string {
	d, err := time.ParseDuration(duration)
	if err != nil {
		return duration
	}
	return model.Brief(d)
}

// unbroken is a space at which no line ends.
const unbroken = "\u00a0"

// wrap breaks a text into lines of at most so many characters.
func wrap(text string, width int) string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return strings.ReplaceAll(strings.Join(append(lines, line), "\n"), unbroken, " ")
}
