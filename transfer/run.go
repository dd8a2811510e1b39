package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"comanda/storage"
)

// Phase is what a copy is doing.
type Phase string

// The phases, in the order in which a table goes through them.
const (
	Counting  Phase = "counting"  // reading the source, to know how much there is
	Copying   Phase = "copying"   // into the destination
	Comparing Phase = "comparing" // reading both sides afresh
)

// Progress is how far a phase is with a table.
type Progress struct {
	Phase   Phase
	Table   string
	Records int // dealt with so far
	Total   int // as far as known; 0 while counting
}

// Options say what to copy, and how.
type Options struct {
	Tables   []string       // names, copied in this order
	Parallel int            // commits at once; 0: 64
	Journal  *Journal       // how far an earlier run has come; nil: none is kept
	Progress func(Progress) // told about every page, by one goroutine at a time; nil: none
	Keep     bool           // only fill gaps: another record that is there already stays, and is no failure

	Sleep func(context.Context, time.Duration) error // waits before a record is tried again; nil: a timer
}

const defaultParallel = 64

// Result is the comparison of one table. With [Options.Keep] the destination is
// looked at only under the keys that the source has.
type Result struct {
	Table   string  `json:"table"`
	From    Summary `json:"from"`
	To      Summary `json:"to"`
	Equal   bool    `json:"equal"`
	Written int     `json:"written"` // records that this run has written

	Differ int           `json:"differ,omitzero"` // with Keep: records that are others in the destination
	Kept   []storage.Key `json:"-"`               // the first of those, at most [MaxKept]
}

// errDiffers says that a comparison has failed.
var errDiffers = errors.New("source and destination differ")

// Run copies tables and compares them. The results are those of the comparison,
// also when the error says that tables differ. Interrupted by its context or a
// failure, it can be run again and goes on.
func Run(ctx context.Context, from, to storage.Store, opts Options) ([]Result, error) {
	if opts.Parallel == 0 {
		opts.Parallel = defaultParallel
	}
	if opts.Progress == nil {
		opts.Progress = func(Progress) {}
	}
	if opts.Sleep == nil {
		opts.Sleep = storage.Sleep
	}
	resumed := opts.Journal.began()
	results, err := run(ctx, from, to, opts)
	if errors.Is(err, errDiffers) && resumed { // the journal has promised too much: the destination was emptied, perhaps
		if err := opts.Journal.forget(); err != nil {
			return results, err
		}
		results, err = run(ctx, from, to, opts)
	}
	if err != nil {
		return results, err
	}
	return results, opts.Journal.Remove()
}

func run(ctx context.Context, from, to storage.Store, opts Options) ([]Result, error) {
	var results []Result
	for _, table := range opts.Tables {
		r, err := copyTable(ctx, from, to, table, opts)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	var differ []string
	for i := range results {
		r := &results[i]
		before := r.From
		if err := opts.comparison()(ctx, from, to, r, opts); err != nil {
			return nil, err
		}
		switch {
		case r.From != before:
			differ = append(differ, fmt.Sprintf("table %s was changed in the source meanwhile", r.Table))
		case opts.Keep && r.To.Records != r.From.Records:
			differ = append(differ, fmt.Sprintf("table %s lacks %d of %d records there", r.Table, r.From.Records-r.To.Records, r.From.Records))
		case !opts.Keep && !r.Equal:
			differ = append(differ, fmt.Sprintf("table %s has %d records there instead of %d, or others", r.Table, r.To.Records, r.From.Records))
		}
	}
	if len(differ) > 0 {
		return results, fmt.Errorf("%w: %s: %s", errDiffers, strings.Join(differ, "; "), opts.rule())
	}
	return results, nil
}

// comparison returns what compares one table at the end.
func (o Options) comparison() func(context.Context, storage.Store, storage.Store, *Result, Options) error {
	if o.Keep {
		return compareKept
	}
	return compare
}

// rule says what must hold for a comparison to succeed.
func (o Options) rule() string {
	if o.Keep {
		return "nothing may write to the source or delete in the destination meanwhile; the same command goes on"
	}
	return "nothing else may write to either side, and the destination must have been empty or hold a part of this copy"
}

// copyTable counts and copies a table.
func copyTable(ctx context.Context, from, to storage.Store, table string, opts Options) (Result, error) {
	r := Result{Table: table}
	var err error
	r.From, err = Sum(ctx, from, table, func(n int) { opts.Progress(Progress{Counting, table, n, 0}) })
	if err != nil {
		return r, err
	}
	earlier := opts.Journal.of(table).Records
	c := copier{from: from, to: to, table: table, parallel: opts.Parallel, journal: opts.Journal, keep: opts.Keep, sleep: opts.Sleep}
	c.step = func(n int) { opts.Progress(Progress{Copying, table, earlier + n, r.From.Records}) }
	err = c.run(ctx)
	r.Written = int(c.written.Load())
	return r, err
}

// compare reads both sides of a table again.
func compare(ctx context.Context, from, to storage.Store, r *Result, opts Options) error {
	total := 2 * r.From.Records
	var err error
	r.From, err = Sum(ctx, from, r.Table, func(n int) { opts.Progress(Progress{Comparing, r.Table, n, total}) })
	if err != nil {
		return err
	}
	r.To, err = Sum(ctx, to, r.Table, func(n int) { opts.Progress(Progress{Comparing, r.Table, r.From.Records + n, total}) })
	r.Equal = r.From == r.To
	return err
}
