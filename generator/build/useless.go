package build

import (
	"fmt"
	"go/token"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// loop is what of a command decides which ends a call of it can come to.
type loop struct {
	name   string
	kind   model.ResultKind
	ensure bool
	tools  bool
	turns  int // rounds of tools; negative for any number
	*directive.Settings
}

const defaultTurns = 10

func loopOf(spec *directive.Func, kind model.ResultKind) loop {
	l := loop{name: spec.Decl.Name.Name, kind: kind, turns: defaultTurns, Settings: &spec.Settings}
	l.tools = spec.Settings.Tools != nil
	if v := spec.Settings.MaxToolTurns; v != nil {
		l.turns = v.V
	}
	for _, c := range spec.Contracts {
		l.ensure = l.ensure || c.Kind == "ensure"
	}
	return l
}

// limited reports whether the rounds of tools can come to an end by their number.
func (l *loop) limited() bool { return l.tools && l.turns >= 0 }

// attempts are those of each model, or of a tool.
func attempts(s *directive.Settings) int {
	switch {
	case s.Retry == nil:
		return 1
	case s.Retry.V.Attempts == nil:
		return directive.DefaultAttempts
	}
	return s.Retry.V.Attempts.V
}

// retriesOn reports whether retry_on covers a kind of failure that one of the words means; without it, what is covered
// by default.
func retriesOn(s *directive.Settings, deflt bool, words ...string) bool {
	if s.RetryOn == nil {
		return deflt
	}
	for _, c := range s.RetryOn.V {
		for _, w := range words {
			if c.V.Word == w {
				return true
			}
		}
	}
	return false
}

// useless notes for each condition of retry_on and each end of finalize whether it can come to pass in the command.
func (b *builder) useless(l loop) {
	if f := l.Finalize; f != nil {
		const hint = "finalize on other ends, or none"
		for _, on := range f.V.On {
			if !l.tools { // a call may bring some
				break
			}
			switch on.V {
			case "limit":
				fits(b, on, l.name, l.limited(), "finalize: limit never comes", l.why(), hint)
			case "error":
				fits(b, on, l.name, l.tools && l.turns != 0, "finalize: error comes only after a round of tools", l.why(), hint)
			}
		}
	}
	on := l.RetryOn
	if on == nil {
		return
	}
	// Without a retry directive a client, a variable or a call may set one. A refusal goes to the next model only if retry_on covers it.
	used := l.Retry == nil || attempts(l.Settings) > 1 || l.Fallback != nil && retriesOn(l.Settings, false, "refusal", "all")
	fits(b, *on, l.name, used, "retry_on is never used", "has one attempt", "raise the attempts, or remove it")
	if !used {
		return
	}
	for _, c := range on.V {
		why := l.never(c.V.Word)
		fits(b, c, l.name, why == "", fmt.Sprintf("retry_on: %s never comes", c.V.Word), why, "remove it")
	}
}

// why says why the rounds of tools never come to their limit, or to none at all.
func (l *loop) why() string {
	switch {
	case !l.tools:
		return "has no tools"
	case l.turns < 0:
		return "has no limit, as max_tool_turns is -1"
	}
	return "allows none, as max_tool_turns is 0"
}

// never says why a condition cannot match a failure of the command; empty if it can.
func (l *loop) never(word string) string {
	noAnswer := l.kind == model.ResultNone
	switch word {
	case "tool_loop_limit":
		if !l.limited() {
			return l.why()
		}
	case "contract":
		if !l.ensure {
			return "has no ensure"
		}
	case "parse", "schema":
		if l.kind != model.ResultTyped {
			return "reads no JSON"
		}
	case "empty", "truncated":
		if noAnswer {
			return "returns no answer"
		}
	case "output":
		if noAnswer && !l.ensure {
			return "returns no answer, and has no ensure"
		}
	}
	return ""
}

// part is a part of a setting of a type or package, and what would be said of it if it suits none of the commands there.
type part struct {
	pos           token.Pos
	message, hint string
}

// fits reports a part of a setting that does not suit the function on which it stands. One of a type or package may suit
// others: it is reported at the end if it suits none.
func fits[T any](b *builder, v directive.Value[T], name string, ok bool, message, why, hint string) {
	if v.Place == directive.OnCommand || v.Place == directive.OnTool {
		if !ok {
			b.report(v.Pos, diag.UselessDirective, fmt.Sprintf("%s: %s %s", message, name, why), hint)
		}
		return
	}
	p := part{v.Pos, message, hint}
	b.suited[p] = b.suited[p] || ok
}

// fitNone reports what suits no command of its type or package. Those of other builds may be suited.
func (b *builder) fitNone() {
	if len(b.pkg.Skipped) > 0 {
		return
	}
	for p, suited := range b.suited {
		if !suited {
			b.report(p.pos, diag.UselessDirective, p.message+" in any command here", p.hint)
		}
	}
}
