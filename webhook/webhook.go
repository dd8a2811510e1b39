package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"comanda/feed"
	"comanda/notification"
	"comanda/storage"
)

// Observer is told, for metrics, how deliveries go. Its methods must return at once.
type Observer interface {
	WebhookDelivered(receiver string, took time.Duration) // took is the time of the request
	WebhookFailed(receiver string)                        // one attempt
	WebhookDied(receiver string)                          // a delivery became a dead letter
	WebhookDisabled(receiver string)                      // by its own answer
}

type nobody struct{}

func (nobody) WebhookDelivered(string, time.Duration) {}
func (nobody) WebhookFailed(string)                   {}
func (nobody) WebhookDied(string)                     {}
func (nobody) WebhookDisabled(string)                 {}

// Config is what [Webhooks] work with. Store, Now and Logger are required.
type Config struct {
	Store    storage.Store     // with [Tables] and the feed's
	Dead     *feed.DeadLetters // of the feed, for events that can't be put into words; nil: those of Store
	Observer Observer          // nil: none
	Now      func() time.Time
	Logger   *slog.Logger

	// Attempt is told of each request before it is made, the first attempt being 1, and what
	// it returns is called after it with the status of the answer, 0 without one. nil: no one is.
	Attempt func(receiver string, attempt int) (done func(status int))

	SealKey []byte        // seals the secrets in the store; nil: they are stored as they are
	Shared  bool          // other processes change receivers, too: changes are seen after a few seconds
	Timeout time.Duration // of one request; 0: 15 s
	Idle    time.Duration // between two looks for deliveries that other processes, or a moved clock, made due; 0: 1 s
	Grace   time.Duration // for requests that run when Run ends; 0: 3 s

	Resolver  *net.Resolver     // of receivers' names; nil: the system's
	Transport http.RoundTripper // in place of connections and their checks, for tests; nil: none
	Random    func() float64    // from 0 up to 1, for jitter; nil: math/rand
}

// Webhooks sends notifications to receivers. It is safe for concurrent use.
type Webhooks struct {
	config Config
	vault  vault
	sender *sender

	mu          sync.RWMutex
	loaded      time.Time         // when receivers were read; zero: not yet
	receivers   map[string]stored // by id, as last read or written
	newer       map[string]error  // by id, why a receiver of a later release isn't among them
	waits       bool              // something of a later release was met, and told
	dispatchers map[string]*dispatcher
	changed     chan struct{} // receives when receivers have changed
	admin       sync.Mutex    // one change of receivers at a time
	taking      chan struct{} // has room for one: who takes a batch in
}

// New returns webhooks that send nothing yet.
func New(c Config) (*Webhooks, error) {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	set(&c.Timeout, attemptTime)
	set(&c.Idle, time.Second)
	set(&c.Grace, 3*time.Second)
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Dead == nil {
		c.Dead = feed.NewDeadLetters(c.Store)
	}
	if c.Attempt == nil {
		c.Attempt = unheard
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	w := &Webhooks{
		config: c, sender: newSender(c),
		receivers: map[string]stored{}, dispatchers: map[string]*dispatcher{}, changed: make(chan struct{}, 1), taking: make(chan struct{}, 1),
	}
	var err error
	w.vault, err = newVault(c.SealKey)
	return w, err
}

// unheard is for attempts without an observer.
func unheard(string, int) func(int) { return func(int) {} }

const (
	reloadEvery = 5 * time.Second
	sweepEvery  = time.Hour
)

// Run sends what is to be sent until ctx is done. Failures are logged and tried
// again. Requests that run then have Grace to finish.
func (w *Webhooks) Run(ctx context.Context) {
	defer w.sender.close()
	defer w.stopAll()
	var swept time.Time
	for ctx.Err() == nil {
		wait := sweepEvery
		if w.config.Shared {
			wait = reloadEvery
		}
		err := w.load(ctx, false)
		if err == nil {
			err = w.arrange(ctx)
		}
		if now := w.config.Now(); err == nil && now.Sub(swept) >= sweepEvery {
			swept = now
			err = w.sweep(ctx, now)
		}
		if err != nil && ctx.Err() == nil {
			w.config.Logger.Error("webhooks can't be looked after and will be again", "error", err.Error())
			wait = time.Second
		}
		_ = storage.Wait(ctx, w.changed, wait) // the loop asks ctx
	}
}

// fresh reports whether the receivers are known as they are. The lock must be held.
func (w *Webhooks) fresh() bool {
	return !w.loaded.IsZero() && (!w.config.Shared || w.config.Now().Sub(w.loaded).Abs() < reloadEvery)
}

// load reads the receivers, if they aren't known as they are or again is set.
func (w *Webhooks) load(ctx context.Context, again bool) error {
	w.mu.RLock()
	fresh := w.fresh()
	w.mu.RUnlock()
	if fresh && !again {
		return nil
	}
	w.admin.Lock() // so that nothing is overwritten by what was read before
	defer w.admin.Unlock()
	receivers, newer := map[string]stored{}, map[string]error{}
	for r, err := range storage.All(ctx, w.config.Store, receiverTable.Name) {
		s := stored{record: r}
		if err == nil {
			err = codec.Decode(r.Key, r.Doc, &s.receiverDoc)
		}
		switch {
		case feed.Newer(err):
			newer[r.Key.Partition] = err
			w.wait(err)
		case err != nil:
			return fmt.Errorf("read the receivers of webhooks: %w", err)
		default:
			receivers[s.ID] = s
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.receivers, w.newer, w.loaded = receivers, newer, w.config.Now()
	return nil
}

// snapshot returns the receivers as last known.
func (w *Webhooks) snapshot() []stored {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []stored
	for _, s := range w.receivers {
		out = append(out, s)
	}
	return out
}

// wanting returns the ids of the receivers that want to be told of something.
func (w *Webhooks) wanting(t notification.Type) []string {
	var ids []string
	for _, s := range w.snapshot() {
		if !s.Removed && s.wants(t) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// wake tells a receiver's dispatcher that something may be due.
func (w *Webhooks) wake(receiver string) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if r := w.dispatchers[receiver]; r != nil {
		r.wakeUp()
	}
}

// arrange lets every receiver that is to be told have a dispatcher, and clears up
// after the others.
func (w *Webhooks) arrange(ctx context.Context) error {
	var errs []error
	for _, s := range w.snapshot() {
		if !s.Removed && s.Disabled == "" {
			w.start(ctx, s.ID)
			continue
		}
		w.stop(s.ID)
		if s.Removed {
			errs = append(errs, w.unlessNewer(w.forget(ctx, s)))
		} else {
			errs = append(errs, w.unlessNewer(w.bury(ctx, s.ID, s.Disabled)))
		}
	}
	return errors.Join(errs...)
}

func (w *Webhooks) start(ctx context.Context, receiver string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dispatchers[receiver] == nil {
		w.dispatchers[receiver] = startDispatcher(ctx, w, receiver)
	}
}

// stop ends the dispatcher of a receiver and its requests at once.
func (w *Webhooks) stop(receiver string) {
	w.mu.Lock()
	r := w.dispatchers[receiver]
	delete(w.dispatchers, receiver)
	w.mu.Unlock()
	if r != nil {
		r.end()
	}
}

// stopAll waits for the dispatchers, whose context is done.
func (w *Webhooks) stopAll() {
	w.mu.Lock()
	dispatchers := w.dispatchers
	w.dispatchers = map[string]*dispatcher{}
	w.mu.Unlock()
	for _, r := range dispatchers {
		r.finish()
	}
}
