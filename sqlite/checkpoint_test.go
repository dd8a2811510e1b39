package sqlite

import (
	"context"
	"os"
	"testing"
)

// logFrames returns the length of the log file in pages, also those of earlier
// rounds.
func logFrames(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size() / (4096 + 24)
}

func TestTheLogStartsAgainWhenItIsLong(t *testing.T) {
	const most = 30
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	s.pages.most = most
	for i := range 100 {
		mustCommit(t, s, creation(i))
	}
	if got := logFrames(t, path); got > 3*most {
		t.Errorf("log after many commits: got %d pages, want about %d", got, most)
	}

	reader := mustOpen(t, path, Options{}, things) // holds a snapshot, so that the log can't start again
	conn := reader.conns[0]
	if err := run(context.Background(), conn, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRowContext(context.Background(), "SELECT count(*) FROM record_things").Scan(&n); err != nil || n != 100 {
		t.Fatalf("snapshot: got %d records, error %v, want 100", n, err)
	}
	for i := range 100 {
		mustCommit(t, s, creation(100+i))
	}
	held := logFrames(t, path)
	if held < 200 {
		t.Fatalf("log beside a long reader: got %d pages, want it to grow by each of 100 commits", held)
	}
	if err := run(context.Background(), conn, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		mustCommit(t, s, creation(200+i))
	}
	if got := logFrames(t, path); got > held+2*most {
		t.Errorf("log after the reader has gone: got %d pages, want it not to grow far over %d", got, held)
	}
	if err := s.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCloseLeavesNoLog(t *testing.T) {
	path := tempPath(t)
	s := mustOpen(t, path, Options{}, things)
	mustCommit(t, s, creation(1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !os.IsNotExist(err) {
		t.Errorf("log after close: got %v, want none", err)
	}
}
