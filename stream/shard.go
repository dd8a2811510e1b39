package stream

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"comanda/feed"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// shard is what a poller remembers of a shard: up to two stretches of it, since
// consumers are usually together or in two groups, of which one catches up.
type shard struct {
	poller *Poller
	id     string
	arn    string
	ended  atomic.Bool // no more records come

	mu      sync.Mutex
	windows []*window // the one used last first
}

const maxWindows = 2

// window is a stretch of a shard in memory: the changes that follow a place,
// without a gap, and the iterator that goes on behind them.
type window struct {
	from     feed.Sequence
	changes  []feed.Change
	size     int     // bytes of documents
	iterator *string // nil: nothing follows
	lost     bool    // there may have been others between from and the first change
	polled   time.Time
	behind   bool // the last answer was full: there is probably more
}

// What a window keeps at most.
const (
	maxKept      = 1000
	maxKeptBytes = 4 << 20
)

// fullAnswer is the size of the documents of an answer that DynamoDB has probably
// ended because of its size, a megabyte.
const fullAnswer = 512 << 10

// read returns a batch after a place, from memory if it is there.
func (s *shard) read(ctx context.Context, after feed.Sequence, limit int) (feed.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.window(ctx, after)
	if err != nil {
		return feed.Batch{}, err
	}
	for empty := 0; !w.has(after) && w.iterator != nil && empty < maxEmpty; empty++ {
		if !s.ended.Load() && !w.behind && s.poller.now().Sub(w.polled) < pollEvery {
			break
		}
		if err := s.poll(ctx, w, limit); err != nil {
			s.windows = slices.DeleteFunc(s.windows, func(o *window) bool { return o == w })
			return feed.Batch{}, err
		}
	}
	return w.batch(after, limit), nil
}

// window returns the window that has what comes after a place, or would have it.
func (s *shard) window(ctx context.Context, after feed.Sequence) (*window, error) {
	best := slices.IndexFunc(s.windows, func(w *window) bool { return w.has(after) })
	if best < 0 {
		best = slices.IndexFunc(s.windows, func(w *window) bool { return w.place(after) >= 0 })
	}
	if best >= 0 {
		w := s.windows[best]
		s.windows = slices.Insert(slices.Delete(s.windows, best, best+1), 0, w)
		return w, nil
	}
	w := &window{from: after}
	if err := s.begin(ctx, w); err != nil {
		return nil, err
	}
	s.windows = slices.Insert(s.windows, 0, w)
	s.windows = s.windows[:min(len(s.windows), maxWindows)]
	return w, nil
}

// begin gets the iterator behind what a window has. When the place is gone, it
// is the first there is, and something may be lost.
func (s *shard) begin(ctx context.Context, w *window) error {
	in := &dynamodbstreams.GetShardIteratorInput{StreamArn: &s.arn, ShardId: &s.id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if last := w.last(); last != "" {
		in.ShardIteratorType, in.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, aws.String(sequenceNumber(last))
	}
	out, err := s.poller.api.GetShardIterator(ctx, in)
	if is[*types.TrimmedDataAccessException](err) && in.SequenceNumber != nil {
		return s.skip(ctx, w)
	}
	if err != nil {
		return err
	}
	w.iterator = out.ShardIterator
	return nil
}

// skip continues a window at the oldest change that is left.
func (s *shard) skip(ctx context.Context, w *window) error {
	out, err := s.poller.api.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &s.arn, ShardId: &s.id, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	if err != nil {
		return err
	}
	lost := w.last() != "" // a reader that begins has lost nothing
	*w = window{from: w.last(), iterator: out.ShardIterator, lost: lost}
	return nil
}

// poll asks for what follows a window, and once more if the iterator is too old
// or what it points at is gone.
func (s *shard) poll(ctx context.Context, w *window, limit int) error {
	out, err := s.records(ctx, w, limit)
	if is[*types.ExpiredIteratorException](err) {
		if err = s.begin(ctx, w); err == nil {
			out, err = s.records(ctx, w, limit)
		}
	}
	if is[*types.TrimmedDataAccessException](err) {
		if err = s.skip(ctx, w); err == nil {
			out, err = s.records(ctx, w, limit)
		}
	}
	if err != nil {
		return err
	}
	size := 0
	for _, r := range out.Records {
		c := FromStreams(s.poller.table, r)
		if c.Sequence == "" {
			return c.Err // without a place there is no going past it
		}
		w.add(c)
		size += len(c.Before) + len(c.After)
	}
	w.iterator, w.polled = out.NextShardIterator, s.poller.now()
	w.behind = len(out.Records) >= min(limit, maxLimit) || size > fullAnswer
	return nil
}

func (s *shard) records(ctx context.Context, w *window, limit int) (*dynamodbstreams.GetRecordsOutput, error) {
	return s.poller.api.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{
		ShardIterator: w.iterator, Limit: aws.Int32(int32(min(limit, maxLimit)))})
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// add appends a change, unless the window has it already: after a skip the
// oldest changes that are left may be known.
func (w *window) add(c feed.Change) {
	if c.Sequence.Compare(w.last()) <= 0 {
		return
	}
	w.changes, w.size = append(w.changes, c), w.size+len(c.Before)+len(c.After)
	n := 0
	for len(w.changes)-n > maxKept || w.size > maxKeptBytes && len(w.changes)-n > 1 {
		first := w.changes[n]
		w.from, w.lost, w.size = first.Sequence, false, w.size-len(first.Before)-len(first.After)
		n++
	}
	w.changes = slices.Delete(w.changes, 0, n)
}

func (w *window) last() feed.Sequence {
	if n := len(w.changes); n > 0 {
		return w.changes[n-1].Sequence
	}
	return w.from
}

// place returns how many changes of the window are before or at a place, or -1
// if that isn't in the window.
func (w *window) place(after feed.Sequence) int {
	if after == w.from {
		return 0
	}
	i, found := slices.BinarySearchFunc(w.changes, after, func(c feed.Change, s feed.Sequence) int { return c.Sequence.Compare(s) })
	if !found {
		return -1
	}
	return i + 1
}

// has reports whether the window has a change right after a place.
func (w *window) has(after feed.Sequence) bool {
	i := w.place(after)
	return i >= 0 && i < len(w.changes)
}

func (w *window) batch(after feed.Sequence, limit int) feed.Batch {
	i := w.place(after)
	if i < 0 {
		return feed.Batch{} // dropped from memory while it came: the next call reads it again
	}
	end := min(len(w.changes), i+limit)
	return feed.Batch{
		Changes: slices.Clone(w.changes[i:end]),
		Closed:  end == len(w.changes) && w.iterator == nil,
		Lost:    w.lost && i == 0,
	}
}
