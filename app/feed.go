package app

import (
	"context"
	"time"

	"comanda/feed"
	"comanda/report"
	"comanda/storage"
	"comanda/webhook"
)

// leaseTime is after how long another process of a fleet takes over from one
// that is gone.
const leaseTime = 30 * time.Second

// wireFeed makes what brings changes of orders to their consumers.
func (a *App) wireFeed() error {
	c := a.config
	if local := c.Engine.Feed.Local; local != nil {
		a.tail = feed.NewTail(feed.TailConfig{Source: local, Store: a.store, Changed: a.store.Subscribe(), Logger: c.Logger})
	}
	if err := a.wireWebhooks(); err != nil {
		return err
	}
	a.counter = report.NewConsumer(a.reportConfig())
	a.rebuilder = report.NewRebuilder(report.RebuilderConfig{Consumer: a.counter, Orders: c.Engine.Store, Snapshots: c.Engine.Snapshots})
	config := feed.Config{
		Store: a.store, Feed: c.Engine.Feed, Consumers: []feed.Consumer{a.counter, a.hooks}, Dead: a.dead, Observer: a.metrics,
		Now: c.Now, Logger: c.Logger, Changed: a.store.Subscribe(),
	}
	if c.Engine.Shared {
		config.Lease = a.lease("dispatcher")
	}
	a.dispatcher = feed.NewDispatcher(config)
	return nil
}

// wireWebhooks makes what tells receivers of changes. In a shared store their secrets
// aren't sealed by us, because not every fleet has a key of its own: DynamoDB encrypts its tables.
func (a *App) wireWebhooks() (err error) {
	c := webhook.Config{
		Store: a.store, Dead: a.dead, Observer: a.metrics, Now: a.config.Now, Logger: a.config.Logger, Shared: a.config.Engine.Shared,
	}
	if !c.Shared {
		c.SealKey = a.config.Keys.SealKey
	}
	if a.config.Tracer != nil {
		c.Attempt = a.config.Tracer.Attempt
	}
	a.hooks, err = webhook.New(c)
	return err
}

// lease returns a lease on work that one process of a fleet is enough for.
func (a *App) lease(name string) *feed.Lease {
	return &feed.Lease{Store: a.store, Name: name, Holder: storage.NewCommitID(), Duration: leaseTime, Now: a.config.Now}
}

// reportConfig is what counts orders, and what shows the counts, work with.
func (a *App) reportConfig() report.Config {
	return report.Config{
		Store: a.store, Zone: a.config.Settings.zone, Currency: a.config.Settings.Currency, Now: a.config.Now,
		Dead: a.dead, Observer: a.metrics, Logger: a.config.Logger,
	}
}

// dispatch brings changes to their consumers, and notifications to receivers, until
// the server closes. Of a fleet one process does each.
func (a *App) dispatch() {
	if a.dispatcher == nil {
		return
	}
	a.run(a.dispatcher.Run)
	if !a.config.Engine.Shared {
		a.run(a.hooks.Run)
		return
	}
	lease := a.lease("webhooks")
	a.run(func(ctx context.Context) { lease.While(ctx, a.config.Logger, a.hooks.Run) })
}

// degraded reports whether changes lie with the dead letters, or a consumer of them
// stands still, or a webhook waits for an upgrade: orders are taken, but the operator has to look.
func (a *App) degraded() bool {
	return a.dispatcher != nil && (a.dead.Count() > 0 || len(a.dispatcher.Stuck()) > 0 || a.hooks.Waiting())
}
