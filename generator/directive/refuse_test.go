package directive_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/directive"
	"github.com/alloygen/alloygen/generator/load/loadtest"
)

// problems reads a package that compiles, and returns what is wrong with its directives.
func problems(t *testing.T, text string) string {
	t.Helper()
	result := loadtest.Load(t, text)
	require.Empty(t, result.Diagnostics)
	var all diag.List
	for _, pkg := range result.Packages {
		_, found := directive.Parse(pkg)
		all = append(all, found...)
	}
	return strings.ReplaceAll(all.Error(), loadtest.Root+"/", "")
}

// One line on a command, and what is said of it: column, message, hint. Lines of the directives themselves begin at
// column 1.
func TestRefusedLine(t *testing.T) {
	const (
		body     = "write one of POST, PUT, PATCH"
		method   = "http: want a path that begins with a slash, or one of the methods POST, PUT, PATCH, not "
		path     = "http: want a path such as /tickets or /v1/tickets, not "
		redirect = "http.ServeMux redirects paths with empty segments and dots"
		encoded  = "letters and digits of ASCII and -._~:@ need no encoding"
	)
	const conditions = "the conditions are transient, output, network, timeout, rate_limit, overloaded, server, empty, parse, " +
		"schema, contract, truncated, refusal, tool_loop_limit, all"
	tests := []struct{ line, want, hint string }{
		// Names.
		{`modle gpt-5`, `9: unknown directive "modle"`, `did you mean "model"?`},
		{`Model gpt-5`, `1: "//alloy:Model gpt-5" is an ordinary comment to Go, not a directive`, `write //alloy:model gpt-5`},
		{`zzz`, `9: unknown directive "zzz"`, `alloygen help directives lists all of them`},

		// One value.
		{`model`, `1: model lacks its argument`, `write //alloy:model MODEL`},
		{`model gpt-5 gpt-4`, `21: model takes no second argument`, `quote a value that holds blanks`},
		{`model gpt-5,gpt-4`, `21: model takes one value, not a list`, ``},
		{`model mistral-x`, `15: model: unknown model "mistral-x"`, `names begin with gpt-, o1, o3, o4, claude-, gemini-, ollama:, offline; any other is written PROVIDER/NAME`}, // F89
		{`model name=gpt-5`, `15: model has no key "name"`, `it has no keys; quote a value that holds an equals sign`},
		{`temperature hot`, `21: temperature: want a number from 0 to 2, not "hot"`, ``},
		{`temperature 2.1`, `21: temperature: want a number from 0 to 2, not "2.1"`, ``},
		{`temperature NaN`, `21: temperature: want a number from 0 to 2, not "NaN"`, ``},
		{`temperature 0x1p0`, `21: temperature: want a number from 0 to 2, not "0x1p0"`, ``},
		{`top_p 1.5`, `15: top_p: want a number from 0 to 1, not "1.5"`, ``},
		{`max_tokens 0`, `20: max_tokens: want a whole number, at least 1, not "0"`, ``},
		{`max_tokens 1e3`, `20: max_tokens: want a whole number, at least 1, not "1e3"`, ``},
		{`max_tokens 4294967297`, `20: max_tokens: want a whole number, at least 1, not "4294967297"`, ``},
		{`max_tool_turns -2`, `24: max_tool_turns: want a whole number, at least -1, not "-2"`, ``},
		{`seed 1.5`, `14: seed: want a whole number, not "1.5"`, ``},
		{`seed 9223372036854775808`, `14: seed: want a whole number, not "9223372036854775808"`, ``},
		{`stop ""`, `14: stop: want a text, not ""`, ``},
		{`effort hihg`, `16: effort: want one of none, minimal, low, medium, high, xhigh, max, not "hihg"`, `did you mean "high"?`},
		{`lenient`, `1: lenient lacks its argument`, `write //alloy:lenient WORD`},
		{`lenient srict`, `17: lenient: want one of strict, fenced, lenient, not "srict"`, `did you mean "strict"?`},
		{`lenient Strict`, `17: lenient: want one of strict, fenced, lenient, not "Strict"`, `did you mean "strict"?`},
		{`lenient fenced,strict`, `24: lenient takes one value, not a list`, ``},
		{`timeout 30`, `17: timeout: want a duration such as 500ms, 30s or 2m, not "30"`, `did you mean 30s?`},
		{`timeout 0s`, `17: timeout: want a duration above zero, not "0s"`, ``},
		{`attempt_timeout -1s`, `25: attempt_timeout: want a duration above zero, not "-1s"`, ``},

		// Words.
		{`model "gpt-5`, `15: this is not a complete Go string literal`, `close the quote, and escape as in Go`},
		{`model "gpt\q5"`, `15: this is not a complete Go string literal`, `close the quote, and escape as in Go`},
		{`model gpt"5`, `18: quote in the middle of a word`, `a quoted value begins after a blank, a comma or an equals sign`},
		{`model "gpt-5"x`, `22: text after a quoted value`, `put a blank or a comma between them`},
		{`fallback gpt-5,,gpt-4`, `24: empty item in a list`, `items are separated by one comma each`},
		{`fallback gpt-5,`, `24: empty item in a list`, `items are separated by one comma each`},
		{`fallback ,gpt-5`, `18: empty item in a list`, `items are separated by one comma each`},
		{`fallback gpt-5 gpt-4`, `24: fallback takes no second argument`, `items of a list stand between commas`},
		{`fallback gpt-5,gpt-4,gpt-5`, `30: "gpt-5" is in the list already`, ``},
		{`stop a=b`, `14: stop has no key "a"`, `it has no keys; quote a value that holds an equals sign`},

		// Several arguments.
		{`retry three`, `15: retry: want a whole number, at least 1, not "three"`, ``},
		{`retry 0`, `15: retry: want a whole number, at least 1, not "0"`, ``},
		{`retry 3 4`, `17: N is given twice`, ``},
		{`retry 3 jiter=25%`, `17: retry has no key "jiter"`, `did you mean "jitter"?`},
		{`retry 3 colour=red`, `17: retry has no key "colour"`, `its keys are backoff, base, max, jitter`},
		{`retry 3 base=1s base=2s`, `25: base= is given twice`, ``},
		{`retry 3 base=fast`, `22: retry base: want a duration such as 500ms, 30s or 2m, not "fast"`, ``},
		{`retry 3 base=`, `22: base= has no value`, `no blank may stand before or after the equals sign`},
		{`retry 3 base= 1s`, `22: base= has no value`, `no blank may stand before or after the equals sign`},
		{`retry 3 base=1s,2s`, `25: retry base takes one value, not a list`, ``},
		{`retry 3 base=30s max=10s`, `30: retry max: 10s is less than the first wait, 30s`, ``},
		{`retry 3 jitter=25`, `24: retry jitter: want a percentage from 0% to 100%, or "full", not "25"`, ``},
		{`retry 3 jitter=101%`, `24: retry jitter: want a percentage from 0% to 100%, or "full", not "101%"`, ``},
		{`retry 3 backoff=exponental`, `25: retry backoff: want one of exponential, linear, constant, not "exponental"`, `did you mean "exponential"?`},
		{`finalize`, `1: finalize lacks its argument`, `write //alloy:finalize [limit,timeout,error | none] [grace=DURATION]`},
		{`finalize limits`, `18: finalize: want one of limit, timeout, error, none, not "limits"`, `did you mean "limit"?`},
		{`finalize none,limit`, `18: finalize: "none" stands alone`, ``},
		{`finalize none grace=1s`, `29: grace has no effect where finalize is none`, ``},

		// Limits.
		{`rate_limit`, `1: rate_limit lacks its argument`, `write //alloy:rate_limit RATE… [burst=N] [key=NAME] [tokens=RATE,RATE…]`},
		{`rate_limit 10`, `20: rate_limit: want a rate such as 10/s, 500/m, 20000/h or 100000/d, not "10"`, ``},
		{`rate_limit 10/w`, `20: rate_limit: want a rate such as 10/s, 500/m, 20000/h or 100000/d, not "10/w"`, ``},
		{`rate_limit 0/s`, `20: rate_limit: want a rate such as 10/s, 500/m, 20000/h or 100000/d, not "0/s"`, ``},
		{`rate_limit 1.5/s`, `20: rate_limit: want a rate such as 10/s, 500/m, 20000/h or 100000/d, not "1.5/s"`, ``},
		{`rate_limit 1000000000001/s`, `20: rate_limit: want a rate such as 10/s, 500/m, 20000/h or 100000/d, not "1000000000001/s"`, ``},
		{`rate_limit 10/s 500/m 20/s`, `31: rate_limit has two rates per second`, `keep the lower one`},
		{`rate_limit 10/s 10/s`, `25: "10/s" is in the list already`, ``},
		{`rate_limit 10/s tokens=1/m,2/m`, `36: rate_limit tokens has two rates per minute`, `keep the lower one`},
		{`rate_limit 10/s tokens=1/m tokens=2/h`, `36: tokens= is given twice`, `its values stand between commas`},
		{`rate_limit 10/s burst=0`, `31: rate_limit burst: want a whole number, at least 1, not "0"`, ``},
		{`rate_limit 10/s burst=`, `31: burst= has no value`, `no blank may stand before or after the equals sign`},
		{`rate_limit 100/d burst=104250`, `32: rate_limit burst: 104250 is too many for a rate per day: at most 104249`, ``},
		{`rate_limit burst=5 tokens=60000/m`, `26: rate_limit burst has no effect without a rate of requests`, ``},
		{`rate_limit burst=5`, `1: rate_limit lacks its argument`, `write //alloy:rate_limit RATE… [burst=N] [key=NAME] [tokens=RATE,RATE…]`},
		{`rate_limit 10/s key=""`, `29: rate_limit key: want a text, not ""`, ``},
		{`rate_limit 10/s keys=a`, `25: rate_limit has no key "keys"`, `did you mean "key"?`},
		{`breaker 5`, `17: breaker takes no "5" here`, `write //alloy:breaker [failures=N] [window=DURATION] [cooldown=DURATION]`},
		{`breaker failures=0`, `26: breaker failures: want a whole number, at least 1, not "0"`, ``},
		{`breaker window=1`, `24: breaker window: want a duration such as 500ms, 30s or 2m, not "1"`, `did you mean 1s?`},
		{`breaker cooldown=0s`, `26: breaker cooldown: want a duration above zero, not "0s"`, ``},
		{`hedge`, `1: hedge lacks its argument`, `write //alloy:hedge after=DURATION [max=N]`},
		{`hedge max=3`, `1: hedge lacks its argument`, `write //alloy:hedge after=DURATION [max=N]`},
		{`hedge 2s`, `15: hedge takes no "2s" here`, `write //alloy:hedge after=DURATION [max=N]`},
		{`hedge after=2s max=1`, `28: hedge max: want a whole number, at least 2, not "1"`, ``},
		{`degrade`, `1: degrade lacks its argument`, `write //alloy:degrade FUNC`},
		{`degrade f()`, `17: degrade: want a Go name, or package.Name, not "f()"`, ``},
		{`degrade f,g`, `19: degrade takes one value, not a list`, ``},
		{`budget`, `1: budget lacks its argument`, `write //alloy:budget [usd=X] [tokens=N] [per=DURATION] [key=NAME]`},
		{`budget per=24h`, `1: budget lacks its argument`, `write //alloy:budget [usd=X] [tokens=N] [per=DURATION] [key=NAME]`},
		{`budget usd=0`, `20: budget usd: want an amount above 0, at most 1000000, not "0"`, ``},
		{`budget usd=$1`, `20: budget usd: want an amount above 0, at most 1000000, not "$1"`, ``},
		{`budget usd=NaN`, `20: budget usd: want an amount above 0, at most 1000000, not "NaN"`, ``},
		{`budget tokens=0`, `23: budget tokens: want a whole number, at least 1, not "0"`, ``},
		{`budget usd=1 key=all`, `26: budget key has no effect without per: each call has a budget of its own`, `add per=24h, or leave the key out`},
		{`after x`, `1: after may not stand on a command`, `it belongs on a tool`},
		{`approve`, `1: approve may not stand on a command`, `it belongs on a tool`},
		{`idempotent`, `1: idempotent may not stand on a command`, `it belongs on a tool`},

		// Streams and HTTP.
		{`stream yes`, `16: stream takes no argument`, `write //alloy:stream`},
		{`stream_timeout`, `1: stream_timeout lacks its argument`, `write //alloy:stream_timeout [first=DURATION] [idle=DURATION]`},
		{`stream_timeout 10s`, `24: stream_timeout takes no "10s" here`, `write //alloy:stream_timeout [first=DURATION] [idle=DURATION]`},
		{`stream_timeout first=0s`, `30: stream_timeout first: want a duration above zero, not "0s"`, ``},
		{`stream_timeout ilde=1s`, `24: stream_timeout has no key "ilde"`, `did you mean "idle"?`},
		{`cache`, `1: cache lacks its argument`, `write //alloy:cache prompt | none`},
		{`cache promt`, `15: cache: want one of prompt, none, not "promt"`, `did you mean "prompt"?`},
		{`http`, `1: http lacks its argument`, `write //alloy:http [METHOD] /PATH [heartbeat=DURATION]`},
		{`http POST`, `1: http lacks its argument`, `write //alloy:http [METHOD] /PATH [heartbeat=DURATION]`},
		{`http GET /x`, `14: http: a GET request has no body, which is where the parameters are`, body},
		{`http DELETE /x`, `14: http: a DELETE request has no body, which is where the parameters are`, body},
		{`http post /x`, `14: ` + method + `"post"`, `did you mean "POST"?`},
		{`http QUERY /x`, `14: ` + method + `"QUERY"`, ``},
		{`http x`, `14: ` + method + `"x"`, ``},
		{`http /a /b`, `17: http takes one path`, ``},
		{`http PUT PATCH /b`, `18: http takes one method`, ``},
		{`http /a,/b`, `17: http takes one path, not a list`, ``},
		{`http /a/{id}`, `14: ` + path + `"/a/{id}"`, `a path has no parameters: they stand in the body`},
		{`http /a/`, `14: ` + path + `"/a/"`, `leave the slash at the end out`},
		{`http //a`, `14: ` + path + `"//a"`, redirect},
		{`http /a/../b`, `14: ` + path + `"/a/../b"`, redirect},
		{`http /./b`, `14: ` + path + `"/./b"`, redirect},
		{`http /a?b`, `14: ` + path + `"/a?b"`, encoded},
		{`http /ä`, `14: ` + path + `"/ä"`, encoded},
		{`http "/a b"`, `14: ` + path + `"/a b"`, encoded},
		{`http /a%20b`, `14: ` + path + `"/a%20b"`, encoded},
		{`http /a heartbeat=30`, `27: http heartbeat: want a duration such as 500ms, 30s or 2m, not "30"`, `did you mean 30s?`},
		{`http /a heartbeat=1s heartbeat=none`, `30: heartbeat= is given twice`, ``},
		{`http /a hartbeat=1s`, `17: http has no key "hartbeat"`, `did you mean "heartbeat"?`},
		{`http path=/a`, `14: http has no key "path"`, `its keys are heartbeat`},

		// Conditions, names, parameters.
		{`retry_on transient,3`, `28: retry_on: want a condition or the Go name of an error, not "3"`, conditions},
		{`retry_on rate-limit`, `18: retry_on: want a condition or the Go name of an error, not "rate-limit"`, `did you mean "rate_limit"?`},
		{`retry_on f()`, `18: retry_on: want a condition or the Go name of an error, not "f()"`, conditions},
		{`tools look-up`, `15: tools: want a Go name, or package.Name, not "look-up"`, ``},
		{`tools a.b.c`, `15: tools: want a Go name, or package.Name, not "a.b.c"`, ``},
		{`tools .x`, `15: tools: want a Go name, or package.Name, not ".x"`, ``},
		{`redact mesage`, `16: redact: triage has no parameter "mesage"`, `did you mean "message"?`},
		{`redact ctx`, `16: redact: triage has no parameter "ctx"`, `its parameters are message, n`},
		{`param`, `1: param lacks its argument`, `write //alloy:param NAME TEXT`},
		{`param message`, `15: param message has no text`, `write //alloy:param NAME TEXT`},
		{`param mesage the text`, `15: param: triage has no parameter "mesage"`, `did you mean "message"?`},
		{`param 1 text`, `15: param: want the name of a parameter, not "1"`, `write //alloy:param NAME TEXT`},

		// Contracts.
		{`require`, `1: require lacks its argument`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require n > 0`, `22: require lacks its "MESSAGE"`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require f(n, "x")`, `26: require lacks its "MESSAGE"`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require n > 0, "x" + "y"`, `33: require lacks its "MESSAGE"`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require n > 0, "x" // why`, `34: require lacks its "MESSAGE"`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require n > 0, "x`, `24: require: "MESSAGE" is not a Go string literal`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require , "x"`, `17: require lacks its expression`, `write //alloy:require EXPR, "MESSAGE"`},
		{`require n > 0, " "`, `24: require: "MESSAGE" is blank`, ``},
		{`check n > 0`, `20: check lacks its "NAME"`, `write //alloy:check EXPR, "NAME"`},

		// Text.
		{`system`, `1: system lacks its argument`, `write //alloy:system TEXT | @FILE`},
		{`system @`, `17: system: no file is named: ""`, `write //alloy:system TEXT | @FILE`},
		{`system @none.md`, `17: system: no such file: "none.md"`, `the path is relative to the package's directory, example.com/m`},
		{`system @../up.md`, `17: system: not a path inside of the package: "../up.md"`, `write it relative to the package's directory, with slashes and without ..`},
		{`system @/etc/passwd`, `17: system: not a path inside of the package: "/etc/passwd"`, `write it relative to the package's directory, with slashes and without ..`},
		{`system @blank.md`, `17: system: the file "blank.md" is blank`, ``},
		{`system @binary.md`, `17: system: not UTF-8 text: "binary.md"`, ``},
		{`schema {}`, `1: schema may not stand on a function`, `it belongs on a type or a package clause`},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			got := problems(t, "-- m.go --\npackage m\n\nimport \"context\"\n\n//alloy:command\n//alloy:"+test.line+
				"\nfunc triage(ctx context.Context, message string, n int) string { return message }\n"+
				"-- blank.md --\n \n\n-- binary.md --\n\xff\n")
			want := "m.go:6:" + test.want
			if test.hint != "" {
				want += "\n\thint: " + test.hint
			}
			require.Equal(t, want, got)
		})
	}
}

// The same for lines on a tool.
func TestRefusedLineOfATool(t *testing.T) {
	for _, test := range []struct{ line, want, hint string }{
		{`rate_limit 10/s tokens=60000/m`, `32: rate_limit tokens has no effect on a tool: it uses none`, `limit its runs: rate_limit 10/s`},
		{`rate_limit 10/s 20/s`, `25: rate_limit has two rates per second`, `keep the lower one`},
		{`breaker`, `1: breaker may not stand on a tool`, `it belongs on a command, a type or a package clause`},
		{`hedge after=2s`, `1: hedge may not stand on a tool`, `it belongs on a command, a type or a package clause`},
		{`degrade f`, `1: degrade may not stand on a tool`, `it belongs on a command, a type or a package clause`},
		{`budget usd=1`, `1: budget may not stand on a tool`, `it belongs on a command, a type or a package clause`},
		{`after`, `1: after lacks its argument`, `write //alloy:after NAME,NAME…`},
		{`after a b`, `17: after takes no second argument`, `items of a list stand between commas`},
		{`after a,a`, `17: "a" is in the list already`, ``},
		{`after pkg.a`, `15: after: want a Go name, not "pkg.a"`, ``},
		{`approve 5m`, `17: approve takes no "5m" here`, `write //alloy:approve [timeout=DURATION] [on_timeout=WORD]`},
		{`approve timeout=5`, `25: approve timeout: want a duration such as 500ms, 30s or 2m, not "5"`, `did you mean 5s?`},
		{`approve on_timeout=accpet`, `28: approve on_timeout: want one of reject, accept, not "accpet"`, `did you mean "accept"?`},
		{`idempotent true`, `20: idempotent takes no argument`, `write //alloy:idempotent`},
	} {
		t.Run(test.line, func(t *testing.T) {
			got := problems(t, "package m\n\n//alloy:tool\n//alloy:"+test.line+"\nfunc find(id string) string { return id }\n")
			want := "m.go:4:" + test.want
			if test.hint != "" {
				want += "\n\thint: " + test.hint
			}
			require.Equal(t, want, got)
		})
	}
}
