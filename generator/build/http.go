package build

import (
	"go/doc"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// spot is where a command is served. Those of tests are never mounted with the others.
type spot struct {
	test         bool
	method, path string
}

// http describes how a command is served, or is nil if it is not. Its parameters become the properties of one JSON object, as
// those of a tool do.
func (b *builder) http(s *signature, exported string, fb *fileBuilder) *model.HTTP {
	v := s.spec.Settings.HTTP
	if v == nil {
		return nil
	}
	b.claimSpot(s.spec, v.V)
	h := &model.HTTP{Method: v.V.Method, Path: v.V.Path.V, Summary: summary(s, exported)}
	switch beat := v.V.Heartbeat; {
	case beat == nil:
	case beat.V == directive.NoHeartbeat:
		h.Heartbeat = "none"
	default:
		h.Heartbeat = beat.V.String()
	}
	if params := b.properties(s, "no request can bring it"); len(params) > 0 {
		input := b.schemas.Input(s.spec.Receiver()+upperFirst(exported)+"Parameters", params, s.spec.Decl.Name.Pos())
		h.Input, h.InputCodec = &input, fb.codecs.Input(s.fn.Name(), params)
	}
	return h
}

// claimSpot reports a second command at the same place.
func (b *builder) claimSpot(spec *directive.Func, v directive.HTTP) {
	r := spot{spec.File.Test, v.Method, v.Path.V}
	other := b.spots[r]
	if other == nil {
		b.spots[r] = spec
		return
	}
	at := b.pos(other.Settings.HTTP.Pos)
	b.reportf(v.Path.Pos, diag.DuplicateRoute, "choose another path, or another method",
		"http: %s %s is where %s is served, at %s:%d", r.method, r.path, other.Decl.Name.Name, at.File, at.Line)
}

// summary is the first sentence of a command's doc comment, which begins with the name of what is generated.
func summary(s *signature, exported string) string {
	text := new(doc.Package).Synopsis(s.spec.Decl.Doc.Text())
	if rest, ok := strings.CutPrefix(text, s.fn.Name()+" "); ok {
		return exported + " " + rest
	}
	return text
}
