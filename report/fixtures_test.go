package report

import (
	"strconv"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// placed returns an order with one item at 1.25, of restaurant 1.
func placed(t *testing.T, id, item string, quantity int) order.Order {
	t.Helper()
	return order.Place("ana", id, order.Content{
		Restaurant: mustID(t, "1", true), Total: 30_000,
		Items: []order.Item{{ID: mustID(t, item, false), Name: "Dish " + item, Price: 12_500, Quantity: quantity}},
	}, order.AcceptTotal, evening)
}

// placement returns the change that placing such an order makes.
func placement(t *testing.T, n int, item string, quantity int) feed.Change {
	t.Helper()
	o := placed(t, "o-"+strconv.Itoa(n), item, quantity)
	return changeTo(t, n, nil, &o)
}

// changeTo returns the n-th change of a feed.
func changeTo(t *testing.T, n int, before, after *order.Order) feed.Change {
	t.Helper()
	c := feed.Change{Sequence: feed.SequenceOf(int64(n + 1))}
	c.ID, c.Time = storage.NewCommitID(), evening.Add(time.Duration(n)*time.Millisecond)
	for o, doc := range map[*order.Order]*[]byte{before: &c.Before, after: &c.After} {
		if o == nil {
			continue
		}
		r, err := order.Encode(*o)
		if err != nil {
			t.Fatal(err)
		}
		c.Key, *doc = r.Key, r.Doc
	}
	return c
}

func eventTo(t *testing.T, n int, before, after *order.Order) feed.Event {
	t.Helper()
	e, err := feed.Read(changeTo(t, n, before, after))
	if err != nil {
		t.Fatal(err)
	}
	return e
}
