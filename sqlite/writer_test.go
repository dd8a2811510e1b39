package sqlite

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	codes "modernc.org/sqlite/lib"

	"comanda/storage"
)

// gate stops the writer in front of its first COMMIT, so that a group gathers
// behind it.
type gate struct {
	entered chan struct{} // closed when the writer is in front of it
	open    chan struct{} // closed to let it go on
	commits atomic.Int64  // transactions so far
}

func newGate() *gate {
	return &gate{entered: make(chan struct{}), open: make(chan struct{})}
}

func (g *gate) commit(_ context.Context, commit func() error) error {
	if g.commits.Add(1) == 1 {
		close(g.entered)
		<-g.open
	}
	return commit()
}

// submit sends commits one after the other while the writer stands at the gate,
// and returns their outcomes to come.
func (g *gate) submit(t *testing.T, s *Store, tasks ...task) []chan error {
	t.Helper()
	var outcomes []chan error
	for i, task := range tasks {
		r := request{task: task, outcome: make(chan error, 1)}
		if err := s.writer.enqueue(r); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-g.entered
		}
		outcomes = append(outcomes, r.outcome)
	}
	return outcomes
}

func planOf(t *testing.T, s *Store, c storage.Commit) *plan {
	t.Helper()
	p, err := newPlan(c, s.tables)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// errPoison stands for a commit that SQLite can't apply.
var errPoison = errors.New("poison")

// poison is a task that changes something and then fails.
type poison struct{ *plan }

func (p poison) execute(s statements, now time.Time) error {
	return errors.Join(p.plan.execute(s, now), errPoison)
}

func TestWhatIsQueuedSharesOneTransaction(t *testing.T) {
	g := newGate()
	s := mustOpen(t, tempPath(t), Options{commit: g.commit}, things)
	var tasks []task
	for i := range 50 {
		tasks = append(tasks, planOf(t, s, creation(i)))
	}
	outcomes := g.submit(t, s, tasks...)
	for i, o := range outcomes {
		select {
		case err := <-o:
			t.Fatalf("commit %d: got outcome %v before COMMIT returned", i, err)
		default:
		}
	}
	close(g.open)
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
	}
	if got := g.commits.Load(); got != 2 {
		t.Errorf("transactions: got %d, want 2: one alone and one for those behind it", got)
	}
}

func TestRefusalsAreDecidedAmongEarlierCommitsOfTheirGroup(t *testing.T) {
	g := newGate()
	s := mustOpen(t, tempPath(t), Options{commit: g.commit}, things)
	winner, loser := creation(1), creation(1)
	outcomes := g.submit(t, s, planOf(t, s, creation(0)), planOf(t, s, winner), planOf(t, s, loser), planOf(t, s, creation(2)))
	close(g.open)
	for i, want := range []bool{false, false, true, false} {
		err := <-outcomes[i]
		conflict, refused := errors.AsType[*storage.Conflict](err)
		if refused != want || !refused && err != nil {
			t.Fatalf("commit %d: got %v, want a refusal: %v", i, err, want)
		}
		if refused && (conflict.Current == nil || conflict.Current.Version != winner.ID) {
			t.Errorf("conflict: got record %v, want the one of the same group with version %s", conflict.Current, winner.ID)
		}
	}
}

func TestACommitThatCannotBeAppliedFailsAlone(t *testing.T) {
	g := newGate()
	s := mustOpen(t, tempPath(t), Options{commit: g.commit}, things)
	bad := poison{planOf(t, s, creation(2))}
	outcomes := g.submit(t, s, planOf(t, s, creation(0)), planOf(t, s, creation(1)), bad, planOf(t, s, creation(3)))
	close(g.open)
	for i, want := range []error{nil, nil, errPoison, nil} {
		if err := <-outcomes[i]; !errors.Is(err, want) {
			t.Errorf("commit %d: got %v, want %v", i, err, want)
		}
		_, err := s.Get(context.Background(), thingKey(i))
		if stored := err == nil; stored != (want == nil) {
			t.Errorf("record %d: got stored %v, want %v", i, stored, want == nil)
		}
	}
	if changes, err := s.ReadFeed(context.Background(), "things", 0, 10); err != nil || len(changes) != 3 {
		t.Errorf("feed: got %d changes, error %v, want 3", len(changes), err)
	}
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestAFailedCommitStopsTheWriter(t *testing.T) {
	errSync := errors.New("sync failed")
	for _, c := range []struct {
		name    string
		applied bool
	}{{"before it was made", false}, {"after it was made", true}} {
		t.Run(c.name, func(t *testing.T) {
			var broken atomic.Bool
			opts := Options{commit: func(_ context.Context, commit func() error) error {
				if !broken.Load() {
					return commit()
				}
				if c.applied {
					return errors.Join(commit(), errSync)
				}
				return errSync
			}}
			path := tempPath(t)
			s := mustOpen(t, path, opts, things)
			mustCommit(t, s, creation(0))
			if err := s.Err(); err != nil {
				t.Errorf("error of a healthy store: got %v", err)
			}
			broken.Store(true)
			if err := s.Commit(context.Background(), creation(1)); !errors.Is(err, storage.ErrUnknown) || !errors.Is(err, errSync) {
				t.Errorf("failed commit: got %v, want %v because of %v", err, storage.ErrUnknown, errSync)
			}
			<-s.Failed()
			if err := s.Err(); !errors.Is(err, errSync) {
				t.Errorf("error of the store: got %v, want %v", err, errSync)
			}
			if err := s.Commit(context.Background(), creation(2)); !errors.Is(err, storage.ErrBusy) {
				t.Errorf("later commit: got %v, want %v", err, storage.ErrBusy)
			}
			if _, err := s.Get(context.Background(), thingKey(0)); err != nil {
				t.Errorf("read after a failed commit: %v", err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			again := mustOpen(t, path, Options{}, things)
			if _, err := again.Get(context.Background(), thingKey(1)); (err == nil) != c.applied {
				t.Errorf("record of the failed commit after reopening: got %v, want it there: %v", err, c.applied)
			}
			if err := again.Check(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAFullDiskRefusesCommitsAndNothingElse(t *testing.T) {
	s := mustOpen(t, tempPath(t), Options{}, things)
	mustCommit(t, s, creation(0))
	limit := func(pages string) {
		t.Helper()
		if err := run(context.Background(), s.conns[0], "PRAGMA max_page_count = "+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // at once the number of pages that there are
	big := creation(1)
	big.Writes[0].New.Doc = append([]byte(`{"s":"`), make([]byte, 100_000)...)
	for i := range big.Writes[0].New.Doc[6:] {
		big.Writes[0].New.Doc[6+i] = 'x'
	}
	big.Writes[0].New.Doc = append(big.Writes[0].New.Doc, `"}`...)
	if err := s.Commit(context.Background(), big); !errors.Is(err, storage.ErrBusy) {
		t.Fatalf("commit to a full disk: got %v, want %v", err, storage.ErrBusy)
	}
	if _, err := s.Get(context.Background(), thingKey(1)); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("record: got %v, want %v", err, storage.ErrNotFound)
	}
	limit("1000000")
	mustCommit(t, s, big)
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestADiskThatIsFullAtCommitRefusesTheGroup takes a real SQLITE_FULL from a
// statement and lets COMMIT answer with it.
func TestADiskThatIsFullAtCommitRefusesTheGroup(t *testing.T) {
	var s *Store
	var full atomic.Bool
	s = mustOpen(t, tempPath(t), Options{commit: func(ctx context.Context, commit func() error) error {
		if !full.Load() {
			return commit()
		}
		err := run(ctx, s.conns[0], "PRAGMA max_page_count = 1")
		if err != nil {
			return err
		}
		err = run(ctx, s.conns[0], "CREATE TABLE big (a)", "INSERT INTO big VALUES (zeroblob(100000))")
		return errors.Join(err, run(ctx, s.conns[0], "PRAGMA max_page_count = 1000000"))
	}}, things)
	mustCommit(t, s, creation(0))
	full.Store(true)
	err := s.Commit(context.Background(), creation(1))
	if !errors.Is(err, storage.ErrBusy) || errors.Is(err, storage.ErrUnknown) || resultCode(err)&0xff != codes.SQLITE_FULL {
		t.Errorf("commit: got %v, want %v because the disk is full", err, storage.ErrBusy)
	}
	full.Store(false)
	if _, err := s.Get(context.Background(), thingKey(1)); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("record: got %v, want %v", err, storage.ErrNotFound)
	}
	mustCommit(t, s, creation(1))
}

func TestALockedFileIsBusy(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	other := mustOpen(t, path, Options{}, things)
	if err := run(context.Background(), s.conns[0], "PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), other.conns[0], "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(context.Background(), creation(1)); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("commit while another process writes: got %v, want %v", err, storage.ErrBusy)
	}
	if err := run(context.Background(), other.conns[0], "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	mustCommit(t, s, creation(1))
}

func TestAFullQueueIsBusy(t *testing.T) {
	g := newGate()
	s := mustOpen(t, tempPath(t), Options{commit: g.commit}, things)
	tasks := []task{planOf(t, s, creation(0))}
	for range maxQueue {
		tasks = append(tasks, trim{table: s.tables["things"]})
	}
	outcomes := g.submit(t, s, tasks...)
	if err := s.Commit(context.Background(), creation(1)); !errors.Is(err, storage.ErrBusy) {
		t.Errorf("commit with %d waiting: got %v, want %v", maxQueue, err, storage.ErrBusy)
	}
	close(g.open)
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	mustCommit(t, s, creation(1))
}

func TestAContextThatEndsWhileWaitingLeavesTheOutcomeOpen(t *testing.T) {
	g := newGate()
	s := mustOpen(t, tempPath(t), Options{commit: g.commit}, things)
	ctx, cancel := context.WithCancel(context.Background())
	outcome := make(chan error)
	go func() { outcome <- s.Commit(ctx, creation(0)) }()
	<-g.entered
	cancel()
	if err := <-outcome; !errors.Is(err, storage.ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled commit: got %v, want %v and %v", err, storage.ErrUnknown, context.Canceled)
	}
	close(g.open)
	mustCommit(t, s, creation(1))
	if _, err := s.Get(context.Background(), thingKey(0)); err != nil {
		t.Errorf("record of the commit that was on its way: %v", err)
	}
}

func TestCloseAnswersWhatIsQueued(t *testing.T) {
	g := newGate()
	path := tempPath(t)
	s := mustOpen(t, path, Options{commit: g.commit}, things)
	var tasks []task
	for i := range 20 {
		tasks = append(tasks, planOf(t, s, creation(i)))
	}
	outcomes := g.submit(t, s, tasks...)
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	close(g.open)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Errorf("commit %d before the end: %v", i, err)
		}
	}
	_, getErr := s.Get(context.Background(), thingKey(0))
	_, feedErr := s.ReadFeed(context.Background(), "things", 0, 1)
	for name, err := range map[string]error{"get": getErr, "feed": feedErr, "commit": s.Commit(context.Background(), creation(30))} {
		if !errors.Is(err, storage.ErrBusy) {
			t.Errorf("%s after the end: got %v, want %v", name, err, storage.ErrBusy)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	for i := range 20 {
		if i == 0 {
			s = mustOpen(t, path, Options{}, things)
		}
		if _, err := s.Get(context.Background(), thingKey(i)); err != nil {
			t.Errorf("record %d after reopening: %v", i, err)
		}
	}
}
