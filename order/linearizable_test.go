package order

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"comanda/storage"
	"comanda/storagetest"

	"github.com/anishathalye/porcupine"
)

// ask is one operation of a client on one order of ana's, at a time of its own.
type ask struct {
	order string
	do    string // place, edit, cancel, get, or advance
	with  Content
	step  Step
	match []int
	at    time.Time
}

// told is what the client was answered.
type told struct {
	doc      string // the order, encoded
	replayed bool
	err      string
	unknown  bool // the operation may have happened at any time since, or may never
}

// state is what the sequential model knows about one order.
type state struct {
	doc   string // "" when there is none
	order Order
}

// sequential decides each operation with the pure functions, one after another.
var sequential = porcupine.Model{
	Init:  func() any { return state{} },
	Equal: func(a, b any) bool { return a.(state).doc == b.(state).doc },
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byOrder := map[string][]porcupine.Operation{}
		for _, op := range history {
			id := op.Input.(ask).order
			byOrder[id] = append(byOrder[id], op)
		}
		out := make([][]porcupine.Operation, 0, len(byOrder))
		for _, ops := range byOrder {
			out = append(out, ops)
		}
		return out
	},
	Step: func(s, input, output any) (bool, any) {
		after, want := decide(s.(state), input.(ask))
		switch got := output.(told); {
		case got.unknown:
			return true, after
		case got.err == "store a decision: "+storage.ErrContended.Error():
			return true, s
		default:
			return got == want, after
		}
	},
	DescribeOperation: func(input, output any) string {
		in, out := input.(ask), output.(told)
		return fmt.Sprintf("%s %s %s match %v: %+v", in.do, in.step.Status, in.with.Note, in.match, out)
	},
}

func decide(s state, in ask) (state, told) {
	exists := s.doc != ""
	var o Order
	var err error
	switch {
	case in.do == "place" && exists && !s.order.Repeats(in.with):
		return s, told{err: ErrReused.Error()}
	case in.do == "place" && exists:
		return s, told{doc: s.doc, replayed: true}
	case in.do == "place":
		o = Place("ana", in.order, in.with, AcceptTotal, in.at)
	case !exists:
		return s, told{err: ErrNotFound.Error()}
	case in.do == "get":
		return s, told{doc: s.doc}
	case in.do == "edit":
		o, err = s.order.Edit(in.with, AcceptTotal, in.at)
	case in.do == "cancel":
		o, err = s.order.Cancel(in.at)
	default:
		o, err = s.order.Advance(in.step, staff, in.at)
	}
	switch {
	case in.match != nil && (!exists || in.match[0] != s.order.Version):
		return s, told{err: ErrPrecondition.Error()}
	case err != nil:
		return s, told{err: err.Error()}
	}
	doc := encoded(o)
	return state{doc, o}, told{doc: doc}
}

// encoded returns the document of an order, or the reason why there is none,
// which no other document equals.
func encoded(o Order) string {
	r, err := Encode(o)
	if err != nil {
		return err.Error()
	}
	return string(r.Doc)
}

// client works on orders beside others, through a service and a store of its
// own that both lead to the same file.
type client struct {
	*Service
	store   *storagetest.Scripted
	at      time.Time // what the service's clock shows
	dice    *rand.Rand
	wasCut  bool // the latest commit ended with an unknown outcome
	history []porcupine.Operation
}

func newClient(store storage.Store, seed uint64) *client {
	c := &client{store: &storagetest.Scripted{Store: store}, dice: rand.New(rand.NewPCG(seed, 7))}
	c.Service = NewService(c.store, AcceptTotal, func() time.Time { return c.at })
	return c
}

// choose rolls an operation on an order. Each has a time of its own, so that
// every change can be told from every other.
func (c *client) choose(order string, serial int64) ask {
	in := ask{order: order, with: lunch(), at: noon.Add(time.Duration(serial) * time.Millisecond)}
	in.with.Note = []string{"", "a", "b"}[c.dice.IntN(3)]
	switch roll := c.dice.IntN(20); {
	case roll < 4:
		in.do = "place"
		if roll > 0 {
			in.with.Note = ""
		}
	case roll < 11:
		in.do = "edit"
	case roll < 14:
		in.do = "get"
	case roll < 15:
		in.do = "cancel"
	default:
		in.do, in.step = "advance", []Step{{Status: Acknowledged}, {Status: Dispatched, Delivery: dinner().Delivery},
			{Status: Dispatched}, {Status: Delivered}, {Status: Canceled, Reason: "closed"}}[roll-15]
	}
	if in.do == "edit" && c.dice.IntN(3) == 0 {
		in.match = []int{1 + c.dice.IntN(4)}
	}
	return in
}

func (c *client) perform(in ask) (out told) {
	c.at, c.wasCut = in.at, false
	var o Order
	var err error
	ctx := context.Background()
	switch in.do {
	case "place":
		o, out.replayed, err = c.Place(ctx, "ana", Placement{OrderID: in.order, Content: in.with}, route, "")
	case "edit":
		o, err = c.Edit(ctx, "ana", in.order, in.with, in.match)
	case "cancel":
		o, err = c.Cancel(ctx, "ana", in.order, in.match)
	case "get":
		o, err = c.Get(ctx, "ana", in.order)
	default:
		o, err = c.Advance(ctx, staff.ID, "ana", in.order, in.step, in.match, anyRestaurant)
	}
	switch {
	case errors.Is(err, storage.ErrUnknown):
		out.unknown = true
	case err != nil:
		out.err = err.Error()
	default:
		out.doc = encoded(o)
	}
	return out
}

// record performs an operation and writes down when it began and ended, by a
// count that all clients share. What ended unknown never ends. A placement that
// was cut off and then found the order is two operations: one that ended unknown,
// and a repetition of it.
func (c *client) record(id int, in ask, ticks *atomic.Int64) {
	op := porcupine.Operation{ClientId: id, Input: in, Call: ticks.Add(1)}
	out := c.perform(in)
	op.Output, op.Return = out, ticks.Add(1)
	if out.unknown {
		op.Return = math.MaxInt64
	}
	c.history = append(c.history, op)
	if c.wasCut && in.do == "place" && !out.unknown {
		op.Output, op.Return = told{unknown: true}, math.MaxInt64
		c.history = append(c.history, op)
	}
}

// together lets clients work on one order after another, all on the same, and
// returns what happened. rounds is the number of orders.
func together(clients []*client, rounds, each int) []porcupine.Operation {
	var ticks atomic.Int64
	for round := range rounds {
		order := fmt.Sprintf("o-%d", round)
		var wg sync.WaitGroup
		for id, c := range clients {
			wg.Go(func() {
				for range each {
					c.record(id, c.choose(order, ticks.Add(1)), &ticks)
				}
			})
		}
		wg.Wait()
		clients[0].record(0, ask{order: order, do: "get"}, &ticks)
	}
	var all []porcupine.Operation
	for _, c := range clients {
		all = append(all, c.history...)
	}
	return all
}
