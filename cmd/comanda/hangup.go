package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"comanda/installation"
	"comanda/terminal"
)

// hangups receives SIGHUP, which means two things: that the keys in the data
// directory or the certificate have changed, or that the terminal which the server was started from
// is gone.
type hangups struct {
	received chan os.Signal
	terminal []*os.File // streams that were a terminal at the start
}

// onHangup begins to receive before another process can know of the server: a signal
// that isn't received ends the process.
func (p program) onHangup() hangups {
	h := hangups{received: make(chan os.Signal, 1)}
	for _, f := range []*os.File{p.in, p.out, p.err} {
		if terminal.Is(f) {
			h.terminal = append(h.terminal, f)
		}
	}
	signal.Notify(h.received, syscall.SIGHUP)
	return h
}

// follow does what the signals mean, until ctx is done.
func (h hangups) follow(ctx context.Context, in *installation.Instance, stop func(), logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.received:
		}
		if len(h.terminal) > 0 && !slices.ContainsFunc(h.terminal, terminal.Is) {
			stop()
			return
		}
		in.ReloadCertificate()
		if err := in.ReloadKeys(); err != nil {
			logger.Error("the keys in the data directory are not used", "error", err.Error())
		}
	}
}
