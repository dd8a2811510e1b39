package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
)

// rendered is what an event changes: "s PLACED 1 2 2.5" and so on.
func rendered(changes []change) (out []string) {
	for _, c := range changes {
		for _, p := range c.parts {
			out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %d %d %s", c.day(berlin), p.kind, p.key.a, p.key.b, p.orders, p.units, p.revenue)), " "))
		}
	}
	slices.Sort(out)
	return out
}

func TestWhatEventsChange(t *testing.T) {
	placedOrder := placed(t, "o-1", "7", 2)
	staff := order.Actor{ID: "kit", Role: order.Staff}
	step := func(o order.Order, s order.Status, courier string) order.Order {
		t.Helper()
		st := order.Step{Status: s}
		if courier != "" {
			st.Delivery = &order.Courier{ID: mustID(t, courier, false), Name: "Luis"}
		}
		n, err := o.Advance(st, staff, evening)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	acknowledged := step(placedOrder, order.Acknowledged, "")
	dispatched := step(acknowledged, order.Dispatched, "M-3")
	canceled := step(dispatched, order.Canceled, "")
	erased := placedOrder
	erased.Note, erased.Version = "gone", 2
	twice := placedOrder
	twice.Items = append(slices.Clone(twice.Items), order.Item{ID: mustID(t, "7", true), Name: "Dish 7", Price: 5000, Quantity: 1})
	renamed := placedOrder
	renamed.Version = 2
	renamed.Items = []order.Item{{ID: mustID(t, "7", false), Name: "Stew", Price: 12_500, Quantity: 2}}
	moved := placedOrder
	moved.OrderTime = evening.AddDate(0, 0, 1)
	const day, next = "2026-11-20 ", "2026-11-21 "
	for _, c := range []struct {
		name          string
		before, after *order.Order
		want          []string
	}{
		{"a placement", nil, &placedOrder, []string{day + "p 1 7 1 2 2.5", day + "s PLACED 1 2 3"}},
		{"a status", &placedOrder, &acknowledged, []string{day + "s ACKNOWLEDGED 1 2 3", day + "s PLACED -1 -2 -3"}},
		{"a status with a courier", &acknowledged, &dispatched, []string{day + "c M-3 1 2 3", day + "s ACKNOWLEDGED -1 -2 -3", day + "s DISPATCHED 1 2 3"}},
		{"a cancellation", &dispatched, &canceled, []string{day + "c M-3 -1 -2 -3", day + "p 1 7 -1 -2 -2.5", day + "s CANCELED 1 2 3", day + "s DISPATCHED -1 -2 -3"}},
		{"the removal of a canceled order", &canceled, nil, []string{day + "s CANCELED -1 -2 -3"}},
		{"a removal", &placedOrder, nil, []string{day + "p 1 7 -1 -2 -2.5", day + "s PLACED -1 -2 -3"}},
		{"nothing that counts", &placedOrder, &erased, nil},
		{"the same item once more in one order", &placedOrder, &twice, []string{day + "p 1 7 0 1 0.5", day + "s PLACED 0 1 0"}},
		{"a new name", &placedOrder, &renamed, []string{day + "p 1 7 0 0 0"}},
		{"another day", &placedOrder, &moved, []string{day + "p 1 7 -1 -2 -2.5", day + "s PLACED -1 -2 -3", next + "p 1 7 1 2 2.5", next + "s PLACED 1 2 3"}},
		{"no order at all", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			changes, err := changesOf(eventTo(t, 1, c.before, c.after))
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Sorted(slices.Values(c.want))
			if got := rendered(changes); !slices.Equal(got, want) {
				t.Errorf("changes:\n got %q\nwant %q", got, want)
			}
		})
	}
}

func TestTheBusinessDayIsThatOfTheOrderInItsZone(t *testing.T) {
	o := placed(t, "o-1", "7", 1)
	for _, c := range []struct{ zone, time, want string }{
		{"UTC", "2026-11-20T23:59:59.999Z", "2026-11-20"},
		{"Europe/Berlin", "2026-11-20T22:59:59.999Z", "2026-11-20"},
		{"Europe/Berlin", "2026-11-20T23:00:00Z", "2026-11-21"},
		{"America/Lima", "2026-11-21T04:59:59Z", "2026-11-20"},
		{"Pacific/Kiritimati", "2026-12-31T10:00:00Z", "2027-01-01"},
	} {
		var err error
		if o.OrderTime, err = time.Parse(time.RFC3339, c.time); err != nil {
			t.Fatal(err)
		}
		changes, err := changesOf(eventTo(t, 1, nil, &o))
		if err != nil || len(changes) != 1 || changes[0].day(mustZone(c.zone)) != c.want {
			t.Errorf("%s in %s: got %+v, %v, want day %s", c.time, c.zone, changes, err, c.want)
		}
	}
}

func TestAnOrderBeyondAllBoundsCountsAsIfItWerentThere(t *testing.T) {
	good := placed(t, "o-1", "7", 2)
	for name, spoil := range map[string]func(*order.Order){
		"price times quantity": func(o *order.Order) { o.Items[0].Price, o.Items[0].Quantity = math.MaxInt64, 2 },
		"quantity":             func(o *order.Order) { o.Items[0].Price, o.Items[0].Quantity = 0, math.MaxInt64 },
		"negative quantity":    func(o *order.Order) { o.Items[0].Price, o.Items[0].Quantity = 0, math.MinInt64 },
		"items":                func(o *order.Order) { o.Items = slices.Repeat(o.Items, maxItems+1) },
	} {
		bad := good
		bad.Items = slices.Clone(good.Items)
		spoil(&bad)
		arrives, err := changesOf(eventTo(t, 1, nil, &bad))
		if err == nil || len(arrives) != 0 {
			t.Errorf("%s: got %v, %v, want nothing and a reason", name, arrives, err)
		}
		spoiled, err := changesOf(eventTo(t, 1, &good, &bad))
		if want := []string{"2026-11-20 p 1 7 -1 -2 -2.5", "2026-11-20 s PLACED -1 -2 -3"}; err == nil || !slices.Equal(rendered(spoiled), want) {
			t.Errorf("%s, after an order that counted: got %q, %v, want %q and a reason", name, rendered(spoiled), err, want)
		}
		mended, err := changesOf(eventTo(t, 2, &bad, &good))
		if want := []string{"2026-11-20 p 1 7 1 2 2.5", "2026-11-20 s PLACED 1 2 3"}; err != nil || !slices.Equal(rendered(mended), want) {
			t.Errorf("%s, mended: got %q, %v, want %q", name, rendered(mended), err, want)
		}
	}
}

func TestNamesAreThoseOfTheLatestOrder(t *testing.T) {
	file := openFile(t, tables)
	c := NewConsumer(configOf(file, &quiet{}))
	named := func(id, name string, minutes int) order.Order {
		o := placed(t, id, "7", 1)
		o.OrderTime = evening.Add(time.Duration(minutes) * time.Minute)
		o.Items[0].Name = name
		return o
	}
	first, latest, late := named("o-1", "Soup", 0), named("o-2", "Potage", 20), named("o-3", "Broth", 10)
	edited := latest
	edited.Version, edited.Items = 2, slices.Clone(latest.Items)
	edited.Items[0].Name = "Velouté"
	for i, e := range []struct {
		before, after *order.Order
		want          string
	}{{nil, &first, "Soup"}, {nil, &latest, "Potage"}, {nil, &late, "Potage"}, {&latest, &edited, "Velouté"}, {&first, nil, "Velouté"}} {
		if err := c.Consume(t.Context(), "s", []feed.Event{eventTo(t, i, e.before, e.after)}); err != nil {
			t.Fatal(err)
		}
		if got := mustRead(t, file).TopProducts; len(got) != 1 || got[0].Name != e.want {
			t.Errorf("name after event %d: got %+v, want %q", i, got, e.want)
		}
	}
}
