package output_test

import (
	"errors"
	"fmt"
	"log"

	"github.com/alloygen/alloygen/runtime/output"
)

const triage = `{
	"type": "object",
	"properties": {
		"priority": {"enum": ["low", "urgent"]},
		"score": {"type": "number", "maximum": 1}
	},
	"required": ["priority", "score"],
	"additionalProperties": false
}`

func ExampleParser_Parse() {
	parser, err := output.Compile([]byte(triage))
	if err != nil {
		log.Fatal(err)
	}

	result, err := parser.Parse("Here you are:\n```json\n{Priority: 'Urgent', \"score\": \"0.9\", \"why\": \"lost parcel\",}\n```")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(result.JSON))
	for _, r := range result.Repairs {
		fmt.Println(r.Kind, r.Path)
	}

	_, err = parser.Parse(`{"priority": "low", "score": 1.5}`)
	if e, ok := errors.AsType[*output.Error](err); ok {
		fmt.Println(e.Kind, e.Message)
	}
	// Output:
	// {"priority":"urgent","score":0.9}
	// fence $
	// comma $
	// key $.Priority
	// quotes $.priority
	// quotes $.priority
	// coerced $.priority
	// coerced $.score
	// unknown_key $.why
	// schema $.score: want a number of at most 1, got 1.5
}

func ExampleParser_Stream() {
	parser, err := output.Compile([]byte(triage))
	if err != nil {
		log.Fatal(err)
	}
	stream := parser.Stream()
	for _, delta := range []string{`{"pri`, `ority": "urg`, `ent", "score": 0.`, `9}`} {
		stream.Write(delta)
		fmt.Println(string(stream.Partial()))
	}
	result, err := stream.Done()
	fmt.Println(string(result.JSON), err)
	// Output:
	//
	//
	// {"priority": "urgent"}
	// {"priority": "urgent", "score": 0.9}
	// {"priority": "urgent", "score": 0.9} <nil>
}
