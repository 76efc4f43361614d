package output_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/runtime/output"
)

// answer is a text and the JSON that a careful reader takes from it, or, when that is "", a part of the error.
type answer struct{ schema, text, want, err string }

const (
	forecast = `{"type":"object","properties":{"sky":{"type":"string","enum":["clear","cloudy","rain"]},"celsius":{"type":"integer","minimum":-60,"maximum":60}},"required":["sky","celsius"],"additionalProperties":false}`
	refund   = `{"type":"object","properties":{"orderID":{"type":"string","pattern":"^[0-9]{4}$"},"cents":{"type":"integer","minimum":1}},"required":["orderID","cents"],"additionalProperties":false}`
	rain     = `{"sky":"rain","celsius":4}`
	node     = `{"$ref":"#/$defs/N","$defs":{"N":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/N"},{"type":"null"}]}},"required":["v","next"],"additionalProperties":false}}}`
	goSpan   = `{"type":"string","pattern":"^-?([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$"}`
)

var (
	str, integer, number, boolean = object(`{"type":"string"}`), object(`{"type":"integer"}`), object(`{"type":"number"}`), object(`{"type":"boolean"}`)
	texts, numbers                = object(`{"type":"array","items":{"type":"string"}}`), object(`{"type":"array","items":{"type":"integer"}}`)
	optional                      = object(`{"type":["integer","null"]}`)
	mood                          = object(`{"enum":["happy","very_happy","sad","c'est l'été"]}`)
	priority                      = wrap(`{"enum":["low","normal","urgent"]}`)
	forecasts                     = `{"type":"array","items":` + forecast + `}`
	day, stamp, clock, span       = object(`{"type":"string","format":"date"}`), object(`{"type":"string","format":"date-time"}`), object(`{"type":"string","format":"time"}`), object(`{"type":"string","format":"duration"}`)
	pet                           = object(`{"anyOf":[{"type":"object","properties":{"type":{"const":"cat"},"lives":{"type":"integer"}},"required":["type","lives"],"additionalProperties":false},{"type":"object","properties":{"type":{"const":"dog"},"name":{"type":"string"}},"required":["type","name"],"additionalProperties":false},{"type":"string"}]}`)
)

// Where the answer stands.
var placed = []answer{
	{forecast, rain, rain, ""},
	{forecast, "The forecast is " + rain + ".", rain, ""},
	{forecast, "```json\n" + rain + "\n```", rain, ""},
	{forecast, "```\n" + rain + "\n```", rain, ""},
	{forecast, "```JSON5\n" + rain + "```", rain, ""},
	{forecast, "Not ```python\nx = {1, 2}\n``` but\n```json\n" + rain + "\n```", rain, ""},
	{forecast, "```json\n{\"sky\":\"green\",\"celsius\":1}\n```\nSorry:\n```json\n" + rain + "\n```", rain, ""},
	{forecast, "First I look at the clouds [1]. Then {guess}. So: " + rain, rain, ""},
	{forecast, "<think>maybe {\"sky\":\"clear\",\"celsius\":30}</think>" + rain, rain, ""},
	{forecast, "<thinking>\nhm\n</thinking>\n\n```json\n" + rain + "\n```", rain, ""},
	{forecast, "it may be {\"sky\":\"clear\",\"celsius\":30}\n</think>\n" + rain, rain, ""},
	{forecast, "<think>" + rain + "</think>", rain, ""},
	{forecast, "<think>no end " + rain, rain, ""},
	{forecast, `{"sky":"green","celsius":4} or rather ` + rain, rain, ""},
	{forecast, `{"other":1} ` + rain + ` {"third":2}`, rain, ""},
	{forecast, rain + " " + `{"sky":"clear","celsius":5}`, rain, ""},
	{forecast, "] }\n" + rain, rain, ""},
	{forecast, "{{" + rain[1:] + "}", rain, ""},
	{forecasts, rain + "\n" + `{"sky":"clear","celsius":5}`, `[` + rain + `,{"sky":"clear","celsius":5}]`, ""},
	{forecasts, "Today: " + rain + " Tomorrow: " + rain + " Bye", `[` + rain + `,` + rain + `]`, ""},
	{forecasts, "```json\n" + rain + "\n```\nand\n```json\n" + rain + "\n```", `[` + rain + `,` + rain + `]`, ""},
	{forecasts, rain + `,` + rain, `[` + rain + `,` + rain + `]`, ""},
	{forecasts, `{"status":"ok"} ` + rain + " " + rain, `[` + rain + `,` + rain + `]`, ""},
	{forecasts, rain + ` {"sky":"green","celsius":1}`, "", "$[1].sky"},
	{forecasts, rain, `[` + rain + `]`, ""},
	{forecast, "Sorry, I cannot say.", "", "as JSON, got text without it"},
	{forecast, "", "", "got blank text"},
	{forecast, "<forecast><sky>rain</sky><celsius>4</celsius></forecast>", rain, ""},
	{forecast, "Here:\n<sky>rain</sky>\n<celsius>4</celsius>", rain, ""},
	{forecast, "<forecast><sky>rain</sky><celsius>4", rain, ""},
	{texts, "<a><item>x</item><item>y &amp; z</item></a>", `{"a":["x","y & z"]}`, ""},
	{node, "<n><v>1</v><next><v>2</v><next>null</next></next></n>", `{"v":1,"next":{"v":2,"next":null}}`, ""},
}

// How the answer is written.
var written = []answer{
	{forecast, `{"sky":"rain","celsius":4,}`, rain, ""},
	{forecast, `{"sky":"rain",,"celsius":4}`, rain, ""},
	{forecast, `{,"sky":"rain","celsius":4}`, rain, ""},
	{forecast, "{\"sky\":\"rain\"\n\"celsius\":4}", rain, ""},
	{forecast, `{"sky":"rain" "celsius":4}`, rain, ""},
	{forecast, `{"sky":"rain"; "celsius":4}`, rain, ""},
	{numbers, `{"a":[1 2 3]}`, `{"a":[1,2,3]}`, ""},
	{numbers, `{"a":[1,2,3,]}`, `{"a":[1,2,3]}`, ""},
	{numbers, `{"a":[1,,2]}`, `{"a":[1,2]}`, ""},
	{texts, `{"a":["x" "y"]}`, `{"a":["x","y"]}`, ""},
	{forecast, "{\"sky\":\"rain\", // wet\n\"celsius\":4}", rain, ""},
	{forecast, "{/* a */\"sky\":/* b */\"rain\",\"celsius\":4/* c */}", rain, ""},
	{forecast, "{\n# as asked\n\"sky\":\"rain\",\"celsius\":4 # degrees\n}", rain, ""},
	{forecast, `{"sky" /* ! */: "rain", "celsius": 4}`, rain, ""},
	{forecast, `{sky:"rain",celsius:4}`, rain, ""},
	{forecast, `{sky:rain,celsius:4}`, rain, ""},
	{forecast, "{\n  sky: rain,\n  celsius: 4\n}", rain, ""},
	{forecast, "{\n  sky: rain\n  celsius: 4\n}", rain, ""},
	{forecast, `{'sky':'rain','celsius':4}`, rain, ""},
	{forecast, "{`sky`:`rain`,`celsius`:4}", rain, ""},
	{forecast, `{“sky”:“rain”,“celsius”:4}`, rain, ""},
	{forecast, `{„sky“: „rain“, "celsius": 4}`, rain, ""},
	{forecast, `{"sky"="rain","celsius"=>4}`, rain, ""},
	{str, `{'a':'it's late'}`, `{"a":"it's late"}`, ""},
	{str, `{"a":"she said "no" twice"}`, `{"a":"she said \"no\" twice"}`, ""},
	{str, `{"a":"print("x, y", 1)"}`, `{"a":"print(\"x, y\", 1)"}`, ""},
	{str, "{\"a\":\"one\ntwo\tthree\"}", `{"a":"one\ntwo\tthree"}`, ""},
	{str, `{"a":"C:\dir\new"}`, `{"a":"C:\\dir\new"}`, ""},
	{str, `{"a":"don\'t"}`, `{"a":"don't"}`, ""},
	{str, `{"a":"\x41"}`, `{"a":"A"}`, ""},
	{str, "{\"a\":\"\"\"one\n\"two\" three\"\"\"}", `{"a":"one\n\"two\" three"}`, ""},
	{str, "{\"a\":'''x'''}", `{"a":"x"}`, ""},
	{str, "{\"a\":\"\"\"\n    if x:\n      y()\n    \"\"\"}", `{"a":"if x:\n  y()"}`, ""},
	{str, "{\"a\":```go\nfunc f() {}\n```}", `{"a":"func f() {}"}`, ""},
	{str, "{\"a\":`say \"hi\"`}", `{"a":"say \"hi\""}`, ""},
	{str, `{"a":"one " + "two"}`, `{"a":"one two"}`, ""},
	{str, `{a: see https://example.com/x, y}`, `{"a":"see https://example.com/x, y"}`, ""},
	{str, `{a: f(x, y: z), }`, `{"a":"f(x, y: z)"}`, ""},
	{boolean, `{"a":True}`, `{"a":true}`, ""},
	{boolean, `{"a":FALSE}`, `{"a":false}`, ""},
	{optional, `{"a":None}`, `{"a":null}`, ""},
	{optional, `{"a":undefined}`, `{"a":null}`, ""},
	{integer, `{"a":0xFF}`, `{"a":255}`, ""},
	{integer, `{"a":1_000}`, `{"a":1000}`, ""},
	{integer, `{"a":1,234}`, `{"a":1234}`, ""},
	{integer, `{"a":+7}`, `{"a":7}`, ""},
	{number, `{"a":.5}`, `{"a":0.5}`, ""},
	{number, `{"a":5.}`, `{"a":5}`, ""},
	{numbers, `{"a":[1,234]}`, `{"a":[1,234]}`, ""},
	{forecast, `{"sky":"rain","celsius":4`, rain, ""},
	{texts, `{"a":["x","y`, `{"a":["x","y"]}`, ""},
	{texts, `{"a":["x","y\`, `{"a":["x","y"]}`, ""},
	{texts, `{"a":["x"`, `{"a":["x"]}`, ""},
	{texts, `{"a":["x"}`, `{"a":["x"]}`, ""},
	{node, `{"v":1,"next":{"v":2,"next":null`, `{"v":1,"next":{"v":2,"next":null}}`, ""},
	{forecast, `{"sky":"rain","cel`, "", "$.celsius: want an integer, got nothing: the answer breaks off before that key"},
	{forecast, `"{\"sky\":\"rain\",\"celsius\":4}"`, rain, ""},
	{forecast, `"\"{\\\"sky\\\":\\\"rain\\\",\\\"celsius\\\":4}\""`, rain, ""},
	{forecast, `{\"sky\":\"rain\",\"celsius\":4}`, rain, ""},
	{forecasts, `["{\"sky\":\"rain\",\"celsius\":4}"]`, `[` + rain + `]`, ""},
	{texts, `{"a":"[\"x\",\"y\"]"}`, `{"a":["x","y"]}`, ""},
	{ticket, `{summary: 'Parcel is late', priority: "Low", score: "0.5", order_ids: 4392}`, `{"summary":"Parcel is late","priority":"low","score":0.5,"order_ids":["4392"]}`, ""},
}

// What the answer means.
var meant = []answer{
	{integer, `{"a":"3"}`, `{"a":3}`, ""}, {integer, `{"a":" 42 "}`, `{"a":42}`, ""}, {integer, `{"a":3.0}`, `{"a":3}`, ""}, {integer, `{"a":"1,234"}`, `{"a":1234}`, ""},
	{number, `{"a":"$3.50"}`, `{"a":3.50}`, ""}, {number, `{"a":"3,50 €"}`, `{"a":3.50}`, ""}, {number, `{"a":"1.234,50 EUR"}`, `{"a":1234.50}`, ""}, {number, `{"a":"USD 1,234.5"}`, `{"a":1234.5}`, ""},
	{number, `{"a":"12%"}`, `{"a":12}`, ""}, {object(`{"type":"number","maximum":1}`), `{"a":"87 %"}`, `{"a":0.87}`, ""}, {number, `{"a":"-1e3"}`, `{"a":-1e3}`, ""}, {integer, `{"a":"about 12 boxes"}`, `{"a":12}`, ""},
	{boolean, `{"a":"yes"}`, `{"a":true}`, ""}, {boolean, `{"a":"Off"}`, `{"a":false}`, ""}, {boolean, `{"a":1}`, `{"a":true}`, ""}, {boolean, `{"a":"Yes, it is"}`, `{"a":true}`, ""}, {boolean, `{"a":"The claim is **false**."}`, `{"a":false}`, ""},
	{str, `{"a":4392}`, `{"a":"4392"}`, ""}, {str, `{"a":true}`, `{"a":"true"}`, ""},
	{mood, `{"a":"HAPPY"}`, `{"a":"happy"}`, ""}, {mood, `{"a":"very happy"}`, `{"a":"very_happy"}`, ""}, {mood, `{"a":"Very-Happy!"}`, `{"a":"very_happy"}`, ""}, {mood, `{"a":"C’est l’ete"}`, `{"a":"c'est l'été"}`, ""}, {mood, `{"a":"she is very happy today"}`, `{"a":"very_happy"}`, ""},
	{priority, `urgent`, `{"value":"urgent"}`, ""}, {priority, "The priority is **Urgent**.", `{"value":"urgent"}`, ""}, {priority, `{"priority":"low"}`, `{"value":"low"}`, ""}, {priority, "```\nlow\n```", `{"value":"low"}`, ""},
	{forecast, `{"Sky":"rain","CELSIUS":4}`, rain, ""}, {forecast, `{" sky ":"rain","celsius":4}`, rain, ""}, {refund, `{"order_id":"4392","cents":5}`, `{"orderID":"4392","cents":5}`, ""}, {refund, `{"Order-ID":4392,"cents":"5"}`, `{"orderID":"4392","cents":5}`, ""},
	{object(`{"type":"object","properties":{"größe":{"type":"integer"}},"required":["größe"],"additionalProperties":false}`), `{"a":{"grosse":1}}`, `{"a":{"größe":1}}`, ""}, {object(`{"type":"object","properties":{"Straße":{"type":"string"}},"required":["Straße"],"additionalProperties":false}`), `{"a":{"strasse":"x"}}`, `{"a":{"Straße":"x"}}`, ""},
	{texts, `{"a":"x"}`, `{"a":["x"]}`, ""}, {numbers, `{"a":"7"}`, `{"a":[7]}`, ""}, {forecast, `{"forecast":` + rain + `}`, rain, ""}, {forecast, `[` + rain + `]`, rain, ""}, {wrap(`{"type":"integer"}`), `7`, `{"value":7}`, ""}, {wrap(`{"type":"integer"}`), `{"answer":7}`, `{"value":7}`, ""},
	{wrap(`{"type":"integer"}`), "The answer is 42.", `{"value":42}`, ""}, {wrap(`{"type":"string"}`), `Paris`, `{"value":"Paris"}`, ""}, {wrap(`{"type":"array","items":{"type":"integer"}}`), `[1, 2]`, `{"value":[1,2]}`, ""}, {`{"type":"integer"}`, `{"value": 3}`, `3`, ""},
	{optional, `{}`, `{"a":null}`, ""}, {optional, `{"a":"n/a"}`, `{"a":null}`, ""}, {optional, `{"a":""}`, `{"a":null}`, ""}, {forecast, `{"sky":"rain","celsius":4,"wind":{"kmh":[3]}}`, rain, ""},
	{pet, `{"a":{"type":"dog","name":"Rex"}}`, `{"a":{"type":"dog","name":"Rex"}}`, ""}, {pet, `{"a":{"lives":"9","type":"Cat"}}`, `{"a":{"lives":9,"type":"cat"}}`, ""}, {pet, `{"a":"a fish"}`, `{"a":"a fish"}`, ""},
	{day, `{"a":"2025-3-7"}`, `{"a":"2025-03-07"}`, ""}, {day, `{"a":"March 7, 2025"}`, `{"a":"2025-03-07"}`, ""}, {day, `{"a":"7th of March 2025"}`, `{"a":"2025-03-07"}`, ""}, {day, `{"a":"07.03.2025"}`, `{"a":"2025-03-07"}`, ""}, {day, `{"a":"12/31/2025"}`, `{"a":"2025-12-31"}`, ""},
	{stamp, `{"a":"2025-03-07 15:04"}`, `{"a":"2025-03-07T15:04:00Z"}`, ""}, {stamp, `{"a":"2025-03-07"}`, `{"a":"2025-03-07T00:00:00Z"}`, ""}, {stamp, `{"a":"Mon, 10 Mar 2025 15:04:05 +0100"}`, `{"a":"2025-03-10T15:04:05+01:00"}`, ""}, {clock, `{"a":"3:04 pm"}`, `{"a":"15:04:00Z"}`, ""},
	{span, `{"a":"90 minutes"}`, `{"a":"PT1H30M"}`, ""}, {span, `{"a":"1h30m"}`, `{"a":"PT1H30M"}`, ""}, {object(goSpan), `{"a":"1 hour and 30 minutes"}`, `{"a":"1h30m"}`, ""}, {object(goSpan), `{"a":"PT90S"}`, `{"a":"1m30s"}`, ""}, {object(goSpan), `{"a":"2 days"}`, `{"a":"48h"}`, ""},
}

// What is no answer.
var refused = []answer{
	{integer, `{"a":3.7}`, "", "$.a: want an integer, got 3.7"}, {integer, `{"a":"3.7"}`, "", "$.a: want an integer, got 3.7"}, {integer, `{"a":"NaN"}`, "", `$.a: want an integer, got "NaN"`}, {number, `{"a":NaN}`, "", `$.a: want a number, got "NaN"`}, {number, `{"a":Infinity}`, "", `$.a: want a number`},
	{integer, `{"a":"3 or 4"}`, "", `$.a: want an integer, got "3 or 4"`}, {integer, `{"a":"between 3 and 5"}`, "", "$.a"}, {integer, `{"a":"3 million"}`, "", "$.a"}, {integer, `{"a":"2k"}`, "", "$.a"}, {integer, `{"a":"2025-01-02"}`, "", "$.a"}, {number, `{"a":"1/2"}`, "", "$.a"}, {integer, `{"a":true}`, "", "got true"}, {integer, `{"a":null}`, "", "got null"},
	{integer, `{"a":99999999999999999999999999}`, `{"a":99999999999999999999999999}`, ""}, {number, `{"a":1e999}`, "", "fits 64 bits"}, {wrap(`{"type":"integer"}`), "It is 3, no, 4.", "", "want an integer"},
	{boolean, `{"a":"maybe"}`, "", `$.a: want true or false, got "maybe"`}, {boolean, `{"a":"I have no idea"}`, "", "$.a"}, {boolean, `{"a":"true or false"}`, "", "$.a"}, {boolean, `{"a":"not true"}`, "", "$.a"}, {boolean, `{"a":2}`, "", "$.a"},
	{mood, `{"a":"happy and sad"}`, "", "$.a"}, {mood, `{"a":"not sad"}`, "", "$.a"}, {mood, `{"a":"angry"}`, "", `want one of "happy"`}, {priority, "Low or urgent", "", "want one of"}, {priority, "It isn't urgent.", "", "want one of"},
	{forecast, `{"sky":"rain"}`, "", "$.celsius: want an integer, got nothing: the key is missing"}, {forecast, `{}`, "", "$.sky"}, {forecast, `[]`, "", "got an array"}, {forecast, `5`, "", ""}, {forecast, `{"sky":"rain","celsius":61}`, "", "$.celsius: want an integer of at most 60, got 61"}, {forecast, `{"sky":"rain","celsius":-61}`, "", "at least -60"},
	{refund, `{"orderID":"43921","cents":5}`, "", "$.orderID: want a string that matches"}, {object(`{"type":"string","minLength":2}`), `{"a":"x"}`, "", "at least 2 characters"}, {object(`{"type":"string","maxLength":2}`), `{"a":"xyz"}`, "", "at most 2 characters"}, {object(`{"type":"array","uniqueItems":true}`), `{"a":[1,1.0]}`, "", "$.a[1]"}, {object(`{"type":"array","minItems":2}`), `{"a":[1]}`, "", "$.a: want at least 2 items"},
	{str, `{"a":["x","y"]}`, "", "$.a: want a string, got an array"}, {str, `{"a":{"x":1,"y":2}}`, "", "$.a"}, {str, `{"b":"x"}`, "", "$.a"}, {day, `{"a":"03/04/2025"}`, "", "$.a: want a date"}, {day, `{"a":"next week"}`, "", "$.a"}, {span, `{"a":"a while"}`, "", "$.a"}, {pet, `{"a":{"type":"bird"}}`, "", "$.a.type"}, {forecast, "My inner string", "", "want an object"},
	{object(`{"type":"object","properties":{"b":{"type":"string"}},"required":["b"],"additionalProperties":false}`), `{"a":"plain"}`, "", "$.a"},
}

// Whole answers to the commands of the examples, as models break them.
var whole = []answer{
	{ticket, "```json\n{\n  \"summary\": \"Where is order 4392?\",\n  \"priority\": \"Normal\",\n  \"score\": \"80%\",\n  \"order_ids\": [\"4392\",],\n}\n```", `{"summary":"Where is order 4392?","priority":"normal","score":0.80,"order_ids":["4392"]}`, ""},
	{ticket, "{\n  summary: Where is my order?,\n  priority: urgent,\n  score: 0.9,\n  order_ids: []\n}", `{"summary":"Where is my order?","priority":"urgent","score":0.9,"order_ids":[]}`, ""},
	{ticket, `{'summary': 'Customer's parcel is late', 'priority': 'low', 'score': 1, 'order_ids': ['1', '2']}`, `{"summary":"Customer's parcel is late","priority":"low","score":1,"order_ids":["1","2"]}`, ""},
	{ticket, `{"ticket": {"Summary": "s", "Priority": "LOW", "Score": ".5", "orderIds": "7"}}`, `{"summary":"s","priority":"low","score":0.5,"order_ids":["7"]}`, ""},
	{ticket, `{"summary":"s","priority":"low","score":0.5,"order_ids":["1"`, `{"summary":"s","priority":"low","score":0.5,"order_ids":["1"]}`, ""},
	{ticket, `{"summary":"he wrote "now or never" and left","priority":"urgent","score":0.7,"order_ids":[]}`, `{"summary":"he wrote \"now or never\" and left","priority":"urgent","score":0.7,"order_ids":[]}`, ""},
	{ticket, "{\"summary\":\"line one\nline two\",\"priority\":\"low\",\"score\":0,\"order_ids\":[]}", `{"summary":"line one\nline two","priority":"low","score":0,"order_ids":[]}`, ""},
	{ticket, "<ticket><summary>Late</summary><priority>Low</priority><score>0.5</score><order_ids>1</order_ids><order_ids>2</order_ids></ticket>", `{"summary":"Late","priority":"low","score":0.5,"order_ids":["1","2"]}`, ""},
	{ticket, `{"summary":"s","priority":"low, I think","score":"0.5 out of doubt","order_ids":[4392]}`, `{"summary":"s","priority":"low","score":0.5,"order_ids":["4392"]}`, ""},
	{ticket, `{"summary":"s","priority":"low or normal","score":0.5,"order_ids":[]}`, "", "$.priority"},
	{ticket, `{"summary":"s","priority":"low","score":1.5,"order_ids":[]}`, "", "$.score: want a number of at most 1, got 1.5"},
	{ticket, `{"summary":"s","priority":"low","score":"150%","order_ids":[]}`, "", "$.score"},
	{ticket, `{"summary":"s","priority":"low","score":0.5}`, "", "$.order_ids: want an array, got nothing: the key is missing"},
	{ticket, `{"summary":null,"priority":"low","score":0.5,"order_ids":[]}`, "", "$.summary: want a string, got null"},
	{ticket, `{"summary":"s","priority":"low","score":0.5,"order_ids":[["1"],["2"]]}`, "", "$.order_ids[0]: want a string, got an array"},
	{refund, "I will refund it:\n{\"orderID\": 4392, \"cents\": \"1,250\"}", `{"orderID":"4392","cents":1250}`, ""},
	{refund, `orderID: 4392, cents: 1250`, "", "as JSON, got text without it"},
	{refund, `{"orderID":"4392","cents":0}`, "", "$.cents: want an integer of at least 1, got 0"},
	{refund, `{"orderID":"4392","cents":"12.50"}`, "", "$.cents: want an integer, got 12.50"},
	{refund, `{"orderID":"439","cents":5}`, "", "$.orderID"},
	{refund, `{"order":"4392","cents":5}`, "", "$.orderID: want a string, got nothing: the key is missing"},
	{forecast, `{"sky": "It will rain", "celsius": "4 °C"}`, rain, ""},
	{forecast, `{"sky": "no rain, clear", "celsius": 4}`, "", "$.sky"},
	{forecast, `{"sky": rain, "celsius": −4}`, `{"sky":"rain","celsius":-4}`, ""},
	{forecast, `{"celsius": 4, "sky": "rain"}`, `{"celsius":4,"sky":"rain"}`, ""},
	{forecast, `{"sky":"clear","sky":"rain","celsius":4}`, rain, ""},
	{forecast, "\uFEFF" + rain, rain, ""},
	{forecast, `{"sky":"rain","celsius":4}}`, rain, ""},
	{forecast, `{"sky":"rain","celsius":4]`, rain, ""},
	{forecast, `{"sky":"rain","celsius":4.0}`, rain, ""},
	{forecast, `{"sky":"rain","celsius":"four"}`, "", `$.celsius: want an integer, got "four"`},
	{forecast, `{"sky":["rain"],"celsius":4}`, "", "$.sky"},
	{forecast, `{"sky":{"value":"rain"},"celsius":4}`, rain, ""},
	{forecasts, `[` + rain + `, {"sky": clear, celsius: 5},]`, `[` + rain + `,{"sky":"clear","celsius":5}]`, ""},
	{forecasts, `{"forecasts": [` + rain + `]}`, `[` + rain + `]`, ""},
	{forecasts, `[]`, `[]`, ""},
	{forecasts, rain + "\n" + rain + "\n" + `{"sky":"cloudy","celsius":"7"}` + "\n", `[` + rain + `,` + rain + `,{"sky":"cloudy","celsius":7}]`, ""},
	{forecasts, `[` + rain + `,{"sky":"cloudy"}]`, "", "$[1].celsius"},
	{node, `{v: 1, next: {v: "2", next: None}}`, `{"v":1,"next":{"v":2,"next":null}}`, ""},
	{node, `{"v":1}`, `{"v":1,"next":null}`, ""},
	{node, `{"v":1,"next":{"v":"x","next":null}}`, "", "$.next.v"},
	{texts, `{"a":[apple, 'pear', "plum"]}`, `{"a":["apple","pear","plum"]}`, ""},
	{texts, "{\"a\":[\n  \"x\", // first\n  \"y\"  // second\n]}", `{"a":["x","y"]}`, ""},
	{texts, `{"a":["l'été", "größer", "東京"]}`, `{"a":["l'été","größer","東京"]}`, ""},
	{numbers, `{"a":["1","2.0",0x3]}`, `{"a":[1,2,3]}`, ""},
	{numbers, `{"a":[1,"two"]}`, "", `$.a[1]: want an integer, got "two"`},
	{priority, "normal\n", `{"value":"normal"}`, ""},
	{priority, `"urgent"`, `{"value":"urgent"}`, ""},
	{priority, `'Low'`, `{"value":"low"}`, ""},
	{priority, "medium", "", "want one of"},
}

func allAnswers() (all []answer) {
	for _, group := range [][]answer{placed, written, meant, refused, whole} {
		all = append(all, group...)
	}
	return all
}

func TestAnswers(t *testing.T) {
	for _, a := range allAnswers() {
		p := compile(t, a.schema)
		got, err := p.Parse(a.text)
		if a.want == "" {
			e, ok := errors.AsType[*output.Error](err)
			if !ok {
				t.Errorf("%q gives %s, want an error", a.text, got.JSON)
				continue
			}
			require.Contains(t, e.Message, a.err, "%q", a.text)
			checkStream(t, p, cut(a.text, 1))
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", a.text, err)
			continue
		}
		if !equalJSON(t, a.want, string(got.JSON)) {
			t.Errorf("%q gives %s, want %s", a.text, got.JSON, a.want)
		}
		for n := range uint64(3) {
			checkStream(t, p, cut(a.text, n))
		}
	}
}

func TestAnswersAreMany(t *testing.T) {
	require.GreaterOrEqual(t, len(allAnswers()), 250)
}
