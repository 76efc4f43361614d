package emit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/emit"
	"github.com/alloygen/alloygen/generator/model"
)

func TestStreamsReadLikeCode(t *testing.T) {
	p := support()
	c := &p.Files[0].Commands[0]
	c.Settings = []model.Setting{
		{Directive: "cache", Text: "prompt"},
		{Directive: "cache", Text: "none"},
		{Directive: "stream_timeout", StreamTimeout: &model.StreamTimeout{First: "10s", Idle: "1m30s"}},
		{Directive: "stream_timeout", StreamTimeout: &model.StreamTimeout{Idle: "30s"}},
	}
	require.NotContains(t, emitted(t, p), "TriageStream")
	c.Stream = true
	src := emitted(t, p)
	require.Contains(t, src, `// TriageStream is Triage, with the answer delivered while it is written.
func TriageStream(ctx context.Context, message string, opts ...alloy.Option) *alloy.Stream[Ticket] {
	return TriageCommand.Stream(ctx, triageCall(message), opts)
}
`)
	require.Contains(t, src, `
	alloy.WithCache(true),
	alloy.WithCache(false),
	alloy.WithStreamTimeout(alloy.StreamTimeout{First: 10 * time.Second, Idle: 90 * time.Second}),
	alloy.WithStreamTimeout(alloy.StreamTimeout{Idle: 30 * time.Second}),
`)
}

func TestHandlersReadLikeCode(t *testing.T) {
	p := support()
	require.NotContains(t, emitted(t, p), "net/http", "who serves nothing links nothing of it")

	c := &p.Files[0].Commands[0]
	c.HTTP = &model.HTTP{Method: "POST", Path: "/triage", Heartbeat: "10s", Summary: "Triage classifies.", Input: &model.Schema{Name: "TriageParameters", JSON: "{}"}}
	src := emitted(t, p)
	require.Contains(t, src, `func TriageHandler(opts ...alloy.Option) http.Handler {
	return serve.Handler(TriageEndpoint(), opts...)
}
`)
	require.Contains(t, src, `// TriageEndpoint is Triage as package serve has it: POST /triage.
func TriageEndpoint() serve.Endpoint[Ticket] {
	return serve.Endpoint[Ticket]{
		Command: TriageCommand,
		Method:  "POST",
		Path:    "/triage",
		Summary: "Triage classifies.",
		Input:   triageParameters,
		Decode: func(_ context.Context, input []byte) (alloy.Call[Ticket], error) {
			var in struct {
				Message string `+"`json:\"message\"`"+`
			}
			if err := json.Unmarshal(input, &in); err != nil {
				return alloy.Call[Ticket]{}, err
			}
			return triageCall(in.Message), nil
		},
		Output:    triageSchema,
		Heartbeat: 10 * time.Second,
	}
}
`)
	require.Contains(t, src, `// Handlers serves these commands, each at its path, with the same options:
//
//	POST /triage  Triage
func Handlers(opts ...alloy.Option) http.Handler {
	return serve.Mux(
		TriageEndpoint().Route(opts...),
	)
}
`)

	p.Files[0].Name = "alloy_linux_gen.go"
	require.NotContains(t, emitted(t, p), "Handlers", "other builds do not have it")
}

// The handlers of methods are those of their receiver, by pointer if one of them needs that.
func TestHandlersOfMethods(t *testing.T) {
	command := func(name string, pointer bool) model.Command {
		return model.Command{
			Func:   model.Func{Name: name, Exported: "Do" + name, Recv: &model.Recv{Name: "opts", Type: "Desk", Pointer: pointer}},
			Result: model.Result{Kind: model.ResultText, Type: "string"},
			HTTP:   &model.HTTP{Method: "POST", Path: "/" + name},
		}
	}
	p := &model.Package{Path: "example.com/desk", Name: "desk", Files: []model.File{
		{Name: model.MainFile, Commands: []model.Command{command("open", false), command("shut", true)}},
	}}
	files, err := emit.Package(p, nil)
	require.NoError(t, err)
	require.Contains(t, string(files[0].Content), `//	POST /open  Doopen
//	POST /shut  Doshut
func (opts *Desk) Handlers(opts2 ...alloy.Option) http.Handler {
	return serve.Mux(
		opts.DoopenEndpoint().Route(opts2...),
		opts.DoshutEndpoint().Route(opts2...),
	)
}
`)
}
