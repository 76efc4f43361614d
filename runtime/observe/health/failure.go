package health

import (
	"errors"
	"net/http"

	alloy "github.com/alloygen/alloygen/runtime"
	"github.com/alloygen/alloygen/runtime/provider"
)

// judge says whether a request counts as a call to the model, and whether that has failed. Those that fail are those that count
// for a breaker.
func judge(e *alloy.RequestFinished) (call, failed bool) {
	switch {
	case e.Lost:
		return false, false
	case e.Err == nil:
		return true, false
	}
	perr, _ := errors.AsType[*provider.Error](e.Err)
	switch e.Kind {
	case alloy.KindTimeout, alloy.KindOverloaded, alloy.KindMalformed:
		return true, true
	case alloy.KindNetwork:
		call = perr == nil || !perr.Reused // a connection that the server closed while it was idle says nothing of the model
		return call, call
	case alloy.KindServer:
		return true, perr == nil || perr.Status != http.StatusRequestTimeout && perr.Status != http.StatusConflict
	case alloy.KindRateLimit, alloy.KindQuota, alloy.KindInvalid, alloy.KindContextWindow, alloy.KindTooLarge, alloy.KindRefusal:
		return true, false
	}
	return false, false // canceled, a mistake in the configuration, a class of a provider's own
}
