package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// readers is a pool of read-only connections with their prepared statements.
// Each has a page cache, so the one used last is the first to be used again.
type readers struct {
	db    *sql.DB
	slots chan struct{} // filled by reads under way
	done  chan struct{} // closed when the pool closes
	once  sync.Once
	mu    sync.Mutex
	idle  []statements
}

// newReaders returns a pool. Reads are short and bound by the processor, so it
// has as many connections as there are processors, and a few at least because
// some reads are long.
func newReaders(db *sql.DB) *readers {
	return &readers{db: db, slots: make(chan struct{}, max(4, runtime.GOMAXPROCS(0))), done: make(chan struct{})}
}

// use calls read with a connection. The context is looked at while waiting for
// one and no more: a read takes microseconds, or a few milliseconds for a large
// page, and watching a context would cost more than that.
func (p *readers) use(ctx context.Context, read func(statements) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read not started: %w", err)
	}
	select {
	case p.slots <- struct{}{}:
	case <-p.done:
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("read not started: %w", ctx.Err())
	}
	defer func() { <-p.slots }()
	select {
	case <-p.done:
		return errClosed
	default:
	}
	s, err := p.take()
	if err != nil {
		return err
	}
	defer p.put(s)
	return read(s)
}

// take returns the connection that was used last, or opens one.
func (p *readers) take() (statements, error) {
	p.mu.Lock()
	if n := len(p.idle); n != 0 {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	conn, err := p.db.Conn(context.Background())
	if err != nil {
		return statements{}, fmt.Errorf("open a connection for reading: %w", classify(err))
	}
	return newStatements(conn), nil
}

func (p *readers) put(s statements) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, s)
}

// close waits for the reads under way and closes their connections.
func (p *readers) close() error {
	var err error
	p.once.Do(func() {
		close(p.done)
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		for _, s := range p.idle {
			err = errors.Join(err, s.close())
		}
	})
	return err
}
