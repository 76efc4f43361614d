package cli

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// collectLate puts off collecting garbage until the heap has used a modest amount of memory: most runs end before that, and
// would spend a tenth of their time on it. Once most of that memory is in use, the garbage collector goes back to
// its own ways, so that it does not run all the time. GOGC and GOMEMLIMIT, if set, win.
func collectLate() {
	const room = 46 << 20 // in bytes
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
