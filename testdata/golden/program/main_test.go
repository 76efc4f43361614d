package main

import "testing"

func TestOffline(t *testing.T) { // F151
	first, err := Greet(t.Context(), "Ada")
	again, _ := Greet(t.Context(), "Ada")
	if err != nil || first == "" || first != again {
		t.Errorf("got %q, %q, %v", first, again, err)
	}
}
