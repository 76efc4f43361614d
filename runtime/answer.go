package alloy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
)

// accept takes an answer, or says why not: finish reason, blank, parse, schema, decode, ensure, in this order.
func (c *call) accept(ctx context.Context, resp *provider.Response) *failure {
	c.pauses = 0
	repairs, f := c.judge(resp)
	if f == nil {
		f = c.finishItems()
	}
	if f != nil {
		return f
	}
	if c.observed() {
		c.emit(ctx, AnswerAccepted{Meta: c.meta(), Model: c.target.model, Repairs: c.shownRepairs(repairs)})
	}
	c.check(ctx)
	if c.resumed == nil || c.resumed.State != Completed {
		_ = c.save(ctx, resp) // one that cannot be kept is an event, and no reason to withhold the answer
	}
	return nil
}

func (c *call) judge(resp *provider.Response) ([]Repair, *failure) {
	text := resp.Text()
	switch {
	case resp.Finish == provider.FinishRefusal:
		return nil, c.refusal(resp, text)
	case resp.Finish == provider.FinishLength && c.cmd.form != formNone:
		return nil, c.rejection(resp, text, truncated())
	}
	repairs, f := c.cmd.read(text, c.set.reading, c.typed)
	if f != nil {
		return nil, c.rejection(resp, text, f)
	}
	if v := contracts.Verify(contracts.Ensure, c.typed.ensure()); v != nil {
		return nil, c.rejection(resp, text, broken(v, c.cmd.form))
	}
	return repairs, nil
}

// check evaluates the contracts that are only recorded.
func (c *call) check(ctx context.Context) {
	if !c.observed() {
		return
	}
	checks := c.typed.check()
	for i := range checks {
		record := Check{Name: checks[i].Message, Expr: checks[i].Expr, Held: true}
		if v := contracts.Verify(contracts.Check, checks[i:i+1]); v != nil {
			record.Held, record.Stack = false, v.Stack
		}
		c.emit(ctx, CheckRecorded{Meta: c.meta(), Check: record})
	}
}

// rejection completes f with the answer that it is about. A configuration mistake is none of the answer's.
func (c *call) rejection(resp *provider.Response, text string, f *failure) *failure {
	if f.config == nil {
		f.answer, f.output = resp, text
	}
	return f
}

func (c *call) refusal(resp *provider.Response, text string) *failure {
	message := "the model refused to answer"
	if !isBlank(text) {
		message += ": " + shorten(strings.TrimSpace(text), snippetLength)
	}
	return &failure{kind: KindRefusal, message: message, err: errors.New(message), answer: resp, output: text}
}

// answerRejected tells the observers of a rejected answer.
func (c *call) answerRejected(ctx context.Context, f *failure, again, free bool) {
	if !f.rejected() || !c.observed() {
		return
	}
	c.emit(ctx, AnswerRejected{
		Meta: c.meta(), Model: c.target.model, Kind: f.kind, Reason: c.secrets.hide(f.message), Output: shorten(c.secrets.hide(f.output), snippetLength),
		Again: again, Free: free, Attempt: c.failures, Max: c.set.retry.attempts(), Err: c.secrets.hideError(f.err),
	})
}

// read makes an answer the result of t.
func (c *command) read(text string, how output.Options, t typed) ([]Repair, *failure) {
	switch c.form {
	case formNone:
		return nil, nil
	case formText:
		if isBlank(text) {
			return nil, c.blank()
		}
		t.text(text)
		return nil, nil
	}
	parser, misfit := c.parser()
	if misfit != nil {
		return nil, misconfigured(misfit)
	}
	if isBlank(text) {
		return nil, c.blank()
	}
	fitted, err := parser.With(how).Parse(text)
	if err != nil {
		return nil, c.unfit(text, err)
	}
	if err := c.decode(fitted.JSON, t); err != nil {
		return nil, c.unfit(text, err)
	}
	return fitted.Repairs, nil
}

// parser reads the command's answers.
func (c *command) parser() (*output.Parser, *ConfigurationError) {
	p, err := parserOf(c.output)
	if err == nil && !p.Complete() && c.validate == nil {
		err = errIncomplete
	}
	if err != nil {
		return nil, &ConfigurationError{Command: c.name, Setting: "schema", Message: fmt.Sprintf("the schema of %v cannot be used: %v", c.result, err), Err: err}
	}
	return p, nil
}

var errIncomplete = errors.New("it has keywords that package output does not check: give it a Validate, such as rawschema.Lazily makes")

type parserKey struct{}

// parserOf is the parser of a schema, compiled once.
func parserOf(s *Schema) (*output.Parser, error) {
	if s == nil {
		return nil, errors.New("there is none")
	}
	p, err := s.Derive(parserKey{}, compileParser)
	if err != nil {
		return nil, err
	}
	return p.(*output.Parser), nil
}

func compileParser(s *Schema) (any, error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	return output.Compile([]byte(s.Text()))
}

// decode validates JSON that fits and turns it into the result of t. A panic in Validate, Decode or an UnmarshalJSON is an
// error.
func (c *command) decode(data []byte, t typed) (err error) {
	defer recovered(&err)
	if c.validate != nil {
		if err := c.validate(data); err != nil {
			return err
		}
	}
	if c.wrapped {
		if data, err = unwrap(data); err != nil {
			return err
		}
	}
	return t.decode(data)
}

// unwrap takes the value out of {"value": …}.
func unwrap(data []byte) ([]byte, error) {
	if value, ok := bytes.CutPrefix(data, []byte(`{"value":`)); ok && value[len(value)-1] == '}' && json.Valid(value[:len(value)-1]) {
		return value[:len(value)-1], nil
	}
	var wrapper struct {
		Value json.RawMessage `json:"value"`
	}
	err := json.Unmarshal(data, &wrapper)
	return wrapper.Value, err
}

// What the model is told when it is asked again. It comes after the exact reason.
const (
	reaskTyped = "\nReply again with the corrected answer only: JSON that fits the required schema, without any other text and without tool calls."
	reaskText  = "\nReply again with the answer only, as plain text and without tool calls."
	reaskCut   = "Your answer was cut off because it was too long.\nReply again with the whole answer only, in the same form and as short as it can be."
)

func (c *command) blank() *failure {
	f := &failure{kind: KindEmpty, message: "the model produced no output", reask: "Your answer was blank." + reaskText}
	if c.form == formTyped {
		f.message += fmt.Sprintf(", want %v", c.result)
		f.reask = "Your answer was blank." + reaskTyped
	}
	f.err = errors.New(f.message)
	return f
}

// unfit is the failure of an answer that is not of the command's type.
func (c *command) unfit(text string, err error) *failure {
	kind := KindSchema
	if e, ok := errors.AsType[*output.Error](err); ok && e.Kind != output.KindSchema {
		kind = KindParse
	}
	return &failure{
		kind:    kind,
		message: fmt.Sprintf("the answer is no %v: %v; it begins %#q", c.result, err, shorten(text, snippetLength)),
		err:     err,
		reask:   "Your answer was rejected: " + err.Error() + reaskTyped,
	}
}

// broken is the failure of an answer that breaks a contract, whose message goes to the model verbatim.
func broken(v *contracts.Violation, form form) *failure {
	f := &failure{kind: KindContract, message: v.Message, err: v, reask: "Your answer was rejected: " + v.Message + reaskTyped}
	if form != formTyped {
		f.reask = "Your answer was rejected: " + v.Message + reaskText
	}
	return f
}

func truncated() *failure {
	const message = "the answer was cut off at the limit of tokens"
	return &failure{kind: KindTruncated, message: message, err: errors.New(message), reask: reaskCut}
}

// parseError is what Command.Parse returns.
func (c *command) parseError(text string, f *failure) error {
	if f.config != nil {
		return f.config
	}
	return &CommandError{Command: c.name, Kind: f.kind, Message: f.message, Output: shorten(text, snippetLength), Err: f.err}
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }
