package output_test

import "testing"

// Answers that look like XML, and emphasis of Markdown around values.

var markupTable = []run{
	{name: "elements for an object", schema: forecastSchema, text: `<forecast><sky>rain</sky><celsius>4</celsius></forecast>`, want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "elements on lines", schema: replySchema, text: "<reply>\n  <text>Ihr Paket ist unterwegs.</text>\n  <needs_person>false</needs_person>\n</reply>", want: `{"text":"Ihr Paket ist unterwegs.","needs_person":false}`, repairs: unchecked},
	{name: "elements without a root", schema: refundSchema, text: "<orderID>4392</orderID>\n<cents>1250</cents>", want: `{"orderID":"4392","cents":1250}`, repairs: unchecked},
	{name: "elements amid prose", schema: forecastSchema, text: "Here is the forecast:\n<forecast>\n<sky>clear</sky>\n<celsius>21</celsius>\n</forecast>\nEnjoy!", want: `{"sky":"clear","celsius":21}`, repairs: unchecked},
	{name: "elements in a fence", schema: forecastSchema, text: "```xml\n<forecast>\n  <sky>cloudy</sky>\n  <celsius>-3</celsius>\n</forecast>\n```", want: `{"sky":"cloudy","celsius":-3}`, repairs: unchecked},
	{name: "elements behind thoughts", schema: forecastSchema, text: "<thinking><sky>clear</sky> or rain?</thinking><answer><sky>rain</sky><celsius>4</celsius></answer>", want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "an element twice for a list", schema: triageSchema, text: `<ticket><summary>Two orders</summary><priority>low</priority><score>0.5</score><order_ids>4392</order_ids><order_ids>4393</order_ids></ticket>`, want: `{"summary":"Two orders","priority":"low","score":0.5,"order_ids":["4392","4393"]}`, repairs: unchecked},
	{name: "items in an element for a list", schema: triageSchema, text: `<ticket><summary>Two orders</summary><priority>Low</priority><score>0.5</score><order_ids><item>4392</item><item>4393</item></order_ids></ticket>`, want: `{"summary":"Two orders","priority":"low","score":0.5,"order_ids":["4392","4393"]}`, repairs: unchecked},
	{name: "one item in an element for a list", schema: triageSchema, text: `<ticket><summary>One order</summary><priority>low</priority><score>0.5</score><order_ids><id>4392</id></order_ids></ticket>`, want: `{"summary":"One order","priority":"low","score":0.5,"order_ids":["4392"]}`, repairs: unchecked},
	{name: "an empty element for a list", schema: triageSchema, text: `<ticket><summary>Hello</summary><priority>low</priority><score>0.5</score><order_ids></order_ids></ticket>`, want: `{"summary":"Hello","priority":"low","score":0.5,"order_ids":[]}`, repairs: unchecked},
	{name: "an element that closes itself for a list", schema: triageSchema, text: `<ticket><summary>Hello</summary><priority>low</priority><score>0.5</score><order_ids/></ticket>`, want: `{"summary":"Hello","priority":"low","score":0.5,"order_ids":[]}`, repairs: unchecked},
	{name: "an empty element for null", schema: reviewSchema, text: `<review><verdict>approve</verdict><file>a.go</file><line></line><comment>ok</comment></review>`, want: `{"verdict":"approve","file":"a.go","line":null,"comment":"ok"}`, repairs: unchecked},
	{name: "attributes", schema: forecastSchema, text: `<forecast sky="rain" celsius="4"/>`, want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "an attribute beside elements", schema: forecastSchema, text: `<forecast unit="C"><sky>rain</sky><celsius>4</celsius></forecast>`, want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "entities", schema: replySchema, text: `<reply><text>Fish &amp; chips &lt;3</text><needs_person>no</needs_person></reply>`, want: `{"text":"Fish & chips <3","needs_person":false}`, repairs: unchecked},
	{name: "CDATA", schema: replySchema, text: `<reply><text><![CDATA[Press <b>Reset</b> & wait]]></text><needs_person>false</needs_person></reply>`, want: `{"text":"Press <b>Reset</b> & wait","needs_person":false}`, repairs: unchecked},
	{name: "elements in camel case", schema: doseSchema, text: `<Dose><Drug>ibuprofen</Drug><DoseMg>400</DoseMg><PerDay>3</PerDay></Dose>`, want: `{"drug":"ibuprofen","dose_mg":400,"per_day":3}`, repairs: unchecked},
	{name: "an element that nobody asked for", schema: forecastSchema, text: `<forecast><sky>rain</sky><celsius>4</celsius><why>radar</why></forecast>`, want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "elements that break off", schema: replySchema, text: `<reply><needs_person>true</needs_person><text>A colleague will`, want: `{"needs_person":true,"text":"A colleague will"}`, repairs: unchecked},
	{name: "nested elements", schema: reachSchema, text: `<contact><name>Ann</name><by><street>Havnegata 4</street><city>Bergen</city></by></contact>`, want: `{"name":"Ann","by":{"street":"Havnegata 4","city":"Bergen"}}`, repairs: unchecked},
	{name: "elements for a list of objects", schema: productsSchema, text: "<products>\n<product><sku>LAN-0001</sku><name>Lantern</name><price>49.50</price></product>\n<product><sku>LAN-0002</sku><name>Wick</name><price>3</price></product>\n</products>", want: `[{"sku":"LAN-0001","name":"Lantern","price":49.5},{"sku":"LAN-0002","name":"Wick","price":3}]`, repairs: unchecked},
	{name: "a declaration before the elements", schema: forecastSchema, text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<forecast><sky>rain</sky><celsius>4</celsius></forecast>", want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "a comment among elements", schema: forecastSchema, text: `<forecast><!-- from the radar --><sky>rain</sky><celsius>4</celsius></forecast>`, want: `{"sky":"rain","celsius":4}`, repairs: unchecked},
	{name: "an element around a number", schema: totalSchema, text: `<total>108.90</total>`, want: `{"value":108.9}`, repairs: unchecked},
	{name: "an element around an enum", schema: wrap(verdictType), text: `<verdict>request_changes</verdict>`, want: `{"value":"request_changes"}`, repairs: unchecked},

	{name: "bold around an enum", schema: wrap(priorityType), text: `**urgent**`, want: `{"value":"urgent"}`, repairs: "wrapped@$ text@$.value coerced@$.value"},
	{name: "a bold label and a bold enum", schema: wrap(verdictType), text: "**Verdict:** **approve**", want: `{"value":"approve"}`, repairs: "wrapped@$ text@$.value mention@$.value"},
	{name: "italics around an enum", schema: forecastSchema, text: `{"sky":"*rain*","celsius":4}`, want: `{"sky":"rain","celsius":4}`, repairs: "coerced@$.sky"},
	{name: "underscores around an enum", schema: forecastSchema, text: `{"sky":"_rain_","celsius":4}`, want: `{"sky":"rain","celsius":4}`, repairs: "coerced@$.sky"},
	{name: "code around an enum", schema: wrap(verdictType), text: "`comment`", want: `{"value":"comment"}`, repairs: "wrapped@$ quotes@$.value"},
	{name: "bold around a number", schema: forecastSchema, text: `{"sky":"rain","celsius":"**4**"}`, want: `{"sky":"rain","celsius":4}`, repairs: "mention@$.celsius"},
	{name: "bold around a bare number", schema: totalSchema, text: `**108.90**`, want: `{"value":108.9}`, repairs: "wrapped@$ text@$.value mention@$.value"},
	{name: "a bold amount in a sentence", schema: totalSchema, text: `The total is **$108.90**.`, want: `{"value":108.9}`, repairs: "wrapped@$ text@$.value mention@$.value"},
	{name: "bold around a truth value", schema: replySchema, text: `{"text":"ok","needs_person":"**Yes**"}`, want: `{"text":"ok","needs_person":true}`, repairs: "mention@$.needs_person"},
	{name: "bold around a bare truth value", schema: wrap(booleanType), text: `**False**`, want: `{"value":false}`, repairs: unchecked},
	{name: "a heading", schema: wrap(priorityType), text: "## Normal", want: `{"value":"normal"}`, repairs: "wrapped@$ text@$.value coerced@$.value"},
	{name: "a label before a bold value", schema: wrap(cabinType), text: "Cabin: **Premium economy**", want: `{"value":"premium economy"}`, repairs: "wrapped@$ text@$.value mention@$.value"},
	{name: "bold keys in quotes", schema: forecastSchema, text: `{"**sky**": "rain", "**celsius**": 4}`, want: `{"sky":"rain","celsius":4}`, repairs: `key@$["**sky**"] key@$["**celsius**"]`},
}

func TestMarkup(t *testing.T) { check(t, markupTable) }
