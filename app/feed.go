package app

import (
	"context"
	"sync"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
)

// leaseTime is after how long another process of a fleet takes over from one
// that is gone.
const leaseTime = 30 * time.Second

// wireFeed makes what brings changes of orders to their consumers, and has every
// commit tell it.
func (a *App) wireFeed() error {
	if a.parts.Feed == nil {
		return nil
	}
	store, changed := feed.Watch(a.parts.Store, order.TableName)
	a.parts.Store = store
	a.wireTail()
	a.dead = feed.NewDeadLetters(store)
	if err := a.wireWebhooks(); err != nil {
		return err
	}
	a.counter = report.NewConsumer(a.reportConfig())
	a.rebuilder = report.NewRebuilder(a.counter, a.engine)
	config := feed.Config{
		Store: store, Source: a.parts.Feed, Consumers: a.consumers(), Dead: a.dead, Observer: a.metrics,
		Now: a.parts.Now, Logger: a.parts.Logger, Changed: changed,
	}
	if a.parts.Shared {
		config.Lease = a.lease("dispatcher")
	}
	a.dispatcher = feed.NewDispatcher(config)
	return nil
}

// wireTail makes what streams of events follow, where the engine keeps the feed.
func (a *App) wireTail() {
	if local, ok := a.parts.Feed.(*feed.Local); ok {
		store, changed := feed.Watch(a.parts.Store, order.TableName)
		a.parts.Store = store
		a.tail = feed.NewTail(local, store, changed, a.parts.Logger)
	}
}

// lease returns a lease on work that one process of a fleet is enough for.
func (a *App) lease(name string) *feed.Lease {
	return &feed.Lease{Store: a.parts.Store, Name: name, Holder: storage.NewCommitID(), Duration: leaseTime, Now: a.parts.Now}
}

// consumers are those who want to know of every change.
func (a *App) consumers() []feed.Consumer {
	all := []feed.Consumer{a.counter}
	if a.hooks != nil {
		all = append(all, a.hooks)
	}
	return all
}

// reportConfig is what counts orders, and what shows the counts, work with.
func (a *App) reportConfig() report.Config {
	return report.Config{
		Store: a.parts.Store, Zone: a.settings.location(), Currency: a.settings.Currency, Now: a.parts.Now,
		Dead: a.dead, Observer: a.metrics, Logger: a.parts.Logger,
	}
}

// dispatch runs the dispatcher until the server closes.
func (a *App) dispatch() {
	if a.dispatcher == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { a.dispatcher.Run(ctx) })
	a.background = append(a.background, func() {
		cancel()
		running.Wait()
	})
}

// degraded reports whether changes lie with the dead letters, or a consumer of them
// stands still, or a webhook waits for an upgrade: orders are taken, but somebody has to look.
func (a *App) degraded() bool {
	return a.dispatcher != nil && (a.dead.Count() > 0 || len(a.dispatcher.Stuck()) > 0 || a.hooks.Waiting())
}
