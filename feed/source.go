package feed

import (
	"context"
	"errors"
	"strconv"
	"time"

	"comanda/storage"
)

// Shard is one ordered part of a feed.
type Shard struct {
	ID     string
	Parent string // whose changes come first; "" or unknown: none
}

// Batch is what a read of a shard returns.
type Batch struct {
	Changes []Change // oldest first
	Closed  bool     // the shard has ended, and this is the last of it
	Lost    bool     // changes between the place asked for and the first one are gone
}

// Source is where changes come from. Implementations are safe for concurrent use.
type Source interface {
	// Shards lists the shards, each after its parent.
	Shards(ctx context.Context) ([]Shard, error)

	// Read returns up to limit changes of a shard that come after a place. An empty batch
	// that isn't closed means that there are none yet.
	Read(ctx context.Context, shard string, after Sequence, limit int) (Batch, error)
}

// Feed is a source with what it can do beside being read. What it can't do is nil.
// The zero value is no feed.
type Feed struct {
	Source
	Ender   Ender   // nil: where a shard ends is known by reading it
	Trimmer Trimmer // nil: the source trims itself
	Local   *Local  // what a [Tail] can follow; nil: nothing
}

// Trimmer is a source that keeps changes until it is told that no consumer needs them.
type Trimmer interface {
	// Trim removes changes of a shard up to and including upTo that are older than before. It
	// returns the place up to which changes may be gone now.
	Trim(ctx context.Context, shard string, upTo Sequence, before time.Time) (Sequence, error)
}

// Ender is a source that knows where a shard ends without reading it.
type Ender interface {
	// End returns the place of the last change of a shard, "" when it has none.
	End(ctx context.Context, shard string) (Sequence, error)
}

// LocalShard is the one shard of a [Local] feed.
const LocalShard = "feed"

// Local is the feed that an engine keeps itself.
type Local struct {
	reader storage.FeedReader
	table  string
}

// NewLocal returns the feed of a table.
func NewLocal(reader storage.FeedReader, table string) *Local { return &Local{reader, table} }

// Feed returns l with all that it can do.
func (l *Local) Feed() Feed { return Feed{Source: l, Ender: l, Trimmer: l, Local: l} }

// Shards implements [Source].
func (*Local) Shards(context.Context) ([]Shard, error) { return []Shard{{ID: LocalShard}}, nil }

// Read implements [Source]. Whether changes were lost is known to the caller of
// Trim.
func (l *Local) Read(ctx context.Context, _ string, after Sequence, limit int) (Batch, error) {
	place, err := number(after)
	if err != nil {
		return Batch{}, err
	}
	changes, err := l.reader.ReadFeed(ctx, l.table, place, limit)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Changes: make([]Change, len(changes))}
	for i, c := range changes {
		b.Changes[i] = Change{Sequence: SequenceOf(c.Sequence), Change: c}
	}
	return b, nil
}

// End implements [Ender].
func (l *Local) End(ctx context.Context, _ string) (Sequence, error) {
	last, err := l.reader.LastChange(ctx, l.table)
	return SequenceOf(last), err
}

// Trim implements [Trimmer].
func (l *Local) Trim(ctx context.Context, _ string, upTo Sequence, before time.Time) (Sequence, error) {
	place, err := number(upTo)
	if err != nil {
		return "", err
	}
	if err := l.reader.TrimFeed(ctx, l.table, place, before); err != nil {
		return "", err
	}
	left, err := l.reader.ReadFeed(ctx, l.table, 0, 1)
	if err != nil {
		return "", err
	}
	if len(left) > 0 {
		place = min(place, left[0].Sequence-1)
	}
	return SequenceOf(place), nil
}

// SequenceOf returns the sequence of a number; 0 is the place before the first change.
func SequenceOf(n int64) Sequence {
	if n <= 0 {
		return ""
	}
	return Sequence(strconv.FormatInt(n, 10))
}

var errSequence = errors.New("a place in the feed isn't a number of this store: was the position written by another one?")

func number(s Sequence) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0, errSequence
	}
	return n, nil
}
