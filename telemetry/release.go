package telemetry

import (
	"runtime/debug"
	"strings"
)

// Release returns the release of this program: the one that its build was told, or
// else what the Go toolchain has recorded of the sources.
func Release(built string) string {
	if built != "" {
		return built
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return strings.Trim(info.Main.Version, "()") // "(devel)" in a working tree
	}
	return "unknown"
}
