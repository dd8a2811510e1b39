package main

import (
	"io"
	"strings"
	"testing"
)

func TestQuickChangesOnlyWhatIsNotGiven(t *testing.T) {
	for _, c := range []struct {
		args                    string
		rounds, seconds, orders int
	}{
		{"", 5, 8, 1_000_000},
		{"-quick", 1, 1, 5000},
		{"-quick -rounds 3", 3, 1, 5000},
		{"-orders 20000 -quick", 1, 1, 20000},
	} {
		o, err := parse(strings.Fields(c.args), io.Discard)
		if err != nil {
			t.Errorf("%q: %v", c.args, err)
			continue
		}
		if o.rounds != c.rounds || o.seconds != c.seconds || o.orders != c.orders {
			t.Errorf("%q: got %d rounds, %d seconds, %d orders, want %d, %d, %d", c.args, o.rounds, o.seconds, o.orders, c.rounds, c.seconds, c.orders)
		}
	}
}

func TestEveryBadFlagIsNamed(t *testing.T) {
	for args, want := range map[string]string{
		"-rounds 0":     "-rounds 0",
		"-seconds 1000": "-seconds 1000",
		"-orders 10":    "-orders 10",
		"-rows nothing": "none of ceiling-64, ",
		"-rows (":       "-rows",
		"more":          `"more"`,
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", args, err, want)
		}
	}
	_, err := parse([]string{"-rounds", "0", "-seconds", "0"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-rounds") || !strings.Contains(err.Error(), "-seconds") {
		t.Errorf("two bad flags: got %v, want both named", err)
	}
}
