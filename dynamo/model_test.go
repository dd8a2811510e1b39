package dynamo

import (
	"fmt"
	"time"

	"comanda/order"

	"github.com/anishathalye/porcupine"
)

// orderID names an order among those of all customers.
type orderID struct{ user, id string }

// ask is an operation on one order, at a time of its own.
type ask struct {
	orderID
	do    string // place, edit, cancel, advance, get, or see: found in a list
	with  order.Content
	step  order.Step
	match []int
	at    time.Time
}

// told is what the answer said about the order.
type told struct {
	doc      string // the order, encoded; "" when there is none
	replayed bool
	err      string
	unknown  bool // it may have happened at any time since, or may never
	nothing  bool // the answer was that nothing has happened
}

// known is what the model knows about one order.
type known struct {
	doc   string // "" when there is none
	order order.Order
}

// sequential decides each operation with the pure functions of package order, one
// after the other. An operation whose outcome is unknown may take effect at any time
// after its call, or at the end, where it makes no difference.
var sequential = porcupine.Model{
	Init:  func() any { return known{} },
	Equal: func(a, b any) bool { return a.(known).doc == b.(known).doc },
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byOrder := map[orderID][]porcupine.Operation{}
		for _, op := range history {
			id := op.Input.(ask).orderID
			byOrder[id] = append(byOrder[id], op)
		}
		var parts [][]porcupine.Operation
		for _, ops := range byOrder {
			parts = append(parts, ops)
		}
		return parts
	},
	Step: func(s, input, output any) (bool, any) {
		after, want := decide(s.(known), input.(ask))
		switch got := output.(told); {
		case got.unknown:
			return true, after
		case got.nothing:
			return true, s
		default:
			return got == want, after
		}
	},
	DescribeOperation: func(input, output any) string {
		in, out := input.(ask), output.(told)
		return fmt.Sprintf("%s %s %q match %v: %+v", in.do, in.step.Status, in.with.Note, in.match, out)
	},
}

func decide(s known, in ask) (known, told) {
	exists := s.doc != ""
	var o order.Order
	var err error
	switch {
	case in.do == "see":
		return s, told{doc: s.doc}
	case in.do == "place" && exists && !s.order.Repeats(in.with):
		return s, told{err: order.ErrReused.Error()}
	case in.do == "place" && exists:
		return s, told{doc: s.doc, replayed: true}
	case in.do == "place":
		o = order.Place(in.user, in.id, in.with, order.AcceptTotal, in.at)
	case !exists:
		return s, told{err: order.ErrNotFound.Error()}
	case in.do == "get":
		return s, told{doc: s.doc}
	case in.do == "edit":
		o, err = s.order.Edit(in.with, order.AcceptTotal, in.at)
	case in.do == "cancel":
		o, err = s.order.Cancel(in.at)
	default:
		o, err = s.order.Advance(in.step, order.Actor{ID: "staff", Role: order.Staff}, in.at)
	}
	switch {
	case in.match != nil && in.match[0] != s.order.Version:
		return s, told{err: order.ErrPrecondition.Error()}
	case err != nil:
		return s, told{err: err.Error()}
	}
	doc := encoded(o)
	return known{doc, o}, told{doc: doc}
}

// encoded returns the document of an order, or why there is none, which no other
// document equals.
func encoded(o order.Order) string {
	r, err := order.Encode(o)
	if err != nil {
		return err.Error()
	}
	return string(r.Doc)
}
