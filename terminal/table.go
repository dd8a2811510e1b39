package terminal

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Table aligns columns for people. What strangers wrote in a cell can't move a cursor.
type Table struct {
	out *strings.Builder
	tab *tabwriter.Writer
}

// NewTable returns a table whose first row is the header.
func NewTable(header ...any) Table {
	out := &strings.Builder{}
	t := Table{out, tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	if len(header) > 0 {
		t.Row(header...)
	}
	return t
}

// Row adds a row.
func (t Table) Row(cells ...any) {
	var line strings.Builder
	for i, c := range cells {
		if i > 0 {
			line.WriteByte('\t')
		}
		line.WriteString(Printable(fmt.Sprint(c)))
	}
	_, _ = fmt.Fprintln(t.tab, line.String()) // to memory, which doesn't fail
}

// Optional adds a row of a name and its value, if there is one.
func (t Table) Optional(name, value string) {
	if value != "" {
		t.Row(name, value)
	}
}

// String returns the rows.
func (t Table) String() string {
	_ = t.tab.Flush() // as for Row
	return t.out.String()
}
