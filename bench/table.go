package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// budget is what a row promises. Its zero value promises nothing.
type budget struct {
	least float64 // met by this and more
	below float64 // met by less than this
}

func (b budget) promises() bool { return b != budget{} }

// met judges a median.
func (b budget) met(value float64) bool {
	if b.below != 0 {
		return value < b.below
	}
	return value >= b.least
}

// verdict is the last column of a row.
func (b budget) verdict(values []float64) string {
	switch {
	case len(values) == 0:
		return "not measured"
	case !b.promises():
		return ""
	case b.met(median(values)):
		return "met"
	}
	return "**not met**"
}

// text is the column of the budget, in the unit of the row.
func (b budget) text(u unit) string {
	switch {
	case !b.promises():
		return ""
	case b.below != 0:
		return "under " + u.text(b.below)
	}
	return "at least " + u.text(b.least)
}

// unit says how values are shown.
type unit struct {
	decimals int    // -1: three significant digits
	suffix   string // after the number
}

func (u unit) number(v float64) string {
	decimals := u.decimals
	if decimals < 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(max(math.Abs(v), 1)))))
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}

// text shows a bound as it was chosen.
func (u unit) text(v float64) string {
	return strconv.FormatFloat(v, 'f', -1, 64) + u.suffix
}

// measured is the median and, of several values, the least and the greatest.
func (u unit) measured(values []float64) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return u.number(values[0]) + u.suffix
	}
	return fmt.Sprintf("%s%s (%s to %s)", u.number(median(values)), u.suffix, u.number(slices.Min(values)), u.number(slices.Max(values)))
}

// render returns the Markdown table.
func render(rows []row, measured results) string {
	var b strings.Builder
	b.WriteString("| Row | What | Budget | Measured | Verdict |\n|---|---|---|---|---|\n")
	for _, r := range rows {
		values := r.of(measured)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.name, r.what, r.budget.text(r.unit), r.unit.measured(values), r.budget.verdict(values))
	}
	return b.String()
}
