package report

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

var berlin = mustZone("Europe/Berlin")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// evening is when the random day begins: it crosses midnight, in Berlin first.
var evening = time.Date(2026, 11, 20, 19, 30, 0, 0, time.UTC)

// world makes changes of orders, as a store with a feed would, and knows the orders
// that are there.
type world struct {
	t      *testing.T
	random *rand.Rand
	now    time.Time
	step   time.Duration // at most, between two changes
	orders map[storage.Key]order.Order
	keys   []storage.Key
	shards []*shard
	placed int
	made   int // changes
	bad    int // records that can't be read

	commit func(k storage.Key, after *order.Order) // nil: changes are kept in shards
}

// shard is a part of the world's feed that has some of the customers.
type shard struct {
	id        string
	low, high int // customers: low to high-1
	closed    bool
	changes   []feed.Change
}

const customers = 64

func newWorld(t *testing.T, seed uint64, shards int) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 4)), now: evening, step: 9 * time.Second, orders: map[storage.Key]order.Order{}}
	for i := range shards {
		w.shards = append(w.shards, &shard{id: fmt.Sprintf("shardId-%020d-%08x", 1, i), low: i * customers / shards, high: (i + 1) * customers / shards})
	}
	return w
}

func mustID(t *testing.T, text string, number bool) order.ID {
	t.Helper()
	id, err := order.ParseID(text, number)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// content draws what a customer asks for: few products and couriers, so that their
// counters are changed often; now and then the same item twice.
func (w *world) content() order.Content {
	r := w.random
	c := order.Content{Restaurant: mustID(w.t, strconv.Itoa(1+r.IntN(4)), r.IntN(2) == 0)}
	for range 1 + r.IntN(3) {
		n := 1 + r.IntN(15)
		c.Items = append(c.Items, order.Item{
			ID: mustID(w.t, strconv.Itoa(n), r.IntN(9) > 0), Name: fmt.Sprintf("Dish %d", n),
			Price: order.Money(r.IntN(400_000)), Quantity: 1 + r.IntN(4),
		})
	}
	c.Total = order.Money(r.IntN(2_000_000))
	if r.IntN(3) > 0 {
		c.Delivery = w.courier()
	}
	if r.IntN(4) == 0 {
		c.Note = "ring twice"
	}
	return c
}

func (w *world) courier() *order.Courier {
	n := w.random.IntN(12)
	return &order.Courier{ID: mustID(w.t, "M-"+strconv.Itoa(n), false), Name: fmt.Sprintf("Rider %d", n)}
}

// change makes one change of some order.
func (w *world) change() {
	w.now = w.now.Add(time.Duration(w.random.Int64N(int64(w.step))))
	if len(w.orders) == 0 || w.random.IntN(5) < 2 {
		w.place()
		return
	}
	k := w.keys[w.random.IntN(len(w.keys))]
	before := w.orders[k]
	after, removed := w.changed(before)
	switch {
	case removed:
		w.record(k, &before, nil)
		delete(w.orders, k)
		w.keys = slices.DeleteFunc(w.keys, func(o storage.Key) bool { return o == k })
	case after.Version != before.Version:
		w.record(k, &before, &after)
		w.orders[k] = after
	default:
		w.place()
	}
}

func (w *world) place() {
	user := "u-" + strconv.Itoa(w.random.IntN(customers))
	w.placed++
	o := order.Place(user, "o-"+strconv.Itoa(w.placed), w.content(), order.AcceptTotal, w.now)
	k := storage.Key{Table: order.TableName, Partition: user, Sort: o.OrderID}
	w.record(k, nil, &o)
	w.orders[k] = o
	w.keys = append(w.keys, k)
}

// changed draws what happens to an order. A refusal leaves it as it is.
func (w *world) changed(o order.Order) (after order.Order, removed bool) {
	staff := order.Actor{ID: "kit", Role: order.Staff}
	next := map[order.Status]order.Status{order.Placed: order.Acknowledged, order.Acknowledged: order.Dispatched, order.Dispatched: order.Delivered}
	var err error
	after = o
	switch w.random.IntN(12) {
	case 0, 1, 2:
		after, err = o.Edit(w.content(), order.AcceptTotal, w.now)
	case 3:
		after, err = o.Cancel(w.now)
	case 4:
		after, err = o.Advance(order.Step{Status: order.Canceled}, staff, w.now)
	case 5:
		after = o.Erase(staff, w.now)
	case 6:
		return o, w.random.IntN(4) == 0
	default:
		s := order.Step{Status: next[o.Status]}
		if s.Status == order.Dispatched && w.random.IntN(2) == 0 {
			s.Delivery = w.courier()
		}
		if s.Status != "" {
			after, err = o.Advance(s, staff, w.now)
		}
	}
	if err != nil {
		return o, false
	}
	return after, false
}

// record puts a change into the open shard of its customer.
func (w *world) record(k storage.Key, before, after *order.Order) {
	w.made++
	if w.commit != nil {
		w.commit(k, after)
		return
	}
	number, err := strconv.Atoi(k.Partition[2:])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range w.shards {
		if s.closed || number < s.low || number >= s.high {
			continue
		}
		c := feed.Change{Sequence: feed.Sequence(fmt.Sprintf("1%020d", w.made*7))}
		c.ID, c.Key, c.Time = storage.NewCommitID(), k, w.now
		c.Before, c.After = w.document(before), w.document(after)
		s.changes = append(s.changes, c)
		return
	}
	w.t.Fatalf("customer %d has no shard", number)
}

// spoil puts a record that can't be read after the last change of some open shard.
func (w *world) spoil() {
	s := w.shards[w.random.IntN(len(w.shards))]
	if s.closed || len(s.changes) == 0 {
		return
	}
	w.bad++
	c := feed.Change{Sequence: feed.Sequence(fmt.Sprintf("1%020d", w.made*7+1+w.bad%6))}
	c.ID, c.Time, c.After = storage.NewCommitID(), w.now, []byte(`{"totalAmount":"much"}`)
	c.Key = storage.Key{Table: order.TableName, Partition: "u-0", Sort: "spoiled-" + strconv.Itoa(w.bad)}
	if c.Sequence.Compare(s.changes[len(s.changes)-1].Sequence) <= 0 {
		w.bad-- // there is one already
		return
	}
	s.changes = append(s.changes, c)
}

func (w *world) document(o *order.Order) []byte {
	if o == nil {
		return nil
	}
	r, err := order.Encode(*o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Doc
}

// split ends a shard, and two go on with its customers.
func (w *world) split(i int) {
	s := w.shards[i]
	if s.closed || s.high-s.low < 2 {
		return
	}
	s.closed = true
	middle := (s.low + s.high) / 2
	for j, bounds := range [2][2]int{{s.low, middle}, {middle, s.high}} {
		w.shards = append(w.shards, &shard{id: fmt.Sprintf("shardId-%020d-%08x", len(w.shards), j), low: bounds[0], high: bounds[1]})
	}
}

// events returns the changes of the world's only shard as events.
func (w *world) events() []feed.Event {
	out := make([]feed.Event, len(w.shards[0].changes))
	for i, c := range w.shards[0].changes {
		var err error
		if out[i], err = feed.Read(c); err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

// sum is what the recount adds up, in whole ten-thousandths.
type sum struct {
	units   int64
	revenue *big.Int
}

// recount adds up the orders of business days in the plainest way, and renders
// the numbers of the report that they must give.
func (w *world) recount(zone *time.Location, from, to string) string {
	statuses := map[string]int64{}
	for _, s := range order.Statuses {
		statuses[string(s)] = 0
	}
	revenue := new(big.Int)
	products, couriers, byDay := map[string]sum{}, map[string]sum{}, map[string]sum{}
	add := func(in map[string]sum, name string, units int64, amount int64) {
		s := in[name]
		if s.revenue == nil {
			s.revenue = new(big.Int)
		}
		s.units += units
		s.revenue.Add(s.revenue, big.NewInt(amount))
		in[name] = s
	}
	for _, o := range w.orders {
		day := o.OrderTime.In(zone).Format("2006-01-02")
		if day < from || to != "" && day >= to {
			continue
		}
		statuses[string(o.Status)]++
		if o.Status == order.Canceled {
			add(byDay, day, 0, 0)
			continue
		}
		revenue.Add(revenue, big.NewInt(int64(o.Total)))
		add(byDay, day, 1, int64(o.Total))
		units := int64(0)
		for _, item := range o.Items {
			units += int64(item.Quantity)
			add(products, o.Restaurant.String()+"/"+item.ID.String(), int64(item.Quantity), int64(item.Price)*int64(item.Quantity))
		}
		if o.Delivery != nil {
			add(couriers, o.Delivery.ID.String(), units, int64(o.Total))
		}
	}
	return fmt.Sprint("orders ", statuses, "\nrevenue ", revenue,
		"\nproducts ", ranked(products, true), "\nby units ", ranked(couriers, true), "\nby revenue ", ranked(couriers, false), "\ndays ", listed(byDay))
}

func ranked(in map[string]sum, byUnits bool) (out []string) {
	names := slices.SortedFunc(maps.Keys(in), func(a, b string) int {
		first := in[b].revenue.Cmp(in[a].revenue)
		if byUnits {
			first = cmp.Compare(in[b].units, in[a].units)
		}
		return cmp.Or(first, cmp.Compare(a, b))
	})
	for _, n := range names {
		out = append(out, fmt.Sprintf("%s:%d:%s", n, in[n].units, in[n].revenue))
	}
	return out
}

func listed(in map[string]sum) (out []string) {
	for _, n := range slices.Sorted(maps.Keys(in)) {
		out = append(out, fmt.Sprintf("%s:%d:%s", n, in[n].units, in[n].revenue))
	}
	return out
}

// plain renders the numbers of a report like recount does.
func plain(r Report) string {
	whole := func(a Amount) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(a.hi), 64)
		return n.Add(n, new(big.Int).SetUint64(a.lo))
	}
	var products, byDay []string
	for _, p := range r.TopProducts {
		products = append(products, fmt.Sprintf("%s/%s:%d:%s", p.RestaurantID, p.ID, p.Units, whole(p.Revenue)))
	}
	couriers := func(in []Courier) (out []string) {
		for _, c := range in {
			out = append(out, fmt.Sprintf("%s:%d:%s", c.ID, c.Units, whole(c.Revenue)))
		}
		return out
	}
	for _, d := range r.Days {
		byDay = append(byDay, fmt.Sprintf("%s:%d:%s", d.Date, d.Orders, whole(d.Revenue)))
	}
	return fmt.Sprint("orders ", r.Orders, "\nrevenue ", whole(r.Revenue),
		"\nproducts ", products, "\nby units ", couriers(r.CouriersByUnits), "\nby revenue ", couriers(r.CouriersByRevenue), "\ndays ", byDay)
}
