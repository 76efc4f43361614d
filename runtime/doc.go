// Package alloy is what generated commands run on, and what their users touch: prompts, options, clients, errors, events and reports.
package alloy

// IsAtLeastVersion0_1 is named by generated code, so that a runtime that is too old for it fails to compile with a line that
// says what to do.
const IsAtLeastVersion0_1 = true
