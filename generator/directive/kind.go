package directive

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/internal/route"
)

// kind is a type of argument.
type kind[T any] struct {
	parse func(text string) (T, *fault)
}

// fault is why a text is not a value of its kind.
type fault struct {
	code    diag.Code // empty means InvalidValue
	message string
	hint    string
}

func want(what, text string) *fault {
	return &fault{message: fmt.Sprintf("want %s, not %q", what, text)}
}

// duration is a positive duration in Go's syntax.
var duration = kind[time.Duration]{func(text string) (time.Duration, *fault) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		f := want("a duration such as 500ms, 30s or 2m", text)
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			f.hint = fmt.Sprintf("did you mean %ss?", text)
		}
		return 0, f
	case d <= 0:
		return 0, want("a duration above zero", text)
	}
	return d, nil
}}

// integer is a whole number from low to what fits an int everywhere, which is more than any count or number of tokens.
func integer(low int) kind[int] {
	return kind[int]{func(text string) (int, *fault) {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || int(n) < low {
			return 0, want(fmt.Sprintf("a whole number, at least %d", low), text)
		}
		return int(n), nil
	}}
}

// anyInteger is a whole number of 64 bits.
var anyInteger = kind[int64]{func(text string) (int64, *fault) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, want("a whole number", text)
	}
	return n, nil
}}

// number is a decimal fraction from low to high.
func number(low, high float64) kind[float64] {
	return kind[float64]{func(text string) (float64, *fault) {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= low && x <= high) || strings.ContainsAny(text, "xXpP_") {
			return 0, want(fmt.Sprintf("a number from %g to %g", low, high), text)
		}
		return x, nil
	}}
}

// jitter is a percentage, or "full".
var jitter = kind[Jitter]{func(text string) (Jitter, *fault) {
	if text == "full" {
		return Jitter{Full: true}, nil
	}
	percent, ok := strings.CutSuffix(text, "%")
	share, f := number(0, 100).parse(percent)
	if !ok || f != nil {
		return Jitter{}, want(`a percentage from 0% to 100%, or "full"`, text)
	}
	return Jitter{Share: share / 100}, nil
}}

// oneOf is one of a few words.
func oneOf(words ...string) kind[string] {
	return kind[string]{func(text string) (string, *fault) {
		if slices.Contains(words, text) {
			return text, nil
		}
		f := want("one of "+strings.Join(words, ", "), text)
		f.hint = Suggest(text, words)
		return "", f
	}}
}

// text is any text that is not blank.
var text = kind[string]{func(text string) (string, *fault) {
	if text == "" {
		return "", want("a text", text)
	}
	return text, nil
}}

// model is the name of a model that has a provider.
var model = kind[string]{func(text string) (string, *fault) {
	if _, _, err := route.Resolve(text); err != nil {
		message, hint, _ := strings.Cut(err.Error(), ": ")
		return "", &fault{code: diag.UnknownModel, message: message, hint: hint}
	}
	return text, nil
}}

// identifier is a Go identifier.
var identifier = kind[string]{func(text string) (string, *fault) {
	if !token.IsIdentifier(text) || text == "_" {
		return "", want("a Go name", text)
	}
	return text, nil
}}

// toolName is what vendors take as the name of a tool: OpenAI's and Anthropic's reference of function names allow this
// alphabet, OpenAI's this length.
var toolName = kind[string]{func(text string) (string, *fault) {
	if !toolNames.MatchString(text) {
		return "", want("1 to 64 letters, digits, underscores or dashes", text)
	}
	return text, nil
}}

var toolNames = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// name is a Go name of this package or of an imported one.
var name = kind[Name]{func(text string) (Name, *fault) {
	pkg, own, qualified := strings.Cut(text, ".")
	if !qualified {
		pkg, own = "", text
	}
	_, f := identifier.parse(own)
	if qualified && f == nil {
		_, f = identifier.parse(pkg)
	}
	if f != nil {
		return Name{}, want("a Go name, or package.Name", text)
	}
	return Name{Package: pkg, Name: own}, nil
}}

// Conditions are the words that retry_on knows; every other item is a Go name.
var Conditions = []string{
	"transient", "output", "network", "timeout", "rate_limit", "overloaded", "server", "empty", "parse", "schema",
	"contract", "truncated", "refusal", "tool_loop_limit", "all",
}

// condition is one of Conditions, or a Go name with or without a package and a star.
var condition = kind[Condition]{func(text string) (Condition, *fault) {
	if slices.Contains(Conditions, text) {
		return Condition{Word: text}, nil
	}
	expr, err := parser.ParseExpr(text)
	if err != nil || !namesError(expr) {
		f := want("a condition or the Go name of an error", text)
		if f.hint = Suggest(text, Conditions); f.hint == "" {
			f.hint = "the conditions are " + strings.Join(Conditions, ", ")
		}
		return Condition{}, f
	}
	return Condition{Expr: text}, nil
}}

func namesError(expr ast.Expr) bool {
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if sel, ok := expr.(*ast.SelectorExpr); ok {
		expr = sel.X
	}
	_, ok := expr.(*ast.Ident)
	return ok
}
