package main

import (
	"context"
	"log/slog"
	"time"

	"comanda/feed"
	"comanda/order"
	reports "comanda/report"
	"comanda/sqlite"
	"comanda/storage"
)

// catchUp lets the consumers of a server have the changes of a store that was
// filled without one. Otherwise the first server on it would count a million orders
// beside whatever is measured.
func catchUp(ctx context.Context, store *sqlite.Store) error {
	var last int64
	err := store.Snapshot(ctx, func(v storage.View) (err error) {
		last, err = v.LastChange(ctx, order.TableName)
		return err
	})
	if err != nil {
		return err
	}
	dead, logger := feed.NewDeadLetters(store), slog.New(slog.DiscardHandler)
	consumers := []feed.Consumer{
		reports.NewConsumer(reports.Config{Store: store, Zone: time.UTC, Now: time.Now, Dead: dead, Observer: ignorant{}, Logger: logger}),
		webhooks{},
	}
	d := feed.NewDispatcher(feed.Config{
		Store: store, Feed: feed.NewLocal(store, order.TableName).Feed(), Consumers: consumers,
		Dead: dead, Observer: ignorant{}, Now: time.Now, Logger: logger, Pace: time.Millisecond, Batch: 10_000,
	})
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() { defer close(stopped); d.Run(ctx) }()
	defer func() { cancel(); <-stopped }()
	for _, c := range consumers {
		for {
			at, err := feed.PositionOf(ctx, store, c.Name(), feed.LocalShard)
			if err != nil {
				return err
			}
			if at.Compare(feed.SequenceOf(last)) >= 0 {
				break
			}
			time.Sleep(lookEvery)
		}
	}
	return nil
}

// webhooks stands in for the consumer that sends them, which wants no change while
// there is no receiver.
type webhooks struct{}

// Name implements [feed.Consumer].
func (webhooks) Name() string { return "webhooks" }

// Consume implements [feed.Consumer].
func (webhooks) Consume(context.Context, string, []feed.Event) error { return nil }

// Asleep implements [feed.Consumer].
func (webhooks) Asleep() bool { return true }

// ignorant hears nothing of how consumers do.
type ignorant struct{}

// Lagged implements [feed.Observer].
func (ignorant) Lagged(string, time.Duration) {}

// Failed implements [feed.Observer].
func (ignorant) Failed(string) {}

// Died implements [feed.Observer].
func (ignorant) Died(string) {}
