// Command lambda is every function of the deployment on AWS Lambda: which one
// a process is, the variable _HANDLER says. See package function.
package main

import (
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"

	"comanda/function"
	"comanda/telemetry"
)

// version is set at the release: -ldflags "-X main.version=1.2.3".
var version string

func main() {
	h, err := function.New(os.Getenv, os.Stdout, release())
	if err != nil {
		telemetry.NewLogger(os.Stdout, slog.LevelInfo, true, "comanda").Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	slog.SetDefault(h.Logger()) // the runtime's own lines, too
	lambda.Start(h)
}

// release returns the version that was set at the release, or what the Go
// toolchain has recorded.
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
