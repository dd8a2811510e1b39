package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"comanda/client"
	words "comanda/terminal"
)

// orderText returns one order in full.
func orderText(o client.Order) (string, error) {
	t := newTable()
	t.row("Order", o.OrderID)
	t.row("Status", o.Status)
	t.row("Restaurant", o.Restaurant)
	for i, item := range o.Items {
		label := "Items"
		if i > 0 {
			label = ""
		}
		t.row(label, fmt.Sprintf("%d x %s (%v) at %s", item.Quantity, item.Name, item.ID, item.Price))
	}
	t.row("Total", o.Total)
	if o.Delivery != nil {
		t.row("Courier", fmt.Sprintf("%s (%v)", o.Delivery.Name, o.Delivery.ID))
	}
	t.optional("Note", o.Note)
	t.optional("Address", o.Address)
	t.row("Placed", o.OrderTime.Format(time.RFC3339))
	t.row("Changed", fmt.Sprintf("%s, version %d", o.UpdatedAt.Format(time.RFC3339), o.Version))
	for _, h := range o.History {
		t.row(h.Status, strings.TrimRight(h.At.Format(time.RFC3339)+" by "+h.By+" "+h.Reason, " "))
	}
	return t.text()
}

// ordersText returns a list of orders, one a line.
func ordersText(orders []client.Order) (string, error) {
	if len(orders) == 0 {
		return "no orders\n", nil
	}
	t := newTable()
	t.row("ORDER", "STATUS", "RESTAURANT", "ITEMS", "TOTAL", "PLACED")
	for _, o := range orders {
		t.row(o.OrderID, o.Status, o.Restaurant, len(o.Items), o.Total, o.OrderTime.Format(time.RFC3339))
	}
	return t.text()
}

// Names and amounts that people see may come from strangers.
var (
	printable = words.Printable
	quote     = words.Quote
)

// table aligns columns.
type table struct {
	out *strings.Builder
	tab *tabwriter.Writer
}

func newTable() table {
	out := &strings.Builder{}
	return table{out, tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
}

func (t table) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			t.cell("\t")
		}
		t.cell(printable(fmt.Sprint(c)))
	}
	t.cell("\n")
}

func (t table) optional(name, value string) {
	if value != "" {
		t.row(name, value)
	}
}

// cell writes to memory, which doesn't fail.
func (t table) cell(text string) { _, _ = io.WriteString(t.tab, text) }

func (t table) text() (string, error) {
	err := t.tab.Flush()
	return t.out.String(), err
}
