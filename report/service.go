package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"comanda/order"
	"comanda/storage"
)

// Limits of a [Query].
const (
	MaxTop     = 100
	DefaultTop = 10
	MaxDays    = 366 // business days of one report
	RecentDays = 31  // business days, today's the last, that a report of all time lists
)

// Query says what a report is about.
type Query struct {
	Top int // entries of each ranking, 1 to MaxTop

	// From and To bound the business days: the day that From is in, and those before
	// the day that To is in. A zero To is tomorrow. Both zero: all time.
	From, To order.Moment
}

// RangeError says what is wrong with the days asked for.
type RangeError struct{ Field, Message string }

func (e *RangeError) Error() string { return e.Field + " " + e.Message }

// Report is what orders add up to. An order counts from when it was placed until
// it is canceled or removed.
type Report struct {
	From     *string          `json:"from"` // first business day, 2026-11-21; nil: of all time
	To       *string          `json:"to"`   // the business day after the last one; likewise
	Currency string           `json:"currency,omitempty"`
	Orders   map[string]int64 `json:"orders"` // by the status in which they are now, those canceled included
	Revenue  Amount           `json:"revenue"`

	TopProducts       []Product `json:"topProducts"` // by units
	CouriersByUnits   []Courier `json:"couriersByUnits"`
	CouriersByRevenue []Courier `json:"couriersByRevenue"`

	Days []Day `json:"days"` // those with orders, oldest first
}

// Product is what was sold of a restaurant's item. Revenue is price x quantity.
type Product struct {
	RestaurantID order.ID `json:"restaurantId"`
	ID           order.ID `json:"id"`
	Name         string   `json:"name"` // in the latest order
	Units        int64    `json:"units"`
	Revenue      Amount   `json:"revenue"`
}

// Courier is what a courier delivers or has delivered. Units are the orders'
// quantities, revenue their total amounts.
type Courier struct {
	ID      order.ID `json:"id"`
	Name    string   `json:"name"` // in the latest order
	Units   int64    `json:"units"`
	Revenue Amount   `json:"revenue"`
}

// Day is a business day.
type Day struct {
	Date    string `json:"date"`
	Orders  int64  `json:"orders"` // without those canceled
	Revenue Amount `json:"revenue"`
}

// Service reads reports.
type Service struct{ config Config }

// NewService returns a service. It reads what any process has counted.
func NewService(c Config) *Service { return &Service{c} }

// Read returns a report. Its parts may be a moment apart while orders are being
// counted. The error is a [*RangeError] for days that can't be reported.
func (s *Service) Read(ctx context.Context, q Query) (Report, error) {
	r, _, err := readRoot(ctx, s.config.Store, s.config.Zone)
	for range attempts {
		if err != nil {
			return Report{}, err
		}
		out, readErr := s.read(ctx, q, r)
		var now root
		if now, _, err = readRoot(ctx, s.config.Store, s.config.Zone); err == nil && now.Generation == r.Generation {
			return out, readErr
		}
		r = now // a rebuild has replaced what was read
	}
	return Report{}, errors.Join(err, fmt.Errorf("read the reports: they were rebuilt again and again meanwhile: %w", storage.ErrBusy))
}

func (s *Service) read(ctx context.Context, q Query, r root) (Report, error) {
	d, err := daysOf(q, s.config.Now(), r.location)
	if err != nil {
		return Report{}, err
	}
	out := Report{Currency: cmp.Or(r.Currency, s.config.Currency), Orders: map[string]int64{}}
	for _, status := range order.Statuses {
		out.Orders[string(status)] = 0
	}
	reader := reader{s.config.Store, r}
	if err := reader.totals(ctx, &out, d); err != nil {
		return Report{}, err
	}
	best := newRankings(q.Top)
	if err := reader.rank(ctx, best, d, out.Days); err != nil {
		return Report{}, err
	}
	out.fill(best)
	if d.bounded {
		out.From, out.To = &d.from, &d.to
	}
	return out, nil
}

// days is a range of business days.
type days struct {
	from, to string // to is the day after the last
	bounded  bool   // false: the range is for the list of days only
}

func daysOf(q Query, now time.Time, zone *time.Location) (days, error) {
	today := order.DayOf(now, zone)
	from, to := q.From.Day(zone), today.Add(1)
	if !q.To.IsZero() {
		to = q.To.Day(zone)
	}
	switch {
	case q.From.IsZero() && q.To.IsZero():
		return days{today.Add(1 - RecentDays).String(), to.String(), false}, nil
	case q.From.IsZero():
		return days{}, &RangeError{"from", "is needed with to: give the first day of the report"}
	case !fourDigits(from):
		return days{}, &RangeError{"from", "is out of range: days have years of four digits"}
	case !fourDigits(to):
		return days{}, &RangeError{"to", "is out of range: days have years of four digits"}
	}
	switch n := from.Until(to); {
	case n < 1 && q.To.IsZero():
		return days{}, &RangeError{"from", "is in the future: the report has no day"}
	case n < 1:
		return days{}, &RangeError{"to", fmt.Sprintf("is %s, and must be a later day than from, which is %s: to itself isn't included", to, from)}
	case n > MaxDays:
		return days{}, &RangeError{"from", fmt.Sprintf("and to are %d days apart, and one report has %d at most: ask for parts", n, MaxDays)}
	}
	return days{from.String(), to.String(), true}, nil
}

func fourDigits(d order.Day) bool { return d.Year >= 0 && d.Year <= 9999 }

// months returns the months that have days of the range.
func (d days) months() []string {
	var out []string
	last := monthOf(d.to)
	for m := monthOf(d.from); m <= last; {
		out = append(out, m)
		t, err := time.Parse("2006-01", m)
		if err != nil {
			return out
		}
		m = t.AddDate(0, 1, 0).Format("2006-01")
	}
	return out
}

// reader reads counters of one generation.
type reader struct {
	store storage.Reader
	root  root
}

// each calls do with every counter of a scope.
func (r reader) each(ctx context.Context, scope string, do func(part)) error {
	pages, err := leaves(ctx, r.store, r.root, scope)
	if err != nil {
		return err
	}
	for _, p := range pages {
		for k, c := range p.counters {
			do(part{key: k, tally: c.tally, label: c.label})
		}
	}
	return nil
}

// totals fills in orders, revenue and days.
func (r reader) totals(ctx context.Context, out *Report, d days) error {
	add := func(p part) {
		out.Orders[p.key.b] += p.orders
		if p.key.b != string(order.Canceled) {
			out.Revenue = out.Revenue.Plus(p.revenue)
		}
	}
	if !d.bounded {
		if err := r.each(ctx, scopeTotals, add); err != nil {
			return err
		}
	}
	byDay := map[string]Day{}
	for _, month := range d.months() {
		err := r.each(ctx, month, func(p part) {
			if p.key.a < d.from || p.key.a >= d.to {
				return
			}
			if d.bounded {
				add(p)
			}
			day := byDay[p.key.a]
			day.Date = p.key.a
			if p.key.b != string(order.Canceled) {
				day.Orders, day.Revenue = day.Orders+p.orders, day.Revenue.Plus(p.revenue)
			}
			byDay[p.key.a] = day
		})
		if err != nil {
			return err
		}
	}
	out.Days = inOrder(byDay)
	return nil
}

// rank ranks the products and couriers of all time, or of days together.
func (r reader) rank(ctx context.Context, best *rankings, d days, with []Day) error {
	if !d.bounded {
		return r.each(ctx, scopeAll, best.offer)
	}
	sums := map[key]counter{}
	for _, day := range with {
		err := r.each(ctx, day.Date, func(p part) {
			c := sums[p.key]
			sums[p.key] = counter{c.plus(p.tally), latest(c.label, p.label)}
		})
		if err != nil {
			return err
		}
	}
	for k, c := range sums {
		best.offer(part{key: k, tally: c.tally, label: c.label})
	}
	return nil
}

// fill fills in the rankings.
func (r *Report) fill(best *rankings) {
	r.TopProducts = []Product{}
	for _, p := range best.products.best {
		r.TopProducts = append(r.TopProducts, Product{p.ids[0], p.ids[1], p.name, p.units, p.revenue})
	}
	couriers := func(r ranking) []Courier {
		out := []Courier{}
		for _, p := range r.best {
			out = append(out, Courier{p.ids[0], p.name, p.units, p.revenue})
		}
		return out
	}
	r.CouriersByUnits, r.CouriersByRevenue = couriers(best.couriersByUnits), couriers(best.couriersByRevenue)
}

func inOrder(byDay map[string]Day) []Day {
	out := slices.Collect(maps.Values(byDay))
	slices.SortFunc(out, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return append([]Day{}, out...)
}
