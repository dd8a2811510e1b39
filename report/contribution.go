package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"comanda/feed"
	"comanda/order"

	"github.com/go-json-experiment/json/jsontext"
)

// kind is what a counter is about.
type kind string

const (
	ofStatus  kind = "s" // one status, of all time or of a day
	ofProduct kind = "p"
	ofCourier kind = "c"
)

// kinds are those that this release knows.
var kinds = []kind{ofStatus, ofProduct, ofCourier}

// key names a counter within its scope.
type key struct {
	kind kind
	a, b string // status: day ("" for all time), status; product: restaurant, item; courier: id, ""
}

// tally is what a counter counts. Tallies add up, whatever the order.
type tally struct {
	orders, units int64
	revenue       Amount
}

func (t tally) plus(o tally) tally {
	return tally{t.orders + o.orders, t.units + o.units, t.revenue.Plus(o.revenue)}
}

func (t tally) minus(o tally) tally {
	return tally{t.orders - o.orders, t.units - o.units, t.revenue.Minus(o.revenue)}
}

// label is how the latest order calls what a counter is about.
type label struct {
	name string
	ids  [2]order.ID // of a product or courier, as in its key, in the form in which they came
	at   int64       // when that order was placed, in milliseconds since 1970
	of   int         // its version; 0: no label
}

// latest returns the label of the later order. It is a maximum, so that it doesn't
// matter in which order labels come, or how often.
func latest(l, o label) label {
	if cmp.Or(cmp.Compare(l.at, o.at), cmp.Compare(l.of, o.of), strings.Compare(l.name, o.name)) < 0 {
		return o
	}
	return l
}

// part is what an order, or a change of one, adds to one counter.
type part struct {
	key
	tally
	label
	row jsontext.Value // of a kind that this release doesn't know, and nothing else of it; nil: it does
}

// change is what one event adds to counters: of all time, and of one day. Its times are
// in milliseconds since 1970.
type change struct {
	sequence feed.Sequence
	at       int64  // when the event was committed
	placed   int64  // when the order was, which says its business day
	parts    []part // without a day
}

func (c change) day(zone *time.Location) string { return dayOf(time.UnixMilli(c.placed), zone) }

func (c change) mark(shard string) mark {
	return mark{shard, c.sequence, hourOf(time.UnixMilli(c.at))}
}

// Bounds of what is counted. Orders that this service has taken are within them.
const (
	maxItems  = 500
	maxUnits  = 1_000_000_000_000
	maxStatus = 64 // bytes that are looked at of a status that isn't ours
)

// contribution returns what an order adds to counters while it is as it is. It
// is nothing when there is no order. An error says why it can't be counted.
func contribution(o *order.Order) ([]part, error) {
	if o == nil {
		return nil, nil
	}
	if len(o.Items) > maxItems {
		return nil, fmt.Errorf("it has %d items, and %d at most are counted", len(o.Items), maxItems)
	}
	products := make([]part, 0, len(o.Items)+2)
	var units int64
	for _, item := range o.Items {
		revenue, err := item.Price.Times(item.Quantity)
		if err != nil {
			return nil, errors.New("an item's price times its quantity is out of range")
		}
		if q := int64(item.Quantity); q > maxUnits || q < -maxUnits {
			return nil, errors.New("an item's quantity is out of range")
		}
		units += int64(item.Quantity)
		products = addProduct(products, o, item, tally{1, int64(item.Quantity), AmountOf(revenue)})
	}
	whole := tally{1, units, AmountOf(o.Total)}
	parts := []part{{key: key{ofStatus, "", clip(string(o.Status), maxStatus)}, tally: whole}}
	if o.Status == order.Canceled {
		return parts, nil
	}
	parts = append(parts, products...)
	if d := o.Delivery; d != nil {
		parts = append(parts, part{key: key{ofCourier, d.ID.String(), ""}, tally: whole, label: labelOf(o, d.Name, d.ID, order.ID{})})
	}
	return parts, nil
}

// addProduct adds an item to the products of its order, in which it can occur more than once.
func addProduct(products []part, o *order.Order, item order.Item, t tally) []part {
	k := key{ofProduct, o.Restaurant.String(), item.ID.String()}
	i := slices.IndexFunc(products, func(p part) bool { return p.key == k })
	if i < 0 {
		return append(products, part{key: k, tally: t, label: labelOf(o, item.Name, o.Restaurant, item.ID)})
	}
	t.orders = 0
	products[i].tally = products[i].plus(t)
	return products
}

func labelOf(o *order.Order, name string, a, b order.ID) label {
	return label{clip(name, 4*order.MaxName), [2]order.ID{a, b}, o.OrderTime.UnixMilli(), o.Version}
}

// clip cuts text of other software to n bytes at most, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// changesOf returns what an event changes: mostly one change; none when nothing
// is counted differently; two when the order was placed at another time than before. The
// error says why the order after it can't be counted; it then counts as gone.
func changesOf(e feed.Event) ([]change, error) {
	before, _ := contribution(e.Before) // what can't be counted hasn't been
	after, err := contribution(e.After)
	of := func(o *order.Order, parts []part) []change {
		if len(parts) == 0 {
			return nil
		}
		return []change{{e.Sequence, e.Time.UnixMilli(), o.OrderTime.UnixMilli(), parts}}
	}
	switch {
	case len(before) == 0:
		return of(e.After, after), err
	case len(after) == 0:
		return of(e.Before, difference(before, nil)), err
	case !e.Before.OrderTime.Equal(e.After.OrderTime):
		return append(of(e.Before, difference(before, nil)), of(e.After, after)...), err
	}
	return of(e.After, difference(before, after)), err
}

// difference returns after - before, without what is the same in both.
func difference(before, after []part) []part {
	var out []part
	find := func(in []part, k key) (part, bool) {
		i := slices.IndexFunc(in, func(p part) bool { return p.key == k })
		if i < 0 {
			return part{}, false
		}
		return in[i], true
	}
	for _, p := range after {
		was, found := find(before, p.key)
		renamed := p.name != was.name || p.ids != was.ids
		if p.tally = p.minus(was.tally); !found || p.tally != (tally{}) || renamed {
			out = append(out, p)
		}
	}
	for _, p := range before {
		if _, found := find(after, p.key); !found {
			out = append(out, part{key: p.key, tally: tally{}.minus(p.tally)})
		}
	}
	return out
}

func dayOf(t time.Time, zone *time.Location) string { return order.DayOf(t, zone).String() }

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }
