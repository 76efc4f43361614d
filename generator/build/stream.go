package build

import (
	"time"

	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/model"
)

// streams reports whether a streaming function is generated for a command, and notes whether its stream and stream_timeout have an
// effect.
func (b *builder) streams(spec *directive.Func, kind model.ResultKind) bool {
	s, name := &spec.Settings, spec.Decl.Name.Name
	answers := kind != model.ResultNone
	if s.Stream != nil {
		fits(b, *s.Stream, name, answers, "stream is never used", "returns no answer", "remove it")
	}
	if v := s.StreamTimeout; v != nil {
		why, hint := "has neither stream nor http", "add //alloy:stream, or remove it"
		if !answers {
			why = "returns no answer"
		}
		if !answers && v.Place == directive.OnCommand {
			hint = "remove it"
		}
		fits(b, *v, name, answers && delivers(s), "stream_timeout is never used", why, hint)
	}
	return answers && s.Stream != nil
}

// delivers reports whether the answer of a command can be delivered while it is written.
func delivers(s *directive.Settings) bool { return s.Stream != nil || s.HTTP != nil }

// answers reports whether a command returns more than an error.
func (b *builder) answers(spec *directive.Func) bool {
	fn := b.object(spec.Decl)
	if fn == nil || fn.Signature().Results().Len() == 0 {
		return false // reported when it is built
	}
	a, ok := promptType(fn.Signature().Results().At(0).Type())
	return ok && kindOf(a.typ) != model.ResultNone
}

// longSilence reports a stream that may be silent for longer than a request, or the call, may take.
func (b *builder) longSilence(s *directive.Settings) {
	if s.StreamTimeout == nil || !delivers(s) {
		return
	}
	for _, silence := range []struct {
		name string
		v    *directive.Value[time.Duration]
	}{{"first", s.StreamTimeout.V.First}, {"idle", s.StreamTimeout.V.Idle}} {
		for _, limit := range []struct {
			name string
			v    *directive.Value[time.Duration]
		}{{"timeout", s.Timeout}, {"attempt_timeout", s.AttemptTimeout}} {
			if silence.v == nil || limit.v == nil || silence.v.V <= limit.v.V {
				continue
			}
			b.contradict(at(standing("stream_timeout", s.StreamTimeout), silence.v), standing(limit.name, limit.v),
				"shorten "+silence.name+", or lengthen "+limit.name,
				"stream_timeout %s %s is longer than %s %s", silence.name, model.Brief(silence.v.V), limit.name, model.Brief(limit.v.V))
		}
	}
}

func streamTimeout(v directive.StreamTimeout) *model.StreamTimeout {
	return &model.StreamTimeout{First: duration(v.First), Idle: duration(v.Idle)}
}
