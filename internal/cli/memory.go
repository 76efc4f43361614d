package cli

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// room is how much memory a run uses before garbage is collected, in bytes.
const room = 46 << 20

// collectLate puts off collecting garbage until room is used up, instead of whenever the heap has doubled: a run over a
// hundred packages then needs less memory, for it never has twice of what it uses. Once most of room is in use, the garbage
// collector goes back to its own ways, so that it does not run all the time. GOGC and GOMEMLIMIT, if set, win.
func collectLate() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(room)
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	var afterCollection func(struct{})
	afterCollection = func(struct{}) {
		if metrics.Read(live); live[0].Value.Uint64() > room/4*3 {
			debug.SetGCPercent(100)
			debug.SetMemoryLimit(math.MaxInt64)
			return
		}
		runtime.AddCleanup(new([1]*int), afterCollection, struct{}{})
	}
	runtime.AddCleanup(new([1]*int), afterCollection, struct{}{})
}
