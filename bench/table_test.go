package main

import "testing"

func TestVerdictsFollowTheMedian(t *testing.T) {
	for name, c := range map[string]struct {
		budget budget
		values []float64
		want   string
	}{
		"exactly the least":       {budget{least: 0.25}, []float64{0.25}, "met"},
		"less than the least":     {budget{least: 0.25}, []float64{0.2499}, "**not met**"},
		"exactly the bound":       {budget{below: 25}, []float64{25}, "**not met**"},
		"under the bound":         {budget{below: 25}, []float64{24.99}, "met"},
		"one bad round of three":  {budget{below: 25}, []float64{20, 90, 24}, "met"},
		"one good round of three": {budget{least: 5}, []float64{9, 4, 4.5}, "**not met**"},
		"nothing promised":        {budget{}, []float64{1}, ""},
		"nothing measured":        {budget{below: 25}, nil, "not measured"},
		"nothing at all":          {budget{}, nil, "not measured"},
	} {
		if got := c.budget.verdict(c.values); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestFiguresAreShownInTheirUnit(t *testing.T) {
	for _, c := range []struct {
		unit   unit
		values []float64
		want   string
	}{
		{ratio, []float64{0.256}, "0.256"},
		{ratio, []float64{0.24, 0.31, 0.27}, "0.270 (0.240 to 0.310)"},
		{times, []float64{5.04}, "5.0 times"},
		{perSecond, []float64{19999.6}, "20000 /s"},
		{milliseconds, []float64{4.123, 14.56, 221.4}, "14.6 ms (4.12 to 221)"},
		{milliseconds, []float64{0.5}, "0.50 ms"},
		{bytesEach, []float64{544.4}, "544 bytes"},
		{ratio, nil, ""},
	} {
		if got := c.unit.measured(c.values); got != c.want {
			t.Errorf("%v: got %q, want %q", c.values, got, c.want)
		}
	}
}

func TestBudgetsAreShownInTheUnitOfTheirRow(t *testing.T) {
	for _, c := range []struct {
		budget budget
		unit   unit
		want   string
	}{
		{budget{least: 0.3}, ratio, "at least 0.3"},
		{budget{least: 5}, times, "at least 5 times"},
		{budget{below: 25}, milliseconds, "under 25 ms"},
		{budget{below: 1.3}, ratio, "under 1.3"},
		{budget{}, ratio, ""},
	} {
		if got := c.budget.text(c.unit); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.budget, got, c.want)
		}
	}
}

func TestTheTableHasALineForEveryRow(t *testing.T) {
	rows := []row{
		quotient("place", "orders to the ceiling", budget{least: 0.25}, ratio, "a", "b"),
		plain("p99", "the slowest", budget{below: 25}, milliseconds, "a", "p99"),
		plain("gone", "never made", budget{below: 1}, megabytes, "c", "peak"),
	}
	measured := results{}
	measured.add("a", figures{"rate": {30}, "p99": {20}})
	measured.add("b", figures{"rate": {100}})
	measured.add("a", figures{"rate": {20}, "p99": {40}})
	measured.add("b", figures{"rate": {100}})
	want := "| Row | What | Budget | Measured | Verdict |\n|---|---|---|---|---|\n" +
		"| `place` | orders to the ceiling | at least 0.25 | 0.250 (0.200 to 0.300) | met |\n" +
		"| `p99` | the slowest | under 25 ms | 30.0 ms (20.0 to 40.0) | **not met** |\n" +
		"| `gone` | never made | under 1 MB |  | not measured |\n"
	if got := render(rows, measured); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
