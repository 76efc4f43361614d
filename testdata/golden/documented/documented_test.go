package documented

import "testing"

func TestReadProduct(t *testing.T) {
	got, err := ReadProductCommand.Parse(`{"code":"AB","price":"12 EUR","discount":"5 %","size":"300 mm"}`)
	want := Product{Code: "AB", Price: Money{12}, Discount: Percent{5}, Size: Size{300}}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, text := range []string{
		`{"code":"abc","price":"12 EUR","discount":"5 %","size":"300 mm"}`,
		`{"code":"AB","price":"12 USD","discount":"5 %","size":"300 mm"}`,
		`{"code":"AB","price":"12 EUR","discount":"5","size":"300 mm"}`,
		`{"code":"AB","price":"12 EUR","discount":"5 %","size":"300 cm"}`,
	} {
		if got, err := ReadProductCommand.Parse(text); err == nil {
			t.Errorf("%s was taken: %+v", text, got)
		}
	}
}
