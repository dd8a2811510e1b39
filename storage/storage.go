package storage

import (
	"context"
	"time"
)

// Table describes one table: how its records are addressed, in which indexes
// they can appear, and whether its changes are announced. It is the single
// source for every engine's layout and, on AWS, for the templates.
type Table struct {
	Name      string  // also the name on DynamoDB, before any deployment prefix
	Partition string  // attribute that holds Key.Partition
	Sort      string  // attribute that holds Key.Sort; "" when the table has no sort key
	Doc       string  // attribute that holds the document
	Indexes   []Index // in a fixed order; adding one is a migration
	Feed      bool    // every change of a record produces a [Change]
}

// Index describes one ordered index of a table. A record is in an index when
// its [Record.Index] has an entry of that name, so an index is sparse.
type Index struct {
	Name      string
	Partition string // attribute that holds IndexKey.Partition; for a local index the table's own
	Sort      string // attribute that holds IndexKey.Sort
	// Global indexes have a partition of their own and may lag behind on some
	// engines. A local index shares the record's partition and never lags:
	// IndexKey.Partition is then equal to Key.Partition.
	Global bool
}

// Key addresses one record. Sort is "" in a table without a sort key.
type Key struct {
	Table     string
	Partition string
	Sort      string
}

// IndexKey is a record's place in one index. Entries of one partition are
// ordered by the bytes of Sort. Sort ends with something unique to the record,
// so that the order is total and a page can continue after any entry.
type IndexKey struct {
	Partition string
	Sort      string
}

// Record is one stored record.
type Record struct {
	Key     Key
	Version string              // id of the commit that wrote it; "" on records written by other software
	Doc     []byte              // a JSON object whose numbers are exact decimals
	Index   map[string]IndexKey // by index name; an absent name means: not in that index
}

// Write replaces one record by another. Old nil means that no record may exist
// under the key; New nil deletes. When both are given they have the same Key.
//
// Old is compared by Version alone. New.Version is ignored: a stored record's
// version is the id of the commit that wrote it.
type Write struct {
	Old, New *Record
}

// Key returns the key of the record that w creates, replaces or deletes.
func (w Write) Key() Key {
	if w.New != nil {
		return w.New.Key
	}
	if w.Old != nil {
		return w.Old.Key
	}
	return Key{}
}

// Commit is what one decision changes. All of Writes are applied, or none is,
// and only if every Old and every one of Checks still has the version given.
//
// A key occurs once in Writes and Checks together. At most one write may be to
// a table with a feed, so that a commit's id identifies the change it announces.
type Commit struct {
	// ID is from [NewCommitID]: new for every decision, the same over an engine's
	// own retries of this commit.
	ID     string
	Writes []Write
	Checks []Record // must be unchanged (by Version), are not written
}

// Query reads one partition of an index in the order of Sort, or, with Index
// "", of a table in an order that is stable but not promised.
type Query struct {
	Table      string
	Index      string
	Partition  string
	From, To   string // bounds on Sort of an index: From inclusive, To exclusive, "" open; not allowed without Index
	Descending bool
	After      Cursor // continue after this place, from an earlier Page of the same query
	Limit      int    // at most this many records, 1 to MaxPage
}

// Cursor is a place in a result, opaque to callers. Only the engine that made
// it can read it; [ErrCursor] is the answer to anything else.
type Cursor string

// Page is a part of a result. A Next other than "" asks for another call with
// After = Next; the page itself may be empty even so.
type Page struct {
	Records []Record
	Next    Cursor
}

// Reader reads records. Every method returns promptly with ctx's error (wrapped)
// when ctx is done before anything was sent. An undeclared table or index is a
// programming error and is returned as a plain error. Returned records belong to the caller.
type Reader interface {
	// Get returns the record under k as of the last commit answered before the
	// call, or [ErrNotFound].
	Get(ctx context.Context, k Key) (Record, error)

	// Query returns a page of one partition. On a table or a local index it
	// includes every commit answered before the call; a global index may lag.
	// A bad After is [ErrCursor].
	Query(ctx context.Context, q Query) (Page, error)

	// Scan returns all records of a table in any order. A record that is there
	// from the first call to the last is returned exactly once. A bad after is [ErrCursor].
	Scan(ctx context.Context, table string, after Cursor, limit int) (Page, error)
}

// Store keeps records. Implementations are safe for concurrent use. What
// [Reader] says of contexts and tables holds for commits, too. Records passed in are not modified and
// not kept.
type Store interface {
	Reader

	// Commit applies c, all or nothing; nil means durable. No caller code runs
	// inside it. The errors are [*Conflict], [*LimitError], [ErrBusy] and
	// [ErrUnknown] as the package comment describes them; a malformed commit
	// (see [Commit.Validate]) is a plain error and nothing was sent.
	Commit(ctx context.Context, c Commit) error
}

// Kind says what a change did.
type Kind string

// The kinds are named as DynamoDB streams name them.
const (
	Insert Kind = "INSERT"
	Modify Kind = "MODIFY"
	Remove Kind = "REMOVE"
)

// Change is one record of a table's feed.
type Change struct {
	Sequence int64     // grows with every change of the table; has gaps
	ID       string    // the commit's id: stable, unique within the table
	Key      Key       // of the record that changed
	Kind     Kind      // what happened to it
	Time     time.Time // when the engine committed it, to the millisecond
	Before   []byte    // the document before; nil on Insert
	After    []byte    // the document after; nil on Remove
}

// FeedReader is implemented by engines that keep the change feed themselves.
//
// An engine may store less than both images (a placement needs none: the next
// change of the record, or the record itself, still has it) but returns both for
// every change it retains, also after the record was changed again or removed.
type FeedReader interface {
	// ReadFeed returns up to limit changes of a table with a sequence greater
	// than after, oldest first. An empty result means that there are none yet.
	ReadFeed(ctx context.Context, table string, after int64, limit int) ([]Change, error)

	// LastChange returns the sequence of the last change of a table that the feed
	// has, 0 when it has none.
	LastChange(ctx context.Context, table string) (int64, error)

	// TrimFeed removes the changes of a table up to and including the sequence
	// upTo that were committed before the given time. Images of the changes that
	// remain can still be rebuilt.
	TrimFeed(ctx context.Context, table string, upTo int64, before time.Time) error
}

// Snapshotter is implemented by engines that can show one moment for longer than
// a single read takes.
type Snapshotter interface {
	// Snapshot calls read with a view that shows the store as of one moment, which is
	// not before the call, and returns read's error. Commits go on meanwhile
	// and don't appear in it. The view ends with the call.
	Snapshot(ctx context.Context, read func(View) error) error
}

// View is a store and its feed at one moment. It is for one goroutine.
type View interface {
	Reader

	// ReadFeed and LastChange are [FeedReader]'s.
	ReadFeed(ctx context.Context, table string, after int64, limit int) ([]Change, error)
	LastChange(ctx context.Context, table string) (int64, error)
}
