package build

import (
	"fmt"
	"go/types"
	"regexp"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/generator/schema"
)

// tool adds a tool to its file.
func (b *builder) tool(spec *directive.Func) {
	s, ok := b.signature(spec, "tool")
	if s == nil {
		return
	}
	result, known := b.toolResult(s)
	fb := b.file(spec.File)
	exported := upperFirst(s.fn.Name())
	t := model.Tool{Func: b.function(s, exported), Tool: toolName(spec), Export: exported != s.fn.Name()}
	if !validToolName.MatchString(t.Tool) {
		b.report(spec.Pos, diag.NeedsName, s.fn.Name()+" needs another name for the model: "+badToolName(t.Tool), "write //alloy:tool name=NAME")
	}
	if result != nil {
		t.Result = b.goType(result)
		t.ResultCodec = fb.codecs.Of(result, s.resultPos(0))
	}
	params := b.properties(s, "a model cannot be told of it")
	t.Input = b.schemas.Input(t.Tool, params, spec.Decl.Name.Pos())
	t.InputCodec = fb.codecs.Input(s.fn.Name(), params)
	t.Settings = b.settings(spec)
	b.firstWait(&spec.Settings)
	if on := spec.Settings.RetryOn; on != nil {
		fits(b, *on, s.fn.Name(), attempts(&spec.Settings) > 1, "retry_on is never used", "has one attempt", "add //alloy:retry N, or remove it")
	}
	if ok && known {
		checks := b.contracts(s, result)
		t.Require, t.Ensure, t.ContextName = checks.require, checks.ensure, checks.context
	}
	fb.Tools = append(fb.Tools, t)
}

// validToolName is what OpenAI and Anthropic take as the name of a function.
var validToolName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func badToolName(name string) string {
	return fmt.Sprintf("vendors do not take %q, but 1 to 64 letters, digits, underscores and dashes of ASCII", name)
}

// toolName is what the model knows a tool as.
func toolName(spec *directive.Func) string {
	if spec.Name != nil {
		return spec.Name.V
	}
	return schema.Snake(spec.Decl.Name.Name)
}

// toolResult checks the results of a tool, and returns the type of the one that is not an error, or nil.
func (b *builder) toolResult(s *signature) (types.Type, bool) {
	results := s.sig.Results()
	n := results.Len()
	fail := func(i int, format string, args ...any) (types.Type, bool) {
		b.report(s.resultPos(i), diag.InvalidSignature, fmt.Sprintf(format, args...),
			"a tool returns a value, an error, both or nothing")
		return nil, false
	}
	switch {
	case n == 0:
		return nil, true
	case n > 2:
		return fail(2, "%s returns %d values", s.fn.Name(), n)
	case n == 2 && !isError(results.At(1).Type()):
		return fail(1, "the second result of %s is %s, not error", s.fn.Name(), shortType(results.At(1).Type(), b.pkg.Types))
	}
	first := results.At(0).Type()
	if isError(first) {
		if n == 2 {
			return fail(1, "%s returns two errors", s.fn.Name())
		}
		return nil, true
	}
	switch first.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return fail(0, "the result of %s is %s, which has no JSON form", s.fn.Name(), shortType(first, b.pkg.Types))
	}
	return first, !isInvalid(first)
}

// properties are the parameters of a function as properties of one object. why says what one without a name is not fit for.
func (b *builder) properties(s *signature, why string) []schema.Param {
	params := make([]schema.Param, 0, len(s.vars))
	for i, v := range s.vars {
		at := paramPos(s.spec.Decl, v, i)
		if v.Name() == "" || v.Name() == "_" {
			b.reportf(at, diag.InvalidSignature, "give it one",
				"parameter %d of %s has no name, so %s", i+1, s.fn.Name(), why)
			continue
		}
		params = append(params, schema.Param{Name: v.Name(), Type: v.Type(), Doc: paramDoc(s.spec, v.Name()), Pos: at})
	}
	return params
}
