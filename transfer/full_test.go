package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"comanda/storage"
	"comanda/storagetest"
)

func TestAFullDestinationEndsTheCopyAtOnce(t *testing.T) {
	to := &storagetest.Scripted{Store: newStore(t), OnCommit: func(context.Context, storage.Commit) error {
		return fmt.Errorf("%w: free some disk space", storage.ErrFull)
	}}
	options := all(t, journalIn(t))
	options.Sleep = func(context.Context, time.Duration) error {
		t.Error("it waited, for nothing")
		return nil
	}
	_, err := Run(t.Context(), filled(t, 5), to, options)
	if !errors.Is(err, storage.ErrFull) || !strings.Contains(err.Error(), "goes on") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line with storage.ErrFull and what to do", err)
	}
}
