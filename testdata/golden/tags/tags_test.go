package tags

import (
	"testing"
	"time"
)

func TestBothFiles(t *testing.T) {
	if got, err := AlwaysCommand.Parse(`{"value":3}`); err != nil || got != 3 {
		t.Error(got, err)
	}
	if got, err := ConstrainedCommand.Parse(`{"value":"3s"}`); err != nil || got != 3*time.Second {
		t.Error(got, err)
	}
}
