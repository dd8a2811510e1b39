package installation

import (
	"os"
	"runtime/debug"
)

// What a server lets its memory grow to before it collects garbage. The heap of a server
// is small, and each hash of a password takes 19 MiB of it for a moment: with Go's own
// setting, 100, that alone means a collection at every sign-in. The limit keeps what is
// resident under 200 MB.
const (
	gcPercent   = 400
	memoryLimit = 160 << 20
)

// TuneMemory sets both, unless the operator has, by the variables that every program
// of Go knows.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
