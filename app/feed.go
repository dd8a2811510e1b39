package app

import (
	"context"
	"sync"
	"time"

	"comanda/feed"
	"comanda/order"
	"comanda/storage"
)

// leaseTime is after how long another process of a fleet takes over from one
// that is gone.
const leaseTime = 30 * time.Second

// wireFeed makes what brings changes of orders to their consumers, and has every
// commit tell it.
func (a *App) wireFeed() {
	if a.parts.Feed == nil {
		return
	}
	store, changed := feed.Watch(a.parts.Store, order.TableName)
	a.parts.Store = store
	a.dead = feed.NewDeadLetters(store)
	config := feed.Config{
		Store: store, Source: a.parts.Feed, Consumers: a.consumers(), Dead: a.dead, Observer: a.metrics,
		Now: a.parts.Now, Logger: a.parts.Logger, Changed: changed,
	}
	if a.parts.Shared {
		config.Lease = &feed.Lease{Store: store, Name: "dispatcher", Holder: storage.NewCommitID(), Duration: leaseTime, Now: a.parts.Now}
	}
	a.dispatcher = feed.NewDispatcher(config)
}

// consumers are those who want to know of every change.
func (a *App) consumers() []feed.Consumer { return nil }

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

// degraded reports whether changes lie with the dead letters: orders are taken,
// but somebody has to look.
func (a *App) degraded() bool { return a.dead != nil && a.dead.Count() > 0 }
