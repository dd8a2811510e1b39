package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	words "comanda/terminal"
)

// shownOrder is what people see of an order. Ids are numbers or strings, and
// amounts stay in the digits in which they came.
type shownOrder struct {
	OrderID      string      `json:"orderId"`
	UserID       string      `json:"userId"`
	RestaurantID any         `json:"restaurantId"`
	Items        []shownItem `json:"orderItems"`
	Total        json.Number `json:"totalAmount"`
	Status       string      `json:"status"`
	OrderTime    string      `json:"orderTime"`
	UpdatedAt    string      `json:"updatedAt"`
	Version      int         `json:"version"`
	Note         string      `json:"note"`
	Address      string      `json:"deliveryAddress"`
	Delivery     *struct {
		ID   any    `json:"id"`
		Name string `json:"name"`
	} `json:"delivery"`
	History []struct {
		Status string `json:"status"`
		At     string `json:"at"`
		By     string `json:"by"`
		Reason string `json:"reason"`
	} `json:"history"`
}

type shownItem struct {
	ID       any         `json:"id"`
	Name     string      `json:"name"`
	Price    json.Number `json:"price"`
	Quantity int         `json:"quantity"`
}

// decode reads an answer of the API for people.
func decode(body []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// orderText returns one order in full.
func orderText(body []byte) (string, error) {
	var o shownOrder
	if err := decode(body, &o); err != nil {
		return "", err
	}
	t := newTable()
	t.row("Order", o.OrderID)
	t.row("Status", o.Status)
	t.row("Restaurant", o.RestaurantID)
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
	t.row("Placed", o.OrderTime)
	t.row("Changed", fmt.Sprintf("%s, version %d", o.UpdatedAt, o.Version))
	for _, h := range o.History {
		t.row(h.Status, strings.TrimRight(h.At+" by "+h.By+" "+h.Reason, " "))
	}
	return t.text()
}

// ordersText returns a list of orders, one a line.
func ordersText(orders []json.RawMessage) (string, error) {
	if len(orders) == 0 {
		return "no orders\n", nil
	}
	t := newTable()
	t.row("ORDER", "STATUS", "RESTAURANT", "ITEMS", "TOTAL", "PLACED")
	for _, raw := range orders {
		var o shownOrder
		if err := decode(raw, &o); err != nil {
			return "", err
		}
		t.row(o.OrderID, o.Status, o.RestaurantID, len(o.Items), o.Total, o.OrderTime)
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
