package emit

import (
	"strconv"
	"strings"
	"time"

	"github.com/alloygen/alloygen/generator/model"
)

// visitGo calls visit with every piece of Go of a file, but for the values of tools, which are declared names.
func visitGo(f *model.File, visit func(model.Go)) {
	params := func(ps []model.Param) {
		for _, p := range ps {
			visit(p.Type)
		}
	}
	contracts := func(lists ...[]model.Contract) {
		for _, list := range lists {
			for _, c := range list {
				visit(c.Expr)
			}
		}
	}
	settings := func(list []model.Setting) {
		for _, s := range list {
			for _, c := range s.On {
				visit(c.Value)
				visit(c.Type)
			}
		}
	}
	schema := func(s *model.Schema) {
		if s != nil {
			for _, d := range s.Defs {
				visit(d.Type)
			}
		}
	}
	for i := range f.Commands {
		c := &f.Commands[i]
		params(c.Params)
		visit(c.Result.Type)
		schema(c.Result.Schema)
		contracts(c.Require, c.Ensure, c.Check)
		settings(c.Settings)
		if c.Degrade != nil && !c.Degrade.OnRecv {
			visit(c.Degrade.Func)
		}
		if c.HTTP != nil {
			schema(c.HTTP.Input)
		}
	}
	for i := range f.Tools {
		t := &f.Tools[i]
		params(t.Params)
		visit(t.Result)
		schema(&t.Input)
		contracts(t.Require, t.Ensure)
		settings(t.Settings)
	}
	for i := range f.CommandTools {
		t := &f.CommandTools[i]
		visit(t.Func)
		params(t.Params)
		visit(t.Result.Type)
		schema(&t.Input)
	}
	for i := range f.Codecs {
		c := &f.Codecs[i]
		visit(c.Type)
		visit(c.Key)
		for _, field := range c.Fields {
			visit(field.Type)
		}
		for _, v := range c.Union {
			visit(v.Type)
		}
	}
}

// quote writes a Go string literal in the form that is easier to read.
func quote(s string) string {
	if strings.ContainsAny(s, "\"\\\n") && strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

// quoteJSON writes JSON as a raw string literal. What a raw string cannot hold can only stand inside JSON strings, or is
// space between tokens.
func quoteJSON(s string) string {
	s = strings.NewReplacer("`", `\u0060`, "\r", "", "\ufeff", `\ufeff`).Replace(s)
	return "`" + s + "`"
}

// duration writes d as Go code with the largest unit that divides it: 90 * time.Second.
func duration(d time.Duration, timePkg string) string {
	units := []struct {
		name string
		unit time.Duration
	}{
		{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second},
		{"Millisecond", time.Millisecond}, {"Microsecond", time.Microsecond}, {"Nanosecond", time.Nanosecond},
	}
	for _, u := range units {
		if d%u.unit != 0 {
			continue
		}
		if d == u.unit {
			return timePkg + "." + u.name
		}
		return strconv.FormatInt(int64(d/u.unit), 10) + " * " + timePkg + "." + u.name
	}
	return strconv.FormatInt(int64(d), 10)
}
