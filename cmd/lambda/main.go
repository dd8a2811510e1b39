// Command lambda is every function of the deployment on AWS Lambda: which one
// a process is, the variable _HANDLER says. See package function.
package main

import (
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"comanda/function"
	"comanda/telemetry"
)

// version is set by scripts/lambda: -ldflags "-X main.version=1.2.3".
var version string

func main() {
	h, err := function.New(os.Getenv, os.Stdout, telemetry.Release(version))
	if err != nil {
		telemetry.NewLogger(os.Stdout, slog.LevelInfo, true, "comanda").Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
	slog.SetDefault(h.Logger()) // the runtime's own lines, too
	lambda.Start(h)
}
