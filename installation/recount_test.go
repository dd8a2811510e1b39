package installation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"comanda/report"
)

func TestARebuildWaitsForOrdersToStandStill(t *testing.T) {
	var notes []string
	c := Recount{Note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
	answers := []error{&report.Unsettled{}, fmt.Errorf("rebuild: %w", report.ErrOvertaken), nil}
	pauses := 0
	pause := func(_ context.Context, d time.Duration) error {
		if pauses++; d != report.Quiet {
			t.Errorf("pause: got %v, want %v", d, report.Quiet)
		}
		return nil
	}
	do := func() error { err := answers[0]; answers = answers[1:]; return err }
	if err := c.patiently(t.Context(), pause, do); err != nil || pauses != 2 || len(answers) != 0 {
		t.Errorf("got %v after %d pauses, want success after 2", err, pauses)
	}
	if err := c.patiently(t.Context(), pause, func() error { return io.ErrUnexpectedEOF }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "waiting") {
		t.Errorf("notes: got %q, want one that it waits", notes)
	}
}
