package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
	"comanda/user"
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
	missing := size - orderSize(t, s, customer, note)
	if missing < 0 {
		t.Fatalf("the order has %d bytes without padding, want %d at most", size-missing, size)
	}
	return note + strings.Repeat("x", missing)
}

// namedOperation is something that is done, and what it may use at most.
type namedOperation struct {
	name   string
	do     func() error
	budget usage // 0: no bound
	// refused are the units of a write that is refused, which DynamoDB charges and doesn't report.
	refused float64
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
	step := func(to order.Status) func() error {
		return func() error {
			_, err := service.Advance(ctx, "staff", user, "o-02", order.Step{Status: to}, nil, func(string) bool { return true })
			return err
		}
	}
	refused := wholeUnits(orderSize(t, s, user, note))
	return []namedOperation{
		{"place", place("o-01"), usage{1, 0, 3}, 0},
		{"place again (a repetition)", place("o-01"), usage{1, 0, 3}, refused},
		{"place another under the same id", func() error {
			other := workshopOrder(t, note)
			other.Items[0].Quantity = 3
			_, _, err := service.Place(ctx, user, order.Placement{OrderID: "o-01", Content: other}, "", "")
			return expected(err, order.ErrReused)
		}, usage{1, 0, 3}, refused},
		{"get", func() error { _, err := service.Get(ctx, user, "o-01"); return err }, usage{1, 1, 0}, 0},
		{"edit", func() error {
			edited := workshopOrder(t, note)
			edited.Items[0].Quantity = 2
			_, err := service.Edit(ctx, user, "o-01", edited, nil)
			return err
		}, usage{2, 0, 3}, 0},
		{"", place("o-02"), usage{}, 0},
		{"acknowledge", step(order.Acknowledged), usage{2, 0, 2}, 0},
		{"acknowledge again", step(order.Acknowledged), usage{1, 0, 0}, 0},
		{"dispatch", step(order.Dispatched), usage{2, 0, 2}, 0},
		{"deliver", step(order.Delivered), usage{2, 0, 3}, 0},
		{"", place("o-03"), usage{}, 0},
		{"cancel by the owner", func() error {
			now = now.Add(time.Minute)
			_, err := service.Cancel(ctx, user, "o-03", nil)
			return err
		}, usage{2, 0, 3}, 0},
		{"", func() error {
			for i := range 30 {
				now = now.Add(time.Second)
				if err := place(fmt.Sprintf("p-%02d", i))(); err != nil {
					return err
				}
			}
			return nil
		}, usage{}, 0},
		{"list the latest 20", func() error { return twenty(service.List(ctx, user, order.Filter{Limit: 20})) }, usage{requests: 1}, 0},
		{"queue, the oldest 20", func() error { return twenty(service.Queue(ctx, "1", order.Filter{Limit: 20})) }, usage{requests: 2}, 0},
	}
}

func twenty(page order.Page, err error) error {
	if err == nil && (len(page.Orders) != 20 || page.Next == "") {
		return fmt.Errorf("got %d orders, next %q; want 20 and a next page", len(page.Orders), page.Next)
	}
	return err
}

func expected(err, want error) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("got %w, want %w", err, want)
	}
	return nil
}

// orderSize returns the size of the item of an order just placed.
func orderSize(t *testing.T, s *Store, user, note string) int {
	t.Helper()
	r, err := order.Encode(order.Place(user, "o-00", workshopOrder(t, note), order.AcceptTotal, noon))
	if err != nil {
		t.Fatal(err)
	}
	it, err := s.tables[order.TableName].item(r, storage.NewCommitID())
	if err != nil {
		t.Fatal(err)
	}
	return itemSize(it)
}

// wholeUnits returns the write units of an item.
func wholeUnits(size int) float64 { return math.Ceil(float64(size) / 1024) }

// profileOperations are what is done with the profile of a user.
func profileOperations(s *Store) []namedOperation {
	ctx := context.Background()
	service := user.NewService(s, func() time.Time { return noon })
	full := user.Content{Name: "Ana Surname", Username: "ana", Email: "ana@example.com", Address: "1 Quay Street, 00000 Harbour"}
	moved := full
	moved.Address = "2 Quay Street, 00000 Harbour"
	renamed := moved
	renamed.Email = "ana.surname@example.com"
	return []namedOperation{
		{"create a profile with a name only", func() error {
			_, _, err := service.Create(ctx, "admin", user.Creation{ID: "u-1", Content: user.Content{Name: "Bea"}}, "")
			return err
		}, usage{}, 0},
		{"create a profile with e-mail and username", func() error {
			_, _, err := service.Create(ctx, "admin", user.Creation{ID: customer, Content: full}, "")
			return err
		}, usage{}, 0},
		{"get a profile", func() error { _, err := service.Get(ctx, customer); return err }, usage{requests: 1}, 0},
		{"change an address", func() error { _, err := service.Put(ctx, customer, moved, nil); return err }, usage{requests: 2}, 0},
		{"change an e-mail address", func() error { _, err := service.Put(ctx, customer, renamed, nil); return err }, usage{}, 0},
	}
}

// row is what an operation has used, with every shape of order.
type row struct {
	name    string
	used    []usage
	refused []float64
}

// measure does operations one after the other and returns what those with a name used. It
// fails the test for those that are over their budget.
func measure(t *testing.T, m *meter, ops []namedOperation) []row {
	t.Helper()
	var rows []row
	for _, op := range ops {
		got := m.of(t, op.do)
		if op.name == "" {
			continue
		}
		rows = append(rows, row{op.name, []usage{got}, []float64{op.refused}})
		got.write += op.refused
		if b := op.budget; b.requests > 0 && got.requests > b.requests || b.write > 0 && got.write > b.write || b.read > 0 && got.read > b.read {
			t.Errorf("%s: got %+v, want at most %+v", op.name, got, b)
		}
	}
	return rows
}

// beside puts the figures of b beside those of a.
func beside(t *testing.T, a, b []row) []row {
	t.Helper()
	for i := range a {
		if a[i].name != b[i].name {
			t.Fatalf("rows: got %s beside %s, want the same operations", b[i].name, a[i].name)
		}
		a[i].used, a[i].refused = append(a[i].used, b[i].used...), append(a[i].refused, b[i].refused...)
	}
	return a
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
