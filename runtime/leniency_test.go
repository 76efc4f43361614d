package alloy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
	"github.com/alloygen/alloygen/runtime/output"
)

// fenced and repaired are late, with more and more to repair.
var (
	fenced   = "Here it is:\n```json\n" + lateJSON + "\n```"
	repaired = strings.Replace(lateJSON, `0.9`, `"0.9"`, 1)
)

// With each leniency, what is taken as it comes and what is asked for again.
func TestLeniency(t *testing.T) {
	for _, tc := range []struct {
		name  string
		opts  []alloy.Option
		taken []string
		again []string
	}{
		{"default", nil, []string{lateJSON, fenced, repaired}, nil},
		{"lenient", []alloy.Option{alloy.WithLeniency(alloy.Lenient)}, []string{lateJSON, fenced, repaired}, nil},
		{"fenced", []alloy.Option{alloy.WithLeniency(alloy.Fenced)}, []string{lateJSON, fenced}, []string{repaired}},
		{"strict", []alloy.Option{alloy.WithLeniency(alloy.Strict)}, []string{lateJSON}, []string{fenced, repaired}},
	} {
		for _, answer := range tc.taken {
			t.Run(tc.name+" takes "+answer, func(t *testing.T) {
				got, err := run(t, triage, play(t, alloytest.Reply(answer)), tc.opts...)
				require.NoError(t, err)
				require.Equal(t, late, got)
			})
		}
		for _, answer := range tc.again {
			t.Run(tc.name+" rejects "+answer, func(t *testing.T) {
				m := play(t, alloytest.Reply(answer), alloytest.ReplyJSON(late))
				got, err := run(t, triage, m, tc.opts...)
				require.NoError(t, err)
				require.Equal(t, late, got)
				require.Len(t, m.Requests(), 2)
				require.Equal(t, answer, m.Requests()[1].Messages[1].Text())
				require.Contains(t, m.Requests()[1].Messages[2].Text(), "Your answer was rejected: ")

				_, err = run(t, triage, play(t, alloytest.Reply(answer)), append(tc.opts, alloy.WithAutoFinalize(false))...)
				require.Contains(t, []alloy.Kind{alloy.KindParse, alloy.KindSchema}, failed(t, err).Kind)
			})
		}
	}
}

// F19: the nearest wins, Lenient over Strict too, and a level that does not name it resets nothing.
func TestNearestLeniency(t *testing.T) {
	with := func(l alloy.Leniency) []alloy.Option { return []alloy.Option{alloy.WithLeniency(l)} }
	other := []alloy.Option{alloy.WithMaxTokens(99)}
	for _, tc := range []struct {
		name                    string
		client, directive, call []alloy.Option
		strict                  bool
	}{
		{"built-in", nil, nil, nil, false},
		{"client", with(alloy.Strict), nil, nil, true},
		{"client, left alone", with(alloy.Strict), other, other, true},
		{"directive", nil, with(alloy.Strict), nil, true},
		{"directive, left alone", nil, with(alloy.Strict), other, true},
		{"directive over client", with(alloy.Strict), with(alloy.Lenient), nil, false},
		{"call", nil, nil, with(alloy.Strict), true},
		{"call over directive", nil, with(alloy.Strict), with(alloy.Lenient), false},
		{"call over client", with(alloy.Lenient), with(alloy.Lenient), with(alloy.Strict), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := alloy.WithClient(t.Context(), client(t, tc.client...))
			m := play(t, alloytest.Reply(fenced))
			opts := append([]alloy.Option{alloy.WithProvider(m), alloy.WithAutoFinalize(false)}, tc.call...)
			_, err := typed[Ticket](ticketSchema.JSON, tc.directive...).Run(ctx, saying[Ticket]("hello"), opts)
			if tc.strict {
				failed(t, err)
				return
			}
			require.NoError(t, err)
		})
	}
}

// Parse reads as the directives say; there is neither a client nor an option for it.
func TestLeniencyOfParse(t *testing.T) {
	useDefault(t, alloy.WithLeniency(alloy.Strict))
	for _, tc := range []struct {
		directive []alloy.Option
		taken     int
	}{
		{nil, 3},
		{[]alloy.Option{alloy.WithLeniency(alloy.Lenient)}, 3},
		{[]alloy.Option{alloy.WithLeniency(alloy.Fenced)}, 2},
		{[]alloy.Option{alloy.WithLeniency(alloy.Strict), alloy.WithMaxTokens(9)}, 1},
	} {
		cmd := typed[Ticket](ticketSchema.JSON, tc.directive...)
		for i, answer := range []string{lateJSON, fenced, repaired} {
			got, err := cmd.Parse(answer)
			if i >= tc.taken {
				require.Zero(t, got)
				failed(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, late, got)
		}
	}

	_, err := typed[Ticket](ticketSchema.JSON, alloy.WithLeniency(-1)).Parse(lateJSON)
	require.EqualError(t, as[*alloy.ConfigurationError](t, err), "Extract: lenient: want Lenient, Fenced or Strict, got -1")
}

// The report names the repairs that a leniency still allows.
func TestLeniencyAndRepairs(t *testing.T) {
	for _, tc := range []struct {
		leniency alloy.Leniency
		answer   string
		want     []alloy.Repair
	}{
		{alloy.Lenient, repaired, []alloy.Repair{{Path: "$.score", Kind: output.RepairCoerced}}},
		{alloy.Fenced, fenced, []alloy.Repair{{Path: "$", Kind: output.RepairFence}}},
		{alloy.Strict, lateJSON, nil},
	} {
		var report alloy.Report
		_, err := run(t, triage, play(t, alloytest.Reply(tc.answer)), alloy.WithLeniency(tc.leniency), alloy.WithReport(&report))
		require.NoError(t, err)
		require.Equal(t, tc.want, report.Repairs)
	}
}

// Plain text is not read as JSON, and arguments of tools are read as ever.
func TestLeniencyIsForTypedAnswers(t *testing.T) {
	got, err := run(t, reply, play(t, alloytest.Reply(fenced)), alloy.WithLeniency(alloy.Strict), alloy.WithMaxOutput(1))
	require.NoError(t, err)
	require.Equal(t, fenced, got)
	_, err = run(t, notify, play(t, alloytest.Reply(fenced)), alloy.WithLeniency(alloy.Strict), alloy.WithMaxOutput(1))
	require.NoError(t, err)

	l := &lookup{}
	m := play(t, alloytest.ToolCall("lookup_order", map[string]any{"orderID": "4392", "note": "none"}), alloytest.ReplyJSON(late))
	_, err = run(t, triage, m, alloy.WithTools(l.tool()), alloy.WithLeniency(alloy.Strict), alloy.WithMaxOutput(len(lateJSON)))
	require.NoError(t, err)
	require.Equal(t, []string{"4392"}, l.ran)
}

func TestMaxOutput(t *testing.T) {
	long := lateJSON + strings.Repeat(" ", 1000)
	m := play(t, alloytest.Reply(long), alloytest.Reply(lateJSON))
	_, err := run(t, triage, m, alloy.WithMaxOutput(len(long)-1))
	require.NoError(t, err, "a longer answer is asked for again")
	require.Len(t, m.Requests(), 2)
	require.Contains(t, m.Requests()[1].Messages[2].Text(), fmt.Sprint(len(long)-1))

	_, err = run(t, triage, play(t, alloytest.Reply(long)), alloy.WithMaxOutput(len(long)))
	require.NoError(t, err)

	cmd := typed[Ticket](ticketSchema.JSON, alloy.WithMaxOutput(10))
	_, err = cmd.Parse(lateJSON)
	require.Equal(t, alloy.KindParse, failed(t, err).Kind)
	_, err = run(t, cmd, play(t, alloytest.Reply(lateJSON)), alloy.WithMaxOutput(0))
	require.NoError(t, err, "0 is the default")
}
