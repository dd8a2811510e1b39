package report

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/feed"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestMain(m *testing.M) { os.Exit(dynamolocal.Run(m)) }

var tables = []storage.Table{Table, feed.Table}

// engines are what reports are kept in.
var engines = []struct {
	name string
	open func(*testing.T) storage.Store
}{
	{"SQLite", func(t *testing.T) storage.Store { return openFile(t, tables) }},
	{"DynamoDB", func(t *testing.T) storage.Store { return openCloud(t) }},
}

func openFile(t *testing.T, tables []storage.Table) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "reports.db"), tables, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openCloud(t *testing.T, client ...func(*dynamodb.Options)) *dynamo.Store {
	t.Helper()
	opts := dynamo.Options{Prefix: dynamolocal.Prefix(), Timeout: time.Minute}
	plain := dynamolocal.Client(t)
	if err := dynamo.CreateTables(t.Context(), plain, tables, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range tables {
			name := opts.Prefix + d.Name
			if _, err := plain.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
				t.Error(err)
			}
		}
	})
	s, err := dynamo.New(dynamolocal.Client(t, client...), tables, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// quiet hears what consumers tell, and only counts.
type quiet struct{ failed, died int }

func (*quiet) Lagged(string, time.Duration) {}
func (q *quiet) Failed(string)              { q.failed++ }
func (q *quiet) Died(string)                { q.died++ }

func configOf(s storage.Store, o feed.Observer) Config {
	return Config{
		Store: s, Zone: berlin, Now: func() time.Time { return evening.Add(24 * time.Hour) },
		Dead: feed.NewDeadLetters(s), Observer: o, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// aDay returns the greatest step between n changes that are spread over most of a day.
func aDay(n int) time.Duration { return 40 * time.Hour / time.Duration(n) }

// size returns how many events a random day has.
func size() int {
	switch {
	case os.Getenv("COMANDA_PROVE") != "":
		return 200_000
	case testing.Short():
		return 1000
	case os.Getenv("COMANDA_REQUIRE") == "all":
		return 20_000
	}
	return 5000
}

var errKilled = errors.New("the process was killed")

// mortal is a store whose process gets killed now and then, before a commit
// is sent or after it was applied. It stays dead until the test starts it again.
type mortal struct {
	storage.Store
	next func() storagetest.Loss
	dead bool
}

func (m *mortal) Commit(ctx context.Context, c storage.Commit) error {
	if m.dead {
		return errKilled
	}
	switch m.next() {
	case storagetest.Request:
		m.dead = true
		return errKilled
	case storagetest.Answer:
		m.dead = true
		if err := m.Store.Commit(ctx, c); err != nil {
			return errors.Join(errKilled, err)
		}
		return errKilled
	}
	return m.Store.Commit(ctx, c)
}

func (m *mortal) Get(ctx context.Context, k storage.Key) (storage.Record, error) {
	if m.dead {
		return storage.Record{}, errKilled
	}
	return m.Store.Get(ctx, k)
}

// wantReport compares the report of all time, and those of days, with recounts.
func wantReport(t *testing.T, w *world, s storage.Store) {
	t.Helper()
	service := NewService(configOf(s, &quiet{}))
	day := func(d int) order.Moment { return order.At(time.Date(2026, 11, d, 12, 0, 0, 0, berlin)) }
	for _, c := range []struct {
		from, to string
		query    Query
	}{
		{"", "", Query{}},
		{"2026-11-20", "2026-11-21", Query{From: day(20), To: day(21)}},
		{"2026-11-21", "2026-11-23", Query{From: day(21), To: day(23)}},
		{"2026-11-01", "2027-10-01", Query{From: day(1), To: day(1 + 334)}},
	} {
		c.query.Top = MaxTop
		got, err := service.Read(t.Context(), c.query)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := plain(got), w.recount(berlin, c.from, c.to); got != want {
			t.Errorf("report from %q to %q:\n got %s\nwant %s", c.from, c.to, got, want)
		}
	}
}

func TestARandomDayIsCountedExactlyAsItsOrdersAre(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			s := e.open(t)
			w := newWorld(t, 0, 1)
			w.step = aDay(size())
			for range size() {
				w.change()
			}
			deliver(t, w, s)
			wantReport(t, w, s)
			wantSplits(t, s)
		})
	}
}

// deliver gives a consumer the events of the world as a dispatcher does that is
// killed all the time: in random batches, again from any earlier place, and to a
// new process after each death.
func deliver(t *testing.T, w *world, s storage.Store) {
	t.Helper()
	events := w.events()
	m := &mortal{Store: storagetest.Cut{Store: s, Next: storagetest.Losses(1, 40)}, next: storagetest.Losses(2, 30)}
	start := func() *Consumer {
		c := NewConsumer(configOf(m, &quiet{}))
		c.book.pause, c.book.leaf = func(context.Context, int) error { return nil }, smallLeaf
		return c
	}
	c := start()
	deaths := 0
	for done := 0; done < len(events); {
		from := done
		if w.random.IntN(4) == 0 {
			from -= min(from, w.random.IntN(3*batch))
		}
		to := min(len(events), done+1+w.random.IntN(2*batch))
		switch err := c.Consume(t.Context(), feed.LocalShard, events[from:to]); {
		case m.dead:
			m.dead, c = false, start()
			deaths++
		case err != nil:
			t.Fatal(err)
		case w.random.IntN(10) > 0: // else the position isn't stored
			done = to
		}
	}
	if deaths == 0 {
		t.Error("no process was killed: the test is too short")
	}
}

// smallLeaf is a size of pages that the few products of a random day need several of.
const smallLeaf = 2500

// wantSplits fails when all products of all time, or of a day, are on one page.
func wantSplits(t *testing.T, s storage.Store) {
	t.Helper()
	for _, scope := range []string{scopeAll, "2026-11-20", "2026-11-21"} {
		pages, err := leaves(t.Context(), s, root{Generation: firstGeneration}, scope)
		if err != nil || len(pages) < 2 {
			t.Errorf("pages of %s: got %d, %v, want several", scope, len(pages), err)
		}
	}
}

// batch is how many events of these tests go together, about.
const batch = 150

// stopped is a store that is gone from one commit on, before or after that was
// applied.
type stopped struct {
	storage.Store
	at      int
	after   bool
	commits *int
}

func (s *stopped) Commit(ctx context.Context, c storage.Commit) error {
	n := *s.commits
	*s.commits++
	if n < s.at || n == s.at && s.after {
		if err := s.Store.Commit(ctx, c); err != nil || n < s.at {
			return err
		}
	}
	return errKilled
}
