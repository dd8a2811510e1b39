package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"comanda/payload"
	"comanda/storage"
)

// Service places, reads and changes orders in a store.
//
// Its errors are the package's own, or storage's: [storage.ErrBusy] and
// [storage.ErrUnknown] ask for a later try, which is safe, because every
// operation can be repeated.
type Service struct {
	store    storage.Store
	policy   TotalPolicy
	now      func() time.Time
	observer Observer
	terms    payload.Terms // of the request, see Under

	unreadable func(context.Context, *UnreadableError) // of what lists leave out
}

// Observer is told, for metrics, what was stored. Repetitions that change
// nothing aren't, except a repeated placement. Its methods must return at once.
type Observer interface {
	OrderPlaced(total Money)
	OrderReplayed()
	OrderCanceled()
}

type nobody struct{}

func (nobody) OrderPlaced(Money) {}
func (nobody) OrderReplayed()    {}
func (nobody) OrderCanceled()    {}

// NewService returns a service on a store that has [Table]. now is the clock of
// every rule.
func NewService(store storage.Store, policy TotalPolicy, now func() time.Time) *Service {
	return &Service{store: store, policy: policy, now: now, observer: nobody{}, unreadable: func(context.Context, *UnreadableError) {}}
}

// Observe names the observer. It must be called before the service is used.
func (s *Service) Observe(o Observer) { s.observer = o }

// ReportUnreadable names the function that is told of each stored order that a list
// left out because it can't be read. It must be called before the service is used.
func (s *Service) ReportUnreadable(report func(context.Context, *UnreadableError)) {
	s.unreadable = report
}

// Under returns the service for one request, which keeps its terms. A change
// that they exclude is [ErrPrecondition], one that they object to a [*payload.Invalid]. What only
// repeats what is there is answered all the same, however strict rules have become since.
func (s *Service) Under(t payload.Terms) *Service {
	under := *s
	under.terms = t
	return &under
}

// Policy returns what the service does about totals that aren't the sum of the items.
func (s *Service) Policy() TotalPolicy { return s.policy }

// Place stores a placement once. Placing the same again returns the same order,
// as it stands now, with replayed true; the answer to both is [Order.FirstAnswer]. Another
// placement under the same id is [ErrReused]. Without an order id in the placement, key (an
// idempotency key on this route, "" for none) stands for one.
func (s *Service) Place(ctx context.Context, userID string, p Placement, route, key string) (o Order, replayed bool, err error) {
	id := p.OrderID
	switch {
	case id != "":
	case key != "":
		id = OrderIDFromKey(userID, route, key)
	default:
		if id, err = newOrderID(); err != nil {
			return Order{}, false, err
		}
	}
	if s.terms.Objection != nil {
		return s.insist(ctx, userID, id, p)
	}
	o = Place(userID, id, p.Content, s.policy, s.now())
	there, err := s.create(ctx, o)
	if err != nil {
		return Order{}, false, fmt.Errorf("place order: %w", err)
	}
	if there == nil {
		s.observer.OrderPlaced(o.Total)
		return o, false, nil
	}
	return s.repeated(*there, p)
}

// insist answers a placement that rules for new orders object to: it is refused,
// unless the order is there already.
func (s *Service) insist(ctx context.Context, userID, id string, p Placement) (Order, bool, error) {
	r, err := s.get(ctx, userID, id)
	if errors.Is(err, ErrNotFound) {
		return Order{}, false, s.terms.Objection.Err(nil)
	}
	if err != nil {
		return Order{}, false, err
	}
	return s.repeated(r, p)
}

// repeated returns the order of a record that is under the id of a placement, if
// that is what placed it.
func (s *Service) repeated(r storage.Record, p Placement) (Order, bool, error) {
	o, err := Decode(r)
	if err != nil {
		return Order{}, false, fmt.Errorf("place order: %w", err)
	}
	if !o.Repeats(p.Content) {
		return Order{}, false, ErrReused
	}
	s.observer.OrderReplayed()
	return o, true, nil
}

// create stores a new order, or returns the record that is in its place. It returns
// that also when the outcome is unknown: whatever is there can be compared with the
// placement, because the placed content stays for ever and so tells ours from another.
func (s *Service) create(ctx context.Context, o Order) (there *storage.Record, err error) {
	err = storage.Decide(ctx, s.store, func(met *storage.Conflict) (storage.Commit, error) {
		if met != nil && met.Current != nil {
			there = met.Current
			return storage.Commit{}, nil
		}
		return replacement(nil, o)
	})
	if unknown, ok := errors.AsType[*storage.Unresolved](err); ok && unknown.Found != nil {
		return unknown.Found, nil
	}
	return there, err
}

// Get returns a customer's order, or [ErrNotFound].
func (s *Service) Get(ctx context.Context, userID, orderID string) (Order, error) {
	r, err := s.get(ctx, userID, orderID)
	if err != nil {
		return Order{}, err
	}
	return Decode(r)
}

// Edit replaces the content of a customer's order, as [Order.Edit] allows it.
// match lists the versions on which the caller insists; none means any.
func (s *Service) Edit(ctx context.Context, userID, orderID string, c Content, match []int) (Order, error) {
	return s.change(ctx, userID, orderID, match, func(o Order) (Order, error) {
		return o.Edit(c, s.policy, s.now())
	})
}

// Cancel cancels a customer's order on the customer's behalf, as [Order.Cancel] allows it.
func (s *Service) Cancel(ctx context.Context, userID, orderID string, match []int) (Order, error) {
	return s.change(ctx, userID, orderID, match, func(o Order) (Order, error) {
		return o.Cancel(s.now())
	})
}

// Advance takes a step with a customer's order on behalf of staff, as
// [Order.Advance] allows it. An order of a restaurant for which allowed is false is [ErrNotFound].
func (s *Service) Advance(ctx context.Context, staffID, userID, orderID string, step Step, match []int, allowed func(restaurantID string) bool) (Order, error) {
	return s.change(ctx, userID, orderID, match, func(o Order) (Order, error) {
		if !allowed(o.Restaurant.String()) {
			return o, ErrNotFound
		}
		return o.Advance(step, Actor{staffID, Staff}, s.now())
	})
}

// Erase takes notes and addresses off all orders of a customer, on behalf of
// staff, and returns how many orders it changed. It can be repeated after an error: what is
// erased already isn't touched again. An order that can't be read is an error
// once the others are done. The change feed keeps the text until it is trimmed.
func (s *Service) Erase(ctx context.Context, staffID, userID string) (int, error) {
	changed, unreadable := 0, []error{}
	for r, err := range storage.Records(ctx, s.store, storage.Query{Table: TableName, Partition: userID, Limit: MaxPage}) {
		if err != nil {
			return changed, fmt.Errorf("list orders: %w", err)
		}
		old, err := Decode(r)
		if bad, ok := errors.AsType[*UnreadableError](err); ok {
			s.unreadable(ctx, bad)
			unreadable = append(unreadable, bad)
			continue
		}
		erased, err := s.change(ctx, userID, old.OrderID, nil, func(o Order) (Order, error) {
			return o.Erase(Actor{staffID, Staff}, s.now()), nil
		})
		if err != nil {
			return changed, err
		}
		if erased.Version > old.Version {
			changed++
		}
	}
	if len(unreadable) > 0 {
		return changed, fmt.Errorf("%d stored orders of the user can't be read and may still hold notes and addresses: repair or remove them in the store: %w", len(unreadable), unreadable[0])
	}
	return changed, nil
}

// change reads an order, lets decide say what becomes of it, and stores that on
// the condition that the order is still the one that was read.
func (s *Service) change(ctx context.Context, userID, orderID string, match []int, decide func(Order) (Order, error)) (Order, error) {
	r, err := s.get(ctx, userID, orderID)
	if err != nil {
		return Order{}, err
	}
	var old, changed Order
	err = storage.Decide(ctx, s.store, func(met *storage.Conflict) (storage.Commit, error) {
		if met != nil && met.Current == nil {
			return storage.Commit{}, ErrNotFound
		}
		if met != nil {
			r = *met.Current
		}
		if old, err = Decode(r); err != nil {
			return storage.Commit{}, err
		}
		changed, err = decide(old)
		if unwanted := match != nil && !slices.Contains(match, old.Version) || s.terms.Excludes(old.Version); unwanted && !errors.Is(err, ErrNotFound) {
			err = ErrPrecondition
		}
		if err != nil || changed.Version == old.Version {
			return storage.Commit{}, err
		}
		if err := s.terms.Objection.Err(old.has); err != nil {
			return storage.Commit{}, err
		}
		return replacement(&r, changed)
	})
	if err != nil {
		return Order{}, err
	}
	if changed.Status == Canceled && old.Status != Canceled {
		s.observer.OrderCanceled()
	}
	return changed, nil
}

// replacement returns the commit that stores o in the place of old.
func replacement(old *storage.Record, o Order) (storage.Commit, error) {
	r, err := Encode(o)
	return storage.Commit{Writes: []storage.Write{{Old: old, New: &r}}}, err
}

func (s *Service) get(ctx context.Context, userID, orderID string) (storage.Record, error) {
	if !ValidOrderID(orderID) {
		return storage.Record{}, ErrNotFound
	}
	r, err := s.store.Get(ctx, keyOf(userID, orderID))
	if errors.Is(err, storage.ErrNotFound) {
		return storage.Record{}, ErrNotFound
	}
	if err != nil {
		return storage.Record{}, fmt.Errorf("read order: %w", err)
	}
	return r, nil
}
