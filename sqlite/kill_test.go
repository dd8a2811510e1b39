package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"comanda/storage"
)

// victimVariable makes the test binary a process that commits until it is
// killed. Its value is the path of the database.
const victimVariable = "COMANDA_SQLITE_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimVariable); path != "" {
		if err := commitUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// commitUntilKilled creates things from several goroutines and prints the number of
// each one and its version as soon as it is acknowledged. Every second one is replaced at once.
func commitUntilKilled(path string) error {
	s, err := Open(context.Background(), path, []storage.Table{things}, Options{})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for g := range 16 {
		go func() {
			for n := g; ; n += 16 {
				c := creation(n)
				if err := s.Commit(context.Background(), c); err != nil {
					failed <- err
				}
				if n%32 >= 16 {
					old := storage.Record{Key: thingKey(n), Version: c.ID}
					c = creation(n)
					c.Writes[0].Old = &old
					if err := s.Commit(context.Background(), c); err != nil {
						failed <- err
					}
				}
				fmt.Printf("%d %s\n", n, c.ID) // one write each, so lines stay whole
			}
		}()
	}
	return <-failed
}

func TestNoAcknowledgedCommitIsLostWhenTheProcessIsKilled(t *testing.T) {
	for round := range 2 {
		path := tempPath(t)
		acknowledged := killUnderLoad(t, path, 500)
		s := mustOpen(t, path, Options{}, things)
		for n, version := range acknowledged {
			r, err := s.Get(context.Background(), thingKey(n))
			if err != nil || r.Version != version {
				t.Fatalf("round %d, acknowledged record %d: got version %q, error %v, want %q", round, n, r.Version, err, version)
			}
		}
		if err := s.Check(context.Background()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		mustCommit(t, s, creation(1_000_000_000))
	}
}

// killUnderLoad kills a process after so many acknowledgements and returns all
// that it has made, by number.
func killUnderLoad(t *testing.T, path string, after int) map[int]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimVariable+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := make(map[int]string)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		number, version, ok := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || len(version) != 22 {
			break // the line at which it was killed
		}
		if acknowledged[n] = version; len(acknowledged) == after {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(acknowledged) < after {
		t.Fatalf("process: got %d acknowledgements and end %v, want at least %d and its death", len(acknowledged), err, after)
	}
	return acknowledged
}
