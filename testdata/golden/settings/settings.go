// Package settings has a setting at each level.
//
//alloy:model gpt-5-mini
//alloy:retry 2
//alloy:temperature 0.2
//alloy:stop "END","\n\n"
//alloy:lenient strict
package settings

import (
	"errors"
	"net"

	"github.com/alloygen/alloygen/runtime"
)

// ErrStale says that an answer was out of date.
var ErrStale = errors.New("stale")

// Wire is an error that carries a code.
type Wire struct{ Code int }

func (e *Wire) Error() string { return "wire" }

//alloy:command
//alloy:model claude-sonnet-4-5
//alloy:fallback gpt-5,offline
//alloy:system @prompts/system.md
//alloy:system And keep it short.
//alloy:max_tokens 512
//alloy:top_p 0.9
//alloy:seed 7
//alloy:effort low
//alloy:retry 4 backoff=linear base=1500ms max=1m30s jitter=full
//alloy:retry_on rate_limit,parse,ErrStale,*Wire,*net.OpError
//alloy:timeout 2m
//alloy:attempt_timeout 45s
//alloy:max_tool_turns 0
//alloy:finalize timeout grace=10s
//alloy:lenient lenient
func all(text string) alloy.Prompt[bool] { return alloy.Promptf[bool]("%s", text) }

//alloy:command
func nothing(text string) string { return text }

//alloy:command
func judge(text string) alloy.Prompt[bool] { return alloy.Promptf[bool]("%s", text) }

// Writer has settings of its own.
//
//alloy:temperature 1
//alloy:retry 3 jitter=0%
//alloy:lenient fenced
type Writer struct{ Conn net.Conn }

//alloy:command
func (w Writer) write(text string) string { return text }

//alloy:command
//alloy:retry 1
func (w *Writer) edit(text string) string { return text }

//alloy:command
func (w Writer) grade(text string) alloy.Prompt[bool] { return alloy.Promptf[bool]("%s", text) }
