package main

import (
	"errors"
	"time"

	"comanda/transfer"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a copy is: a bar on a terminal, and a line now and then
// anywhere else.
type progress struct {
	program
	bar   *progressbar.ProgressBar // nil before the first one
	shown transfer.Progress        // what was shown last
	next  int                      // records at which there is another line
}

// Lines for a program or a log come with every twentieth of a table.
const linesPerTable = 20

// show takes the news of a copy.
func (s *progress) show(at transfer.Progress) {
	begins := at.Phase != s.shown.Phase || at.Table != s.shown.Table
	s.shown = at
	if !isTerminal(s.err) {
		s.line(at, begins)
		return
	}
	if begins {
		s.end()
	}
	if at.Records == 0 && at.Total == 0 {
		return // an empty table
	}
	if s.bar == nil {
		s.bar = newBar(s.program, at)
	}
	_ = s.bar.Set(at.Records) // a bar that can't be drawn is no reason to stop
}

func newBar(p program, at transfer.Progress) *progressbar.ProgressBar {
	total := at.Total
	if total == 0 {
		total = -1 // not known: it only turns
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(p.err), progressbar.OptionSetDescription(string(at.Phase)+" "+at.Table),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
		progressbar.OptionSetSpinnerChangeInterval(0), // or it goes on turning by itself, for ever
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// line prints progress that is worth a line.
func (s *progress) line(at transfer.Progress, begins bool) {
	if at.Phase == transfer.Counting || at.Total == 0 {
		return
	}
	if begins {
		s.next = 1
	}
	if at.Records < s.next && at.Records < at.Total {
		return
	}
	s.note("%s %s: %d of %d", at.Phase, at.Table, at.Records, at.Total)
	s.next = at.Records + max(1, at.Total/linesPerTable)
}

// end takes the bar away.
func (s *progress) end() {
	if s.bar != nil {
		_ = errors.Join(s.bar.Exit(), s.bar.Clear()) // as for Set
		s.bar = nil
	}
}
