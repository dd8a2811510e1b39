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

// Deliver sends a notification until it is taken, or ctx is done. told is told of every attempt. A
// request that runs when ctx ends goes on to its answer, so that what was taken is told.
func (f *Forwarder) Deliver(ctx context.Context, message string, body []byte, told func(Trial) error) error {
	for pause := firstForward; ; pause = min(2*pause, lastForward) {
		t := f.Send(context.WithoutCancel(ctx), message, body)
		if err := told(t); err != nil || t.Reason == "" {
			return err
		}
		if err := storage.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
