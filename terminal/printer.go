package terminal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Printer writes what a command has to say: for people or, with JSON, for programs. Those get one
// object a line, on Out what was asked for, and on Err what is to be noted.
type Printer struct {
	Out, Err io.Writer
	JSON     *bool
	Name     string // of the program, in front of notes for people
}

// Print writes text.
func (p Printer) Print(text string) error {
	if _, err := io.WriteString(p.Out, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// Result writes one thing: an object on one line, or for people text.
func (p Printer) Result(object any, format string, args ...any) error {
	if !*p.JSON {
		return p.Print(fmt.Sprintf(format, args...))
	}
	text, err := line(object)
	if err != nil {
		return err
	}
	return p.Print(text)
}

// line returns a value as one line of JSON, with strings as they were written.
func line(value any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(value)
	return b.String(), err
}

// Note writes a line for the person at the terminal, or an object. Err has no other
// place to complain to, so a failure to write it is ignored.
func (p Printer) Note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if *p.JSON {
		p.Complain(map[string]string{"note": text})
		return
	}
	_, _ = io.WriteString(p.Err, p.Name+": "+text+"\n")
}

// Hint writes to Err what is for people only.
func (p Printer) Hint(format string, args ...any) {
	if !*p.JSON {
		_, _ = fmt.Fprintf(p.Err, format, args...)
	}
}

// Complain writes an object of texts and numbers to Err.
func (p Printer) Complain(object any) {
	text, _ := line(object)
	_, _ = io.WriteString(p.Err, text)
}

// List is many things of one kind: each is a line of JSON as it comes, or all are a table at
// the end.
type List struct {
	Printer
	zone  *time.Location
	table Table
	rows  int
}

// When is the header of a column with times.
type When string

// List begins a list, whose times are shown in a zone that the header names.
func (p Printer) List(zone *time.Location, header ...any) *List {
	for i, h := range header {
		if h, ok := h.(When); ok {
			header[i] = fmt.Sprintf("%s (%s)", string(h), zone)
		}
	}
	return &List{Printer: p, zone: zone, table: NewTable(header...)}
}

// Add adds a thing: an object, and the cells of its row.
func (l *List) Add(object any, cells ...any) error {
	l.rows++
	if *l.JSON {
		return l.Result(object, "")
	}
	for i, c := range cells {
		if t, ok := c.(time.Time); ok {
			cells[i] = InZone(t, l.zone)
		}
	}
	l.table.Row(cells...)
	return nil
}

// End writes the table or, where people would see an empty one, what to say instead.
func (l *List) End(nothing string) error {
	switch {
	case *l.JSON:
		return nil
	case l.rows == 0:
		return l.Print(nothing + "\n")
	}
	return l.Print(l.table.String())
}

// InZone returns a time as it is shown in a zone, "" for none.
func InZone(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.RFC3339)
}
