package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// spent is what requests have cost, in units as DynamoDB reports them. A refused
// write costs as much as if it had been applied, but nothing reports that.
type spent struct {
	mu                   sync.Mutex
	read, write, refused float64
	writes, refusals     int
}

// option has a client ask what each request costs.
func (s *spent) option(o *dynamodb.Options) {
	step := middleware.InitializeMiddlewareFunc("spent", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		switch in := in.Parameters.(type) {
		case *dynamodb.PutItemInput:
			in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		case *dynamodb.TransactWriteItemsInput:
			in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		case *dynamodb.GetItemInput:
			in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		}
		out, meta, err := next.HandleInitialize(ctx, in)
		if err != nil {
			return out, meta, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		switch out := out.Result.(type) {
		case *dynamodb.PutItemOutput:
			s.writes++
			s.write += aws.ToFloat64(out.ConsumedCapacity.CapacityUnits)
		case *dynamodb.TransactWriteItemsOutput:
			s.writes++
			for _, c := range out.ConsumedCapacity {
				s.write += aws.ToFloat64(c.CapacityUnits)
			}
		case *dynamodb.GetItemOutput:
			s.read += aws.ToFloat64(out.ConsumedCapacity.CapacityUnits)
		}
		return out, meta, err
	})
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(step, middleware.Before) })
}

func (s *spent) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read, s.write, s.refused, s.writes, s.refusals = 0, 0, 0, 0, 0
}

// billed is a store that adds what refused writes cost.
type billed struct {
	storage.Store
	spent *spent
}

func (b billed) Commit(ctx context.Context, c storage.Commit) error {
	err := b.Store.Commit(ctx, c)
	var conflict *storage.Conflict
	if errors.As(err, &conflict) {
		b.spent.mu.Lock()
		defer b.spent.mu.Unlock()
		b.spent.refusals++
		for _, w := range c.Writes {
			b.spent.refused += math.Ceil(float64(len(w.New.Doc)) / 1024)
		}
	}
	return err
}

// trade is a shop whose orders come at a rate: 500 products of 10 restaurants,
// 50 couriers, one to three items an order, and four changes of each order from
// placed to delivered.
type trade struct {
	random *rand.Rand
	now    time.Time
	ids    []order.ID
	made   int
}

func newTrade(t *testing.T) *trade {
	tr := &trade{random: rand.New(rand.NewPCG(1, 2)), now: evening}
	for n := range 51 {
		tr.ids = append(tr.ids, mustID(t, strconv.Itoa(n), true))
	}
	return tr
}

func (tr *trade) order() []feed.Event {
	r := tr.random
	c := order.Content{Restaurant: tr.ids[1+r.IntN(10)]}
	for range 1 + r.IntN(3) {
		n := 1 + r.IntN(50)
		c.Items = append(c.Items, order.Item{ID: tr.ids[n], Name: "Spaghetti alla no. " + strconv.Itoa(n), Price: order.Money(90_000 + 1000*n), Quantity: 1 + r.IntN(2)})
	}
	c.Total = order.Money(200_000 + r.IntN(10)*9900)
	tr.made++
	o := order.Place("u", "o-"+strconv.Itoa(tr.made), c, order.AcceptTotal, tr.now)
	courier := 1 + r.IntN(50)
	var events []feed.Event
	before := (*order.Order)(nil)
	for _, s := range []order.Status{order.Placed, order.Acknowledged, order.Dispatched, order.Delivered} {
		after := o
		after.Status, after.Version = s, o.Version+len(events)
		if s == order.Dispatched || s == order.Delivered {
			after.Delivery = &order.Courier{ID: tr.ids[courier], Name: "Courier no. " + strconv.Itoa(courier)}
		}
		events = append(events, feed.Event{Time: tr.now, Before: before, After: &after})
		before = &after
	}
	return events
}

// window returns the changes of one window of a shard.
func (tr *trade) window(orders int, from int64) []change {
	var changes []change
	for range orders {
		tr.now = tr.now.Add(time.Millisecond)
		for _, e := range tr.order() {
			e.Sequence = feed.SequenceOf(from + int64(len(changes)) + 1)
			of, err := changesOf(e)
			if err != nil {
				panic(err)
			}
			changes = append(changes, of...)
		}
	}
	return changes
}

// count counts the changes of a window as Window would, with as many changes an
// invocation as an event source mapping can deliver.
func (tr *trade) count(ctx context.Context, w *Window, r root, shard string, changes []change) error {
	var gathered []change
	for batch := range slices.Chunk(changes, 10_000) {
		gathered = append(gathered, batch...)
		state, err := encodeState(gathered)
		if err != nil {
			return err
		}
		if len(state) > maxState {
			if err := w.book.count(ctx, r, shard, gathered); err != nil {
				return err
			}
			gathered = nil
		}
	}
	return w.book.count(ctx, r, shard, gathered)
}

// TestWhatReportsCostOnDynamoDB prints the table of docs/measurements.md. Windows of 45
// seconds on 4 shards end at the same moment.
func TestWhatReportsCostOnDynamoDB(t *testing.T) {
	const shards, seconds = 4, 45
	cost := &spent{}
	store := openCloud(t, cost.option)
	rates := []int{1, 100}
	if os.Getenv("COMANDA_PROVE") != "" {
		rates = append(rates, 1000)
	}
	t.Logf("orders/s  WRU/order  refused WRU/order  writes/window  RRU/order")
	tr := newTrade(t)
	// Every page remembers the shards of its last hours; those of a stream last four.
	r, err := Config{Store: store, Zone: time.UTC}.openRoot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for n := range shards * keepMarks / 4 {
		r.Base = append(r.Base, mark{shardName(fmt.Sprint(n)), feed.SequenceOf(1<<62 + int64(n)), hourOf(tr.now)})
	}
	at := int64(0)
	round := func(orders int) {
		windows := make([][]change, shards)
		for i := range windows {
			windows[i] = tr.window(max(1, (orders+i)/shards), at)
			at += int64(len(windows[i])) * 2
		}
		var running sync.WaitGroup
		for i, changes := range windows {
			running.Go(func() {
				w := NewWindow(configOf(billed{store, cost}, &quiet{}))
				if err := tr.count(t.Context(), w, r, fmt.Sprint("shardId-", i), changes); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
	}
	round(2500) // so that every product has been sold today
	for _, rate := range rates {
		cost.reset()
		before, rounds := tr.made, max(1, 6/rate)
		for range rounds {
			round(rate * seconds)
		}
		orders := float64(tr.made - before)
		t.Logf("%8d  %9.3f  %17.3f  %13.1f  %9.3f", rate, cost.write/orders, cost.refused/orders, float64(cost.writes)/float64(rounds*shards), cost.read/orders)
		if got := (cost.write + cost.refused) / orders; rate == 100 && got >= 0.1 {
			t.Errorf("at %d orders a second: got %.3f WRU an order, want less than 0.1", rate, got)
		}
	}
}
