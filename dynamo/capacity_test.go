package dynamo

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
)

// workshopOrder is the order that the tests of the workshop place.
func workshopOrder(t *testing.T, note string) order.Content {
	t.Helper()
	number := func(s string) order.ID {
		id, err := order.ParseID(s, true)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	return order.Content{
		Restaurant: number("1"), Total: 199_700, Note: note,
		Items: []order.Item{
			{ID: number("1"), Name: "Spaghetti", Price: 99_900, Quantity: 1},
			{ID: number("2"), Name: "Pizza - SMALL", Price: 49_900, Quantity: 2},
		},
	}
}

// customer is an id as Cognito makes them.
const customer = "7a1c2f4e-0b52-4f0c-9d2e-3c5a7b9d1e2f"

var noon = time.Date(2026, 3, 14, 12, 0, 0, 250_000_000, time.UTC)

// padding returns the note with which an order's item has a size.
func padding(t *testing.T, s *Store, size int) string {
	t.Helper()
	const note = "x"
	r, err := order.Encode(order.Place(customer, "o-00", workshopOrder(t, note), order.AcceptTotal, noon))
	if err != nil {
		t.Fatal(err)
	}
	it, err := s.tables[order.TableName].item(r, storage.NewCommitID())
	if err != nil {
		t.Fatal(err)
	}
	missing := size - itemSize(it)
	if missing < 0 {
		t.Fatalf("the order has %d bytes without padding, want %d at most", itemSize(it), size)
	}
	return note + strings.Repeat("x", missing)
}

func TestWhatOrdersCost(t *testing.T) {
	m := &meter{}
	s := openTables(t, []storage.Table{order.Table}, Options{}, m.option)
	for _, c := range []struct {
		name, user, note string
		want             map[string]usage
	}{
		{"two items", strings.Replace(customer, "7", "8", 1), "", map[string]usage{
			"place": {1, 0, 3}, "replay": {1, 0, 0}, "get": {1, 1, 0}, "edit": {2, 1, 1},
			"acknowledge": {2, 1, 1}, "acknowledge again": {1, 1, 0}, "cancel": {2, 1, 2}}},
		{"1024 bytes", customer, padding(t, s, 1024), map[string]usage{
			"place": {1, 0, 3}, "replay": {1, 0, 0}, "get": {1, 1, 0}, "edit": {2, 1, 2},
			"acknowledge": {2, 1, 2}, "acknowledge again": {1, 1, 0}, "cancel": {2, 1, 3}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, op := range operations(t, s, c.user, c.note) {
				got := m.of(t, op.do)
				want, counted := c.want[op.name]
				if counted && got != want {
					t.Errorf("%s: got %+v, want %+v", op.name, got, want)
				}
				delete(c.want, op.name)
			}
			if len(c.want) > 0 {
				t.Errorf("operations that nobody did: got %v, want none", c.want)
			}
		})
	}
}

type namedOperation struct {
	name string
	do   func() error
}

// operations are what is done with the orders of a customer; each needs those
// before it.
func operations(t *testing.T, s *Store, user, note string) []namedOperation {
	ctx, now := context.Background(), noon
	service := order.NewService(s, order.AcceptTotal, func() time.Time { return now })
	content := workshopOrder(t, note)
	place := func(id string) func() error {
		return func() error {
			_, _, err := service.Place(ctx, user, order.Placement{OrderID: id, Content: content}, "", "")
			return err
		}
	}
	acknowledge := func() error {
		step := order.Step{Status: order.Acknowledged}
		_, err := service.Advance(ctx, "staff", user, "o-02", step, nil, func(string) bool { return true })
		return err
	}
	return []namedOperation{
		{"place", place("o-01")},
		{"replay", place("o-01")},
		{"get", func() error { _, err := service.Get(ctx, user, "o-01"); return err }},
		{"edit", func() error {
			edited := workshopOrder(t, note)
			edited.Items[0].Quantity = 2
			_, err := service.Edit(ctx, user, "o-01", edited, nil)
			return err
		}},
		{"place another", place("o-02")},
		{"acknowledge", acknowledge},
		{"acknowledge again", acknowledge},
		{"place a third", place("o-03")},
		{"cancel", func() error {
			now = now.Add(time.Minute)
			_, err := service.Cancel(ctx, user, "o-03", nil)
			return err
		}},
	}
}

func TestWhatListsCost(t *testing.T) {
	m := &meter{}
	s := openTables(t, []storage.Table{order.Table}, Options{}, m.option)
	now := noon
	service := order.NewService(s, order.AcceptTotal, func() time.Time { return now })
	ctx := context.Background()
	for i := range 30 {
		now = now.Add(time.Second)
		p := order.Placement{OrderID: fmt.Sprint("o-", i), Content: workshopOrder(t, "")}
		if _, _, err := service.Place(ctx, customer, p, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		list func(context.Context, order.Filter) (order.Page, error)
		want usage
	}{
		{"the latest 20 of a customer", func(ctx context.Context, f order.Filter) (order.Page, error) { return service.List(ctx, customer, f) }, usage{1, 22, 0}},
		{"the oldest 20 of a queue", func(ctx context.Context, f order.Filter) (order.Page, error) { return service.Queue(ctx, "1", f) }, usage{2, 20.5, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := m.of(t, func() error {
				page, err := c.list(ctx, order.Filter{Limit: 20})
				if err == nil && (len(page.Orders) != 20 || page.Next == "") {
					return fmt.Errorf("got %d orders, next %q; want 20 and a next page", len(page.Orders), page.Next)
				}
				return err
			})
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAnItemOfOneUnitIsOfTheSizeThatIsComputed(t *testing.T) {
	m := &meter{}
	s := openTables(t, []storage.Table{order.Table}, Options{}, m.option)
	note := padding(t, s, 1024)
	for i, c := range []struct {
		note string
		want float64
	}{{note, 3}, {note + "x", 4}} {
		r, err := order.Encode(order.Place(customer, fmt.Sprint("o-", 10+i), workshopOrder(t, c.note), order.AcceptTotal, noon))
		if err != nil {
			t.Fatal(err)
		}
		got := m.of(t, func() error {
			return s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &r}}})
		})
		if got.write != c.want {
			t.Errorf("an item of %d bytes: got %v write units with its index entries, want %v", 1024+i, got.write, c.want)
		}
	}
}
