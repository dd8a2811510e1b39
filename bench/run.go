package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// trial is one measurement.
type trial struct {
	name string
	once bool // made after the rounds and a single time, because it takes long
	run  func(context.Context, *lab) (figures, error)
}

// figures are what a trial has measured, by metric: "rate" in requests a
// second, "p99" in milliseconds, "start" in milliseconds, "bytes".
type figures map[string][]float64

// results are the figures of all rounds, by trial and metric: "place-64.rate".
type results map[string][]float64

func (r results) add(trial string, f figures) {
	for metric, values := range f {
		key := trial + "." + metric
		r[key] = append(r[key], values...)
	}
}

// bench measures and prints the table, also when a trial has failed or the operator
// has interrupted it: what was measured until then is worth seeing.
func bench(ctx context.Context, o options, out, progress io.Writer) (err error) {
	rows := selectRows(allRows(), o.rows)
	trials := neededTrials(allTrials(), rows)
	l, err := newLab(ctx, o, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	measured := results{}
	started := time.Now()
	err = l.measure(ctx, trials, measured)
	_, printErr := fmt.Fprint(out, render(rows, measured), "\n", l.conditions(ctx, time.Since(started)))
	return errors.Join(err, printErr)
}

// measure makes the rounds, and after them the trials that are made once.
func (l *lab) measure(ctx context.Context, trials []trial, into results) error {
	for round := range l.options.rounds {
		for _, t := range inOrder(trials, round) {
			if err := l.try(ctx, t, fmt.Sprintf("round %d of %d", round+1, l.options.rounds), into); err != nil {
				return err
			}
		}
	}
	for _, t := range trials {
		if t.once {
			if err := l.try(ctx, t, "once", into); err != nil {
				return err
			}
		}
	}
	return nil
}

// inOrder returns the trials of a round. Every other round goes backwards, so
// that a machine that gets slower or faster favours no trial.
func inOrder(trials []trial, round int) []trial {
	repeated := slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return t.once })
	if round%2 == 1 {
		slices.Reverse(repeated)
	}
	return repeated
}

func (l *lab) try(ctx context.Context, t trial, when string, into results) error {
	f, err := t.run(ctx, l)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", when, t.name, err)
	}
	into.add(t.name, f)
	l.note("%s: %-16s %s", when, t.name, f)
	return nil
}

// String shows figures on a line of progress.
func (f figures) String() string {
	var parts []string
	for metric, values := range f {
		parts = append(parts, fmt.Sprintf("%s %.5g", metric, median(values)))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// neededTrials returns the trials that the rows are made of, in their order.
func neededTrials(trials []trial, rows []row) []trial {
	needed := map[string]bool{}
	for _, r := range rows {
		for _, name := range r.needs {
			needed[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(trials), func(t trial) bool { return !needed[t.name] })
}

// note tells the waiting operator how far it is. A closed terminal is no reason to stop.
func (l *lab) note(format string, args ...any) {
	_, _ = fmt.Fprintf(l.progress, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}

// temporary makes a directory of the lab for the caller alone.
func (l *lab) temporary(name string) (string, error) {
	path, err := os.MkdirTemp(l.dir, name+"-")
	if err != nil {
		return "", fmt.Errorf("make a temporary directory: %w", err)
	}
	return path, nil
}
