package webhook

import (
	"context"
	"time"

	"comanda/storage"
)

// Pauses between two attempts to forward the same notification, which double.
const (
	firstForward = time.Second
	lastForward  = 15 * time.Second
)

// Deliver sends a notification until it is taken, or ctx is done. told is told of every attempt.
func (f *Forwarder) Deliver(ctx context.Context, message string, body []byte, told func(Trial) error) error {
	for pause := firstForward; ; pause = min(2*pause, lastForward) {
		t := f.Send(ctx, message, body)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := told(t); err != nil || t.Reason == "" {
			return err
		}
		if err := storage.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
