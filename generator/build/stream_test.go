package build_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/model"
)

// What none of the directives asks for has its name free, and what returns no answer is no stream.
func TestNamesOfStreams(t *testing.T) {
	f := file(t, `//alloy:stream
//alloy:stream_timeout first=10s
//alloy:cache prompt
package m

import "github.com/alloygen/alloygen/runtime"

//alloy:command
func note(s string) alloy.Prompt[alloy.None] { panic(1) }

func NoteStream() {}

func NoteHandler() {}

func Handlers() {}

//alloy:command
//alloy:cache none
//alloy:stream_timeout idle=1m
func ask(s string) string { return s }

//alloy:command
func tell(s string) string { return s }
`)
	require.False(t, f.Commands[0].Stream)
	require.True(t, f.Commands[1].Stream)
	require.Nil(t, f.Commands[1].HTTP)
	require.Equal(t, model.Setting{Directive: "cache", Level: "package", Text: "prompt"}, setting(t, f.Commands[0].Settings, "cache"))
	require.Equal(t, model.Setting{Directive: "cache", Level: "func", Text: "none"}, setting(t, f.Commands[1].Settings, "cache"))
	require.Equal(t, &model.StreamTimeout{First: "10s"}, setting(t, f.Commands[0].Settings, "stream_timeout").StreamTimeout)
	require.Equal(t, &model.StreamTimeout{Idle: "1m0s"}, setting(t, f.Commands[1].Settings, "stream_timeout").StreamTimeout)
}

func TestHTTP(t *testing.T) {
	f := file(t, `package m

import (
	"time"

	"github.com/alloygen/alloygen/runtime"
)

type A struct{}

// ask asks for more. Politely.
//
//alloy:command name=Beg
//alloy:http PUT /ask heartbeat=90s
//alloy:param s what is asked
func (A) ask(s string, times *int) string { return s }

//alloy:command
//alloy:http /wait heartbeat=none
func wait(d time.Duration) alloy.Prompt[alloy.None] { panic(1) }

//alloy:command
//alloy:http /
func hello() string { return "" }
`)
	h := f.Commands[0].HTTP
	require.Equal(t, "PUT", h.Method)
	require.Equal(t, "/ask", h.Path)
	require.Equal(t, "1m30s", h.Heartbeat)
	require.Equal(t, "Beg asks for more.", h.Summary)
	require.Equal(t, "ABegParameters", h.Input.Name)
	require.Contains(t, h.Input.JSON, `"description": "what is asked"`)
	require.Contains(t, h.Input.JSON, `"required": ["s"]`)
	require.Empty(t, h.InputCodec)

	require.Equal(t, "none", f.Commands[1].HTTP.Heartbeat)
	require.Equal(t, "waitInputJSON", f.Commands[1].HTTP.InputCodec)
	require.Equal(t, &model.HTTP{Method: "POST", Path: "/"}, f.Commands[2].HTTP)
}

// Those of tests are not mounted with the others.
func TestPathsOfTests(t *testing.T) {
	models, problems := packages(t, `
-- m.go --
package m

//alloy:command
//alloy:http /ask
func ask(s string) string { return s }
-- m_test.go --
package m

//alloy:command
//alloy:http /ask
func probe(s string) string { return s }
`)
	require.NoError(t, problems.Err())
	require.Len(t, models[0].Files, 2)
}
