package raw

import (
	"strings"
	"testing"

	"github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/alloytest"
)

func TestOwnSchema(t *testing.T) {
	model := alloytest.New(
		alloytest.Reply(`{"total":"0 EUR","code":"a","rest":{"x":[1]}}`), // refused by "not" alone
		alloytest.Reply(`{"total":"12 EUR","code":"c","rest":null}`),     // refused by the schema that is known when the program runs
		alloytest.Reply(`{"total":"12 EUR","code":"b","rest":{"x":[1]}}`),
	).For(t)
	got, err := WriteBill(t.Context(), "x", alloy.WithRetry(alloy.Retry{Attempts: 3}), alloy.WithProvider(model))
	if err != nil || got.Total.Amount != 12 || got.Code.text != "b" || string(got.Rest) != `{"x":[1]}` {
		t.Fatalf("got %+v, %v", got, err)
	}
	if text := model.Requests()[0].Output.Text(); !strings.Contains(text, `"enum":["a","b"]`) {
		t.Errorf("schema %s", text)
	}
}

func TestForeignType(t *testing.T) {
	got, err := NumberCommand.Parse(`{"value":123456789012345678901234567890}`)
	if err != nil || got.String() != "123456789012345678901234567890" {
		t.Errorf("got %v, %v", got, err)
	}
}
