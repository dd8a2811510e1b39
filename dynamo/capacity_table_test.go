package dynamo

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"comanda/order"
	"comanda/storage"
	"comanda/user"
)

// update rewrites the table in the documentation.
var update = flag.Bool("update", false, "rewrite docs/dynamodb.md with the figures measured")

// capacityDocument has the table between two marks.
const (
	capacityDocument = "../docs/dynamodb.md"
	beginTable       = "<!-- capacity: begin -->\n"
	endTable         = "<!-- capacity: end -->\n"
)

// TestWhatOperationsCost holds every operation to its budget, and the
// documentation to what was measured.
func TestWhatOperationsCost(t *testing.T) {
	m := &meter{}
	s := openTables(t, []storage.Table{order.Table, user.Table, user.Claims}, Options{}, m.option)
	other, note := strings.Replace(customer, "7", "8", 1), padding(t, s, 1024)
	if size := orderSize(t, s, customer, note); size != 1024 {
		t.Fatalf("the larger order: got an item of %d bytes, want 1024", size)
	}
	var b bytes.Buffer
	begin(&b, fmt.Sprintf("Order of two items, %d bytes", orderSize(t, s, other, "")), "Order of 1,024 bytes")
	rows := beside(t, measure(t, m, operations(t, s, other, "")), measure(t, m, operations(t, freshOrders(t, m), customer, note)))
	write(&b, "", rows)
	begin(&b, "Profile")
	write(&b, "", measure(t, m, profileOperations(s)))
	begin(&b, "Order of two items", "Order with the same note as ours of 1,024 bytes")
	theirs := beside(t, measure(t, m, newWorkshop(t, m, other, "").operations()), measure(t, m, newWorkshop(t, m, customer, note).operations()))
	write(&b, "workshop: ", theirs)
	compareTable(t, b.Bytes())
}

// freshOrders returns a store with a table of its own, so that no queue has the
// orders of another shape.
func freshOrders(t *testing.T, m *meter) *Store {
	return openTables(t, []storage.Table{order.Table}, Options{}, m.option)
}

func begin(b *bytes.Buffer, shapes ...string) {
	if b.Len() > 0 {
		b.WriteString("\n")
	}
	b.WriteString("| |")
	for _, s := range shapes {
		fmt.Fprintf(b, " %s: requests | read units | write units |", s)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|--:|--:|", len(shapes)) + "\n")
}

func write(b *bytes.Buffer, prefix string, rows []row) {
	for _, r := range rows {
		fmt.Fprintf(b, "| %s%s |", prefix, r.name)
		for i, u := range r.used {
			written := fmt.Sprint(u.write)
			if r.refused[i] > 0 {
				written = fmt.Sprint(u.write+r.refused[i], " (calculated)")
			}
			fmt.Fprintf(b, " %d | %v | %s |", u.requests, u.read, written)
		}
		b.WriteString("\n")
	}
}

func compareTable(t *testing.T, got []byte) {
	t.Helper()
	doc, err := os.ReadFile(capacityDocument)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(doc, []byte(beginTable))
	want, after, ok2 := bytes.Cut(rest, []byte(endTable))
	if !ok || !ok2 {
		t.Fatalf("%s: the marks around the table are missing", capacityDocument)
	}
	if bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Errorf("table of %s: got\n%s\nwant\n%s\n(-update rewrites it)", capacityDocument, got, want)
		return
	}
	text := string(before) + beginTable + string(got) + endTable + string(after)
	if err := os.WriteFile(capacityDocument, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
