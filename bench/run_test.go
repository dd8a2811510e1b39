package main

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func names(trials []trial) string {
	var out []string
	for _, t := range trials {
		out = append(out, t.name)
	}
	return strings.Join(out, " ")
}

func TestEveryOtherRoundGoesBackwards(t *testing.T) {
	trials := []trial{{name: "a"}, {name: "b"}, {name: "once", once: true}, {name: "c"}}
	for round, want := range []string{"a b c", "c b a", "a b c"} {
		if got := names(inOrder(trials, round)); got != want {
			t.Errorf("round %d: got %s, want %s", round, got, want)
		}
	}
	if got, want := names(trials), "a b once c"; got != want {
		t.Errorf("the list itself has changed: got %s, want %s", got, want)
	}
}

func TestRoundsComeFirstAndWhatIsMadeOnceLast(t *testing.T) {
	var made []string
	making := func(name string) func(context.Context, *lab) (figures, error) {
		return func(context.Context, *lab) (figures, error) {
			made = append(made, name)
			return figures{"n": {float64(len(made))}}, nil
		}
	}
	trials := []trial{{name: "a", run: making("a")}, {name: "z", once: true, run: making("z")}, {name: "b", run: making("b")}}
	l := &lab{options: options{rounds: 2}, progress: io.Discard}
	measured := results{}
	if err := l.measure(t.Context(), trials, measured); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(made, " "), "a b b a z"; got != want {
		t.Errorf("order: got %s, want %s", got, want)
	}
	if got, want := measured["a.n"], []float64{1, 4}; !slices.Equal(got, want) {
		t.Errorf("a.n: got %v, want %v", got, want)
	}
}

func TestAFailedTrialEndsTheRunAndKeepsWhatWasMeasured(t *testing.T) {
	broken := errors.New("broken")
	trials := []trial{
		{name: "good", run: func(context.Context, *lab) (figures, error) { return figures{"n": {1}}, nil }},
		{name: "bad", run: func(context.Context, *lab) (figures, error) { return nil, broken }},
	}
	l := &lab{options: options{rounds: 3}, progress: io.Discard}
	measured := results{}
	err := l.measure(t.Context(), trials, measured)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "round 1 of 3, bad") {
		t.Errorf("got %v, want the cause with round and trial", err)
	}
	if got, want := len(measured["good.n"]), 1; got != want {
		t.Errorf("figures of the good trial: got %d, want %d", got, want)
	}
}

func TestEveryRowIsMadeOfTrialsThatExist(t *testing.T) {
	known := map[string]bool{}
	for _, tr := range allTrials() {
		if known[tr.name] {
			t.Errorf("there are two trials %s", tr.name)
		}
		known[tr.name] = true
	}
	used, seen := map[string]bool{}, map[string]bool{}
	for _, r := range allRows() {
		if seen[r.name] {
			t.Errorf("there are two rows %s", r.name)
		}
		seen[r.name] = true
		for _, name := range r.needs {
			used[name] = true
			if !known[name] {
				t.Errorf("row %s needs trial %s, which doesn't exist", r.name, name)
			}
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("trial %s is made for no row", name)
		}
	}
}

func TestOnlyTheTrialsOfTheWantedRowsAreMade(t *testing.T) {
	for pattern, want := range map[string]string{
		"^place-64$":  "ceiling-64 place-64",
		"^get$":       "get-small get-large",
		"pocketbase$": "place-64 pocketbase-64",
		"disk|memory": "memory disk",
	} {
		rows := selectRows(allRows(), regexp.MustCompile(pattern))
		if got := names(neededTrials(allTrials(), rows)); got != want {
			t.Errorf("-rows %s: got %s, want %s", pattern, got, want)
		}
	}
}
