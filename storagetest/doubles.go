package storagetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"comanda/storage"
)

// Clock stands still until a test moves it. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time shown.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move takes the time d further, or back.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set takes the time to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Scripted is a store of which a test plays a part: a function that is set is
// called in place of the method, and can call the store's own.
type Scripted struct {
	storage.Store
	OnCommit func(ctx context.Context, c storage.Commit) error
	OnGet    func(ctx context.Context, k storage.Key) (storage.Record, error)
	OnQuery  func(ctx context.Context, q storage.Query) (storage.Page, error)
}

// Commit calls OnCommit, or the store.
func (s *Scripted) Commit(ctx context.Context, c storage.Commit) error {
	if s.OnCommit != nil {
		return s.OnCommit(ctx, c)
	}
	return s.Store.Commit(ctx, c)
}

// Get calls OnGet, or the store.
func (s *Scripted) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if s.OnGet != nil {
		return s.OnGet(ctx, k)
	}
	return s.Store.Get(ctx, k)
}

// Query calls OnQuery, or the store.
func (s *Scripted) Query(ctx context.Context, q storage.Query) (storage.Page, error) {
	if s.OnQuery != nil {
		return s.OnQuery(ctx, q)
	}
	return s.Store.Query(ctx, q)
}

// Departing is a store of which a caller's context ends with one of its commits.
type Departing struct {
	storage.Store
	Apply bool // the commit is applied, and the context ends then; otherwise it ends before

	mu  sync.Mutex
	end context.CancelFunc
}

// Context returns a context that ends with the next commit.
func (d *Departing) Context(parent context.Context) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, end := context.WithCancel(parent)
	d.end = end
	return ctx
}

// Commit ends the context, if there is one to end: the outcome is then
// [storage.ErrUnknown].
func (d *Departing) Commit(ctx context.Context, c storage.Commit) error {
	d.mu.Lock()
	end := d.end
	d.end = nil
	d.mu.Unlock()
	if end == nil {
		return d.Store.Commit(ctx, c)
	}
	defer end()
	if d.Apply {
		if err := d.Store.Commit(ctx, c); err != nil {
			return err
		}
	}
	return fmt.Errorf("the caller has left: %w: %w", storage.ErrUnknown, context.Canceled)
}
