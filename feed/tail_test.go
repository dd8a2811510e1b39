package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"comanda/order"
	"comanda/storage"
)

// tail returns a tail of the bench's feed.
func (b *bench) tail() *Tail {
	return NewTail(TailConfig{NewLocal(b.file, order.TableName), b.file, b.config.Changed, b.config.Logger})
}

// next returns the orders and versions of the next n events.
func (b *bench) next(r *Reader, n int) []string {
	b.Helper()
	var got []string
	for len(got) < n {
		events, err := r.Next(b.Context())
		if err != nil {
			b.Fatalf("after %q: %v", got, err)
		}
		for _, e := range events {
			got = append(got, e.OrderID+"@"+version(e))
		}
	}
	return got
}

// all wishes for every event.
var all = Wish{Staff: func(*order.Order) bool { return true }}

func (b *bench) now(t *Tail) *Reader {
	b.Helper()
	r, err := t.Now(b.Context(), all)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func (b *bench) after(t *Tail, place Sequence) *Reader {
	b.Helper()
	r, err := t.After(b.Context(), all, place)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func TestReadersSeeWhatComesFromTheirPlaceOn(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		defer tail.Close()
		b.place("one")
		b.place("two")
		live := b.now(tail)
		first := live.Position()
		past := b.after(tail, "")
		b.place("three")
		for r, want := range map[*Reader][]string{live: {"three@1"}, past: {"one@1", "two@1", "three@1"}} {
			if got := b.next(r, len(want)); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		live.Close()
		past.Close()
		b.place("four")
		again := b.after(tail, first)
		if got := b.next(again, 2); !slices.Equal(got, []string{"three@1", "four@1"}) {
			t.Errorf("after a pause: got %q, want three and four", got)
		}
		again.Close()
	})
}

func TestAFollowerHearsOfACommitSoon(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		defer tail.Close()
		r := b.now(tail)
		defer r.Close()
		time.Sleep(200 * time.Millisecond)
		begin := time.Now()
		b.place("one")
		b.next(r, 1)
		if took := time.Since(begin); took > 100*time.Millisecond {
			t.Errorf("it took %s, want less than 100 ms", took)
		}
	})
}

// counting counts the reads of a feed.
type counting struct {
	storage.FeedReader
	mu    sync.Mutex
	reads int
}

func (c *counting) ReadFeed(ctx context.Context, table string, after int64, limit int) ([]storage.Change, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.FeedReader.ReadFeed(ctx, table, after, limit)
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

func TestManyReadersCostOneReader(t *testing.T) {
	inBubble(t, func(b *bench) {
		source := &counting{FeedReader: b.file}
		tail := NewTail(TailConfig{NewLocal(source, order.TableName), b.file, b.config.Changed, b.config.Logger})
		defer tail.Close()
		var readers []*Reader
		for range 100 {
			readers = append(readers, b.now(tail))
		}
		before := source.count()
		for i := range 10 {
			b.place(fmt.Sprint(i))
		}
		for _, r := range readers {
			b.next(r, 10)
		}
		if n := source.count() - before; n > 25 {
			t.Errorf("reads for 100 readers of 10 changes: got %d, want at most 25", n)
		}
		for _, r := range readers {
			r.Close()
		}
		time.Sleep(time.Second)
		before = source.count()
		time.Sleep(time.Hour)
		if n := source.count() - before; n != 0 {
			t.Errorf("reads without readers: got %d, want 0", n)
		}
	})
}

func TestASlowReaderCatchesUpFromTheFeed(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		defer tail.Close()
		slow := b.now(tail)
		defer slow.Close()
		const n = queueEvents + 200
		for i := range n {
			b.place(fmt.Sprint(i))
		}
		time.Sleep(time.Minute)
		tail.mu.Lock()
		kept := len(slow.queue)
		tail.mu.Unlock()
		if kept != queueEvents {
			t.Errorf("events queued: got %d, want %d", kept, queueEvents)
		}
		for i, got := range b.next(slow, n) {
			if want := fmt.Sprintf("%d@1", i); got != want {
				t.Fatalf("event %d: got %s, want %s", i, got, want)
			}
		}
	})
}

func TestReadersAreWokenForWhatTheyWantOnly(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		defer tail.Close()
		open := func(w Wish) *Reader {
			r, err := tail.Now(b.Context(), w)
			if err != nil {
				b.Fatal(err)
			}
			return r
		}
		ana, ben := open(Wish{Customer: "ana"}), open(Wish{Customer: "ben"})
		elsewhere := open(Wish{Customer: "cook", Staff: func(o *order.Order) bool { return o.Restaurant.String() == "2" }})
		b.place("one") // ana's, at restaurant 1
		if got := b.next(ana, 1); got[0] != "one@1" {
			t.Errorf("whose order it is: got %q, want one", got)
		}
		for name, r := range map[string]*Reader{"another customer": ben, "another restaurant": elsewhere} {
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			if events, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %d events and %v, want to be left alone", name, len(events), err)
			}
			cancel()
			if got := r.Position(); got != "1" {
				t.Errorf("%s: got position %q, want 1, which is where the feed is", name, got)
			}
			r.Close()
		}
		ana.Close()
		past, err := tail.After(b.Context(), Wish{Customer: "ben"}, "")
		if err != nil {
			b.Fatal(err)
		}
		defer past.Close()
		ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
		defer cancel()
		if events, err := past.Next(ctx); !errors.Is(err, context.DeadlineExceeded) || past.Position() != "1" {
			t.Errorf("from the past: got %d events, %v, position %q, want none and 1", len(events), err, past.Position())
		}
	})
}

func TestAPlaceThatTheFeedDoesNotHaveIsGone(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		defer tail.Close()
		b.config.Idle = time.Hour
		stop := b.start(&taker{name: "a"})
		b.place("one")
		b.place("two")
		time.Sleep(25 * time.Hour)
		stop()
		for place, want := range map[Sequence]error{"": ErrGone, "1": ErrGone, "2": nil, "3": ErrGone, "02": ErrGone, "x": ErrGone, "-1": ErrGone, "99999999999999999999": ErrGone} {
			r, err := tail.After(b.Context(), all, place)
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("after %q: got %v, want %v", place, err, want)
			}
			if r != nil {
				r.Close()
			}
		}
		b.place("three")
		if got := b.next(b.after(tail, "2"), 1); got[0] != "three@1" {
			t.Errorf("after 2: got %q, want three", got)
		}
	})
}

func TestWhoeverFallsBehindTheTrimmingIsTold(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.config.Idle = time.Hour
		tail := b.tail()
		defer tail.Close()
		for i := range tailBatch + 10 {
			b.place(fmt.Sprint(i))
		}
		tail.idle = time.Hour
		slow := b.after(tail, "")
		defer slow.Close()
		b.next(slow, tailBatch)
		stop := b.start(&taker{name: "a"})
		time.Sleep(25 * time.Hour)
		stop()
		b.place("late")
		if events, err := slow.Next(b.Context()); !errors.Is(err, ErrGone) {
			t.Errorf("got %d events and %v, want that some are gone", len(events), err)
		}
	})
}

func TestClosingATailEndsItsReaders(t *testing.T) {
	inBubble(t, func(b *bench) {
		tail := b.tail()
		r := b.now(tail)
		ended := make(chan error)
		go func() {
			_, err := r.Next(context.Background())
			ended <- err
		}()
		time.Sleep(time.Second)
		tail.Close()
		if err := <-ended; !errors.Is(err, ErrTailClosed) {
			t.Errorf("got %v, want that the tail is closed", err)
		}
		r.Close()
		if _, err := tail.Now(b.Context(), all); !errors.Is(err, ErrTailClosed) {
			t.Errorf("a reader after that: got %v, want that the tail is closed", err)
		}
		tail.Close()
	})
}

func TestTheEndOfAFeedIsFound(t *testing.T) {
	inBubble(t, func(b *bench) {
		local := NewLocal(b.file, order.TableName)
		for n := range 3 {
			want := SequenceOf(int64(n))
			if got, err := local.End(b.Context(), LocalShard); err != nil || got != want {
				t.Fatalf("the end of %d changes: got %q, %v, want %q", n, got, err, want)
			}
			b.place(fmt.Sprint(n))
		}
	})
}
