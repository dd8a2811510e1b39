package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"

	"comanda/storage"
)

// Options are what [Open] can be told. The zero value is a good one.
type Options struct {
	Prefix string            // in front of every table's name
	Names  map[string]string // names on DynamoDB by declared name, used as they are, for tables that have another

	// Index says, by the name of the table, where records of other software
	// belong in the table's indexes. It is given the key and the document. A
	// table without such a function has no entries for them.
	Index map[string]func(storage.Key, []byte) map[string]storage.IndexKey

	Attempts int           // of one request, at most; 0: 6
	Timeout  time.Duration // of one attempt; 0: 3 s

	Now    func() time.Time                           // clock that deadlines are compared with; nil: time.Now
	Sleep  func(context.Context, time.Duration) error // waits between attempts, or returns the context's error; nil: a timer
	Random func() float64                             // spreads attempts, in [0, 1); nil: math/rand

	unindexed int // in place of [MaxUnindexed], for tests
}

// Store is a set of tables on DynamoDB. It is safe for concurrent use, by any
// number of processes, and needs no closing.
type Store struct {
	client   *dynamodb.Client
	tables   map[string]*table
	declared map[string]storage.Table
	opts     Options
}

var _ storage.Store = (*Store)(nil)

// New returns a store of the tables given, with the client's credentials and
// endpoint. It sends nothing.
func New(client *dynamodb.Client, tables []storage.Table, opts Options) (*Store, error) {
	s := &Store{
		tables:   make(map[string]*table, len(tables)),
		declared: make(map[string]storage.Table, len(tables)),
		opts:     opts.withDefaults(),
	}
	for _, d := range tables {
		t, err := newTable(d, opts)
		if err != nil {
			return nil, err
		}
		if s.tables[d.Name] != nil {
			return nil, fmt.Errorf("table %s is declared twice", d.Name)
		}
		s.tables[d.Name], s.declared[d.Name] = t, d
	}
	s.client = dynamodb.New(client.Options(), func(o *dynamodb.Options) {
		o.Retryer, o.RetryMaxAttempts = aws.NopRetryer{}, 0
		o.HTTPClient = observed{o.HTTPClient}
		o.Logger = logging.Nop{} // what matters comes back as an error
	})
	return s, nil
}

// Open returns a store whose tables are there, see [New] and [Store.Check].
func Open(ctx context.Context, client *dynamodb.Client, tables []storage.Table, opts Options) (*Store, error) {
	s, err := New(client, tables, opts)
	if err != nil {
		return nil, err
	}
	if err := s.Check(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Attempts == 0 {
		o.Attempts = 6
	}
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = storage.Sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.unindexed == 0 {
		o.unindexed = MaxUnindexed
	}
	return o
}

// pingTime bounds a question for readiness.
const pingTime = 2 * time.Second

// Ping returns nil when DynamoDB answers a read of a table within 2 seconds, for a
// record that isn't there.
func (s *Store) Ping(ctx context.Context, table string) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	_, err := s.Get(ctx, storage.Key{Table: table, Partition: "-", Sort: "-"})
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

// Get reads one record, strongly consistently. See [storage.Store].
func (s *Store) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	t, err := s.table(k.Table)
	if err != nil {
		return storage.Record{}, err
	}
	if !t.possible(k) {
		return storage.Record{}, cmp.Or(ctx.Err(), storage.ErrNotFound)
	}
	input := &dynamodb.GetItemInput{TableName: &t.name, Key: t.keyItem(k), ConsistentRead: aws.Bool(true)}
	out, err := read(ctx, s, input, s.client.GetItem)
	if err != nil {
		return storage.Record{}, fmt.Errorf("get from table %s: %w", k.Table, err)
	}
	if len(out.Item) == 0 {
		return storage.Record{}, storage.ErrNotFound
	}
	return t.record(out.Item)
}

func (s *Store) table(name string) (*table, error) {
	t, ok := s.tables[name]
	if !ok {
		return nil, fmt.Errorf("table %q is not declared", name)
	}
	return t, nil
}
