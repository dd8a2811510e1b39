package terminal

import (
	"errors"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Step is how far a long operation is.
type Step struct {
	Phase, Of  string // what is done, and to what
	Done       int
	Total      int  // 0: not known
	OnlyOnABar bool // not worth a line
}

// Progress shows how far a long operation is: a bar on a terminal, and a line now and then
// anywhere else.
type Progress struct {
	Printer
	Bar bool // Err is a terminal

	bar   *progressbar.ProgressBar // nil before the first one
	shown Step                     // what was shown last
	next  int                      // what is done at the next line
}

// Lines for a program or a log come with every twentieth.
const linesPerStep = 20

// Show takes the news.
func (s *Progress) Show(at Step) {
	begins := at.Phase != s.shown.Phase || at.Of != s.shown.Of
	s.shown = at
	if !s.Bar || *s.JSON {
		s.line(at, begins)
		return
	}
	if begins {
		s.End()
	}
	if at.Done == 0 && at.Total == 0 {
		return // there is nothing to do
	}
	if s.bar == nil {
		s.bar = s.newBar(at)
	}
	_ = s.bar.Set(at.Done) // a bar that can't be drawn is no reason to stop
}

func (s *Progress) newBar(at Step) *progressbar.ProgressBar {
	total := at.Total
	if total == 0 {
		total = -1 // not known: it only turns
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(s.Err), progressbar.OptionSetDescription(at.Phase+" "+at.Of),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"),
		progressbar.OptionSetSpinnerChangeInterval(0), // or it goes on turning by itself, for ever
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30))
}

// line prints progress that is worth a line.
func (s *Progress) line(at Step, begins bool) {
	if at.OnlyOnABar || at.Total == 0 {
		return
	}
	if begins {
		s.next = 1
	}
	if at.Done < s.next && at.Done < at.Total {
		return
	}
	s.Note("%s %s: %d of %d", at.Phase, at.Of, at.Done, at.Total)
	s.next = at.Done + max(1, at.Total/linesPerStep)
}

// End takes the bar away.
func (s *Progress) End() {
	if s.bar != nil {
		_ = errors.Join(s.bar.Exit(), s.bar.Clear()) // as for Set
		s.bar = nil
	}
}
