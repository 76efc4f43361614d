package torture

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"testing"

	alloycontracts "github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func violated(err error) string {
	if v, ok := errors.AsType[*alloycontracts.Violation](err); ok {
		return v.Message
	}
	return ""
}

// Each contract sees the parameter of its name, whatever generated code calls it.
func TestContractsSeeTheParameters(t *testing.T) { // F7
	ctx := context.Background()
	model := func() alloy.Option { return alloy.WithProvider(alloytest.New()) }
	call2 := func(string string, bool int, error rune, nil bool) (failed interface{ Error() string }) {
		_, failed = Params2(ctx, string, bool, error, nil, contracts{Opts: "o"}, 0, 0, 0, model())
		return failed
	}
	for name, err := range map[string]error{
		"string": call2("", 1, 1, true), "bool": call2("s", 0, 1, true), "error": call2("s", 1, 0, true), "nil": call2("s", 1, 1, false),
	} {
		if got := violated(err); got != "shadowed" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := violated(call2("s", 1, 1, true)); got != "" {
		t.Errorf("got %s", got)
	}
	if _, err := Params1(ctx, "x", 1, true, nil, nil, model()); violated(err) != "ugly" {
		t.Errorf("got %v", err)
	}
	if _, err := Params1(ctx, "c", 1, true, nil, nil, model()); violated(err) != "" {
		t.Errorf("got %v", err)
	}
	if _, err := Params3(ctx, true, 0, "", 0, "", "", "", "", model()); violated(err) != "like imports" {
		t.Errorf("got %v", err)
	}
	r := &receiver{}
	if _, err := r.Other(ctx, "e", model()); violated(err) != "receiver" {
		t.Errorf("got %v", err)
	}
}

func TestTools(t *testing.T) {
	got, err := HammerTool.Run(t.Context(), []byte(`{"ctx":"x","input":1,"in":true,"err":null,"any":"one","byte":"two","A":"A","a":"a","_x":"","世界":""}`))
	if err != nil || got != "opts" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := Hammer(t.Context(), "y", 1, true, nil, one, two, "", "", "", ""); violated(err) != "tool" {
		t.Errorf("got %v", err)
	}
	list, err := SawTool.Run(t.Context(), []byte(`{"alloy":{"Wait":"1s"},"encoding":{"V":{"Wait":"2s"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := stdjson.Marshal(list)
	if want := `[{"V":{"Wait":"2s"}},{"V":{"Wait":"1s"}}]`; err != nil || string(text) != want {
		t.Errorf("got %s, %v", text, err)
	}
}
