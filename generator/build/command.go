package build

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"github.com/alloygen/alloygen/generator/contract"
	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/internal/route"
)

// command adds a command to its file.
func (b *builder) command(spec *directive.Func) {
	s, ok := b.signature(spec, "command")
	if s == nil {
		return
	}
	answer, known := b.answer(s)
	var result types.Type
	fb := b.file(spec.File)
	exported, _ := exportedName(spec)
	c := model.Command{Func: b.function(s, exported)}
	if known {
		c.Result = b.result(answer, fb, s.resultPos(0))
		if c.Result.Kind != model.ResultNone {
			result = answer.typ
		}
		b.lenient(spec, c.Result.Kind)
		c.Stream = b.streams(spec, c.Result.Kind)
	}
	c.HTTP = b.http(s, exported, fb)
	c.Settings = b.settings(spec)
	c.Providers = providers(&spec.Settings)
	b.fallbacks(&spec.Settings)
	b.contradictions(spec)
	if ok && known {
		checks := b.contracts(s, result)
		c.Require, c.Ensure, c.Check, c.ContextName = checks.require, checks.ensure, checks.check, checks.context
		c.Degrade = b.degrade(s, result)
		l := loopOf(spec, c.Result.Kind)
		b.useless(l)
		c.Worst = b.worst(spec, l)
	}
	c.Tools = b.tools(spec, fb)
	fb.Commands = append(fb.Commands, c)
}

// lenient refuses a command's own lenient directive where no JSON is read.
func (b *builder) lenient(spec *directive.Func, kind model.ResultKind) {
	if v := spec.Settings.Lenient; v != nil && v.Place == directive.OnCommand && kind != model.ResultTyped {
		b.reportf(v.Pos, diag.UselessDirective, "remove it", "lenient has no effect: the answer of %s is not read as JSON", spec.Decl.Name.Name)
	}
}

// answer is what a command returns.
type answer struct {
	typ    types.Type
	prompt bool
}

const commandRule = "a command returns alloy.Prompt[T] or string, and an error if it can fail"

// answer checks the results of a command.
func (b *builder) answer(s *signature) (answer, bool) {
	results := s.sig.Results()
	name := s.fn.Name()
	fail := func(i int, format string, args ...any) (answer, bool) {
		b.report(s.resultPos(i), diag.InvalidSignature, fmt.Sprintf(format, args...), commandRule)
		return answer{}, false
	}
	if results.Len() == 0 {
		return fail(0, "%s returns nothing", name)
	}
	first := results.At(0).Type()
	if isInvalid(first) {
		return answer{}, false // the compiler reports it
	}
	a, ok := promptType(first)
	switch {
	case !ok:
		return fail(0, "%s returns %s", name, shortType(first, b.pkg.Types))
	case results.Len() > 2:
		return fail(2, "%s returns %d values", name, results.Len())
	case results.Len() == 2 && !isError(results.At(1).Type()):
		return fail(1, "the second result of %s is %s, not error", name, shortType(results.At(1).Type(), b.pkg.Types))
	}
	return a, !isInvalid(a.typ)
}

// promptType is the T of alloy.Prompt[T], or string.
func promptType(t types.Type) (answer, bool) {
	if types.Identical(t, types.Typ[types.String]) {
		return answer{typ: t}, true
	}
	if isNamed(t, runtimePath, "Prompt") {
		if args := types.Unalias(t).(*types.Named).TypeArgs(); args.Len() == 1 {
			return answer{typ: args.At(0), prompt: true}, true
		}
	}
	return answer{}, false
}

// shortType is how a message calls a type.
func shortType(t types.Type, own *types.Package) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == own.Path() {
			return ""
		}
		return p.Name()
	})
}

// kindOf is what becomes of an answer of type t.
func kindOf(t types.Type) model.ResultKind {
	switch {
	case types.Identical(t, types.Typ[types.String]):
		return model.ResultText
	case isNamed(t, runtimePath, "None"):
		return model.ResultNone
	}
	return model.ResultTyped
}

// result describes the answer of a command, with its schema and codec.
func (b *builder) result(a answer, fb *fileBuilder, at token.Pos) model.Result {
	r := model.Result{Kind: kindOf(a.typ), Type: b.goType(a.typ), Prompt: a.prompt}
	if r.Kind != model.ResultTyped {
		return r
	}
	key := types.TypeString(a.typ, nil)
	out, ok := b.results[key]
	if !ok {
		before := len(b.run.diagnostics)
		out = b.schemas.Output(a.typ, at)
		if len(b.run.diagnostics) == before { // what is wrong with it is told at each use
			b.results[key] = out
		}
	}
	r.Schema, r.Wrapped = &out.Schema, out.Wrapped
	r.Codec = fb.codecs.Of(a.typ, at)
	return r
}

// providers are the providers of a command's models.
func providers(s *directive.Settings) []string {
	var names []string
	add := func(model string) {
		if name, _, err := route.Resolve(model); err == nil && !slices.Contains(names, name) { // else it is reported already
			names = append(names, name)
		}
	}
	if s.Model != nil {
		add(s.Model.V)
	}
	if s.Fallback != nil {
		for _, m := range s.Fallback.V {
			add(m.V)
		}
	}
	slices.Sort(names)
	return names
}

// contractSets are the contracts of one function.
type contractSets struct {
	require, ensure, check []model.Contract
	context                string // the name of the context, if any of them uses it
}

// contracts checks the contracts of a function. result is nil if there is none.
func (b *builder) contracts(s *signature, result types.Type) contractSets {
	var sets contractSets
	if len(s.spec.Contracts) == 0 {
		return sets
	}
	before := b.scope(s, nil)
	after := b.scope(s, result)
	for _, d := range s.spec.Contracts {
		scope, to := after, &sets.ensure
		switch d.Kind {
		case "require":
			scope, to = before, &sets.require
		case "check":
			to = &sets.check
		}
		expr, err := scope.Check(d.Expr)
		if err != nil {
			b.contractError(d, err)
			continue
		}
		*to = append(*to, model.Contract{Pos: b.pos(d.Pos), Source: d.Expr, Expr: expr, Message: d.Message})
	}
	if before.UsesContext || after.UsesContext {
		sets.context = s.ctx.Name()
	}
	return sets
}

func (b *builder) contractError(d directive.Contract, err error) {
	e, ok := err.(*contract.Error)
	if !ok {
		e = &contract.Error{Message: err.Error()}
	}
	b.report(d.Pos+token.Pos(e.Offset), diag.InvalidContract, fmt.Sprintf("%s: %s", d.Kind, e.Message), e.Hint)
}

// scope is what the contracts of a function may use.
func (b *builder) scope(s *signature, result types.Type) *contract.Scope {
	scope := b.fileScope(s.spec.File)
	if result != nil {
		scope.Vars = append(scope.Vars, types.NewVar(token.NoPos, b.pkg.Types, "result", result))
	}
	scope.Context = s.ctx
	scope.Vars = append(scope.Vars, s.vars...)
	if recv := s.sig.Recv(); recv != nil {
		scope.Vars = append(scope.Vars, recv)
	}
	for t := range s.sig.RecvTypeParams().TypeParams() {
		scope.TypeParams = append(scope.TypeParams, t.Obj())
	}
	return scope
}
