package codecs

import (
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

const answer = `{"every":"1m30s","waits":["1s"],"name":"n","shape":{"type":"circle","radius":2},"maybe":null,
	"link":"https://example.com/a?b=c","mirror":null,"limits":{"cpu":"2h0m0s"},
	"pair":[{"type":"group","shapes":[{"type":"square","side":3,"age":"5s"}]},{"type":"circle","radius":1}],
	"next":{"every":"1s","waits":[],"name":"m","shape":{"type":"square","side":1,"age":"0s"},"maybe":{"type":"circle","radius":4},
		"link":"https://example.com","mirror":"https://example.com/m","limits":{},"pair":[{"type":"circle","radius":1},{"type":"circle","radius":1}],"next":null}}`

func TestDecode(t *testing.T) { // F41
	model := alloytest.New(alloytest.Reply(answer)).For(t)
	got, err := RunJob(t.Context(), "x", alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	link, _ := url.Parse("https://example.com/a?b=c")
	mirror, _ := url.Parse("https://example.com/m")
	want := Job{
		Timing: Timing{Every: 90 * time.Second, Waits: []time.Duration{time.Second}},
		Name:   "n", Shape: Circle{2}, Link: *link, Limits: map[string]time.Duration{"cpu": 2 * time.Hour},
		Pair: [2]Shape{Group{Shapes: []Shape{&Square{Side: 3, Age: 5 * time.Second}}}, Circle{1}},
		Next: &Job{
			Timing: Timing{Every: time.Second, Waits: []time.Duration{}},
			Name:   "m", Shape: &Square{Side: 1}, Maybe: Circle{4}, Link: url.URL{Scheme: "https", Host: "example.com"}, Mirror: mirror, Limits: map[string]time.Duration{},
			Pair: [2]Shape{Circle{1}, Circle{1}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	example := model.Requests()[0].Messages[1].Text()
	if _, err := RunJobCommand.Parse(example); err != nil {
		t.Errorf("the example %s does not parse: %v", example, err)
	}
}

// F131: while the answer comes, values that are complete stay what they are, and the last partial is the result.
func TestPartials(t *testing.T) {
	model := alloytest.New(alloytest.Reply("").Chunks(strings.Split(answer, "")...)).For(t)
	s := RunJobCommand.Stream(t.Context(), jobCall("x"), []alloy.Option{alloy.WithProvider(model)})
	want, err := RunJobCommand.Parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var last Job
	for got := range s.Partials() {
		n++
		last = got
		switch {
		case got.Every != 0 && got.Every != want.Every,
			got.Shape != nil && got.Shape != (Circle{}) && got.Shape != want.Shape,
			got.Link != (url.URL{}) && got.Link != want.Link,
			len(got.Limits) > 0 && !reflect.DeepEqual(got.Limits, want.Limits),
			got.Pair[1] != nil && got.Pair[1] != (Circle{}) && got.Pair[1] != want.Pair[1]:
			t.Errorf("got %+v", got)
		}
	}
	if n < 20 {
		t.Errorf("%d partials", n)
	}
	if result, err := s.Result(); err != nil || !reflect.DeepEqual(last, want) || !reflect.DeepEqual(result, want) {
		t.Errorf("got %+v, %v", last, err)
	}
}

func TestUnknownVariant(t *testing.T) {
	if got, err := ShapeOfCommand.Parse(`{"value":{"type":"line"}}`); err == nil {
		t.Errorf("got %+v", got)
	}
	got, err := ShapeOfCommand.Parse(`{"value":{"type":"square","side":2,"age":"1s"}}`)
	if err != nil || got.area() != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTools(t *testing.T) {
	model := alloytest.New(
		alloytest.ToolCall("wait", `{"d":"2s","shapes":[{"type":"circle","radius":1}]}`),
		alloytest.ToolCall("shape", `{"text":"round"}`),
		alloytest.Reply(`{"value":{"type":"circle","radius":1}}`),
		alloytest.Reply(`{"value":["1s","2m0s"]}`),
	).For(t)
	client, err := alloy.New(alloy.WithProvider(model))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Durations(alloy.WithClient(t.Context(), client), "x")
	if err != nil || got[1] != 2*time.Minute {
		t.Fatal(got, err)
	}
	requests := model.Requests()
	for i, want := range map[int]string{1: `{"waited":"3s"}`, 3: `{"type":"circle","radius":1}`} {
		messages := requests[i].Messages
		if got := messages[len(messages)-1].Parts[0].ToolResult; got == nil || got.Content != want {
			t.Errorf("result %+v, not %q", got, want)
		}
	}
}

func TestEmbeddedPointer(t *testing.T) {
	got, err := MakePlanCommand.Parse(`{"grace":"1s","steps":[["1s","2s"],[]]}`)
	want := Plan{Extra: &Extra{Grace: time.Second}, Steps: []Step{{time.Second, 2 * time.Second}, {}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
