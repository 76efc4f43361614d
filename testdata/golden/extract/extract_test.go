package extract

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestRoundTrip(t *testing.T) { // F6, F38, F39, F41, F55
	next := "2"
	want := Invoice{
		Base:  Base{ID: "AB-12", Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		Total: Money{12.5, EUR}, Tax: &Money{2.5, EUR},
		Lines: []Line{{"pipe", 2, Money{5, EUR}}},
		Notes: Page[string]{Items: []string{"ok"}, Next: &next},
		Tags:  map[string]int{"a": 1}, Sums: map[Currency]int{EUR: 12},
		Box: [3]float32{1, 2, 3}, Level: Major,
		Tree: Node{Name: "root", Parts: []*Node{{Name: "leaf"}}},
		Grid: [][]int{{1, 2}, {3}}, Comment: "late",
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var report alloy.Report
	got, err := ReadInvoice(t.Context(), "…", alloy.WithReport(&report), alloy.WithProvider(alloytest.New(alloytest.Reply(string(text))).For(t)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if len(report.Checks) != 1 || !report.Checks[0].Held {
		t.Errorf("checks %+v", report.Checks)
	}
}

func TestNull(t *testing.T) {
	page, err := LinesCommand.Parse(`{"items":[],"next":null}`)
	if err != nil || page.Items == nil || page.Next != nil {
		t.Errorf("got %+v, %v", page, err)
	}
	if _, err := LinesCommand.Parse(`{"items":null,"next":null}`); err == nil {
		t.Error("null is no list")
	}
}
