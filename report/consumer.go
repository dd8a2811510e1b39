package report

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"comanda/feed"
	"comanda/storage"
)

// Config is what reports work with. Store and Zone are required; counting also
// needs Dead, Observer and Logger.
type Config struct {
	Store    storage.Store  // with [Table]
	Zone     *time.Location // decides the business day of an order
	Currency string         // ISO 4217, for the answers; "" for none
	Now      func() time.Time

	Dead     *feed.DeadLetters // for changes that can't be counted
	Observer feed.Observer
	Logger   *slog.Logger
}

// Name is the name of the consumer's positions and dead letters.
const Name = "reports"

// Consumer counts changes of orders. It is safe for concurrent use.
type Consumer struct {
	config Config
	book   *book
	mu     sync.Mutex // held while counting, and while counting has to stand still
	warned bool       // of a zone that isn't the one counted by
}

var _ feed.Consumer = (*Consumer)(nil)

// NewConsumer returns a consumer for a process that counts alone, for now at
// least. Others that write the same pages make it slower, and nothing worse.
func NewConsumer(c Config) *Consumer {
	return &Consumer{config: c, book: newBook(c.Store, newCache())}
}

// Name implements [feed.Consumer].
func (*Consumer) Name() string { return Name }

// Asleep implements [feed.Consumer]: every change counts.
func (*Consumer) Asleep() bool { return false }

// Consume implements [feed.Consumer]. Events may be delivered again in any
// portions; each is counted once.
func (c *Consumer) Consume(ctx context.Context, shard string, events []feed.Event) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.config.openRoot(ctx)
	if err != nil {
		return err
	}
	c.compareZone(r)
	var changes []change
	for _, e := range events {
		of, err := c.config.changes(ctx, shard, e)
		if err != nil {
			return err
		}
		changes = append(changes, of...)
	}
	return c.book.enter(ctx, r, shard, changes)
}

// CurrencyError says that orders were counted in another currency than is set.
type CurrencyError struct{ Set, Counted string }

// Error has both, and what to do.
func (e *CurrencyError) Error() string {
	return fmt.Sprintf("--currency %q: the orders counted so far are in %q, and reports would show their amounts as %s: give --currency %s, or leave it away",
		e.Set, e.Counted, e.Set, e.Counted)
}

// Begin compares the settings with those by which was counted before anything else is. Another
// currency is a [*CurrencyError], and another zone a warning.
func (c *Consumer) Begin(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, record, err := readRoot(ctx, c.config.Store, c.config.Zone)
	if err != nil || record == nil {
		return err
	}
	c.compareZone(r)
	switch set := c.config.Currency; {
	case set == "" || set == r.Currency:
		return nil
	case r.Currency != "":
		return &CurrencyError{set, r.Currency}
	}
	_, err = c.config.openRoot(ctx) // which labels what was counted without one
	return err
}

// compareZone tells once when the zone of the settings isn't the one whose days
// are counted.
func (c *Consumer) compareZone(r root) {
	if zone := c.config.Zone.String(); zone != r.Zone && !c.warned {
		c.warned = true
		c.config.Logger.Warn("reports go on counting the days of the zone with which they began: comanda reports rebuild changes that", "zone", zone, "counted", r.Zone)
	}
}

// changes returns what an event changes. An order that can't be counted is put to the dead letters.
func (c Config) changes(ctx context.Context, shard string, e feed.Event) ([]change, error) {
	changes, reason := changesOf(e)
	if reason == nil {
		return changes, nil
	}
	return changes, c.bury(ctx, feed.DeadLetter{
		Consumer: Name, Shard: shard, Sequence: e.Sequence, EventID: e.ID, UserID: e.UserID, OrderID: e.OrderID, Time: e.Time,
		Reason: "the order can't be counted: " + reason.Error(),
	})
}

func (c Config) bury(ctx context.Context, l feed.DeadLetter) error {
	if err := c.Dead.Put(ctx, l); err != nil {
		return fmt.Errorf("count change %s of shard %s: %w", l.Sequence, l.Shard, err)
	}
	c.Observer.Died(Name)
	c.Logger.Error("a change was put to the dead letters", "consumer", Name, "shard", l.Shard, "sequence", string(l.Sequence), "reason", l.Reason)
	return nil
}
