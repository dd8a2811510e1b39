package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// source is a directory with keys.
func source(t *testing.T) string {
	t.Helper()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, keysFile), []byte(`{"Name": "kept"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stage fills a directory in the making.
func stage(t *testing.T, target string) *Staging {
	t.Helper()
	s, err := Stage(target)
	if err != nil {
		t.Fatal(err)
	}
	store, err := s.StorePath()
	if err == nil {
		err = os.WriteFile(store, []byte("records"), 0)
	}
	if err = errors.Join(err, s.CopyKeys(source(t))); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAStagedDirectoryAppearsAsAWhole(t *testing.T) {
	empty := t.TempDir()
	if err := os.Chmod(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"a new one": filepath.Join(t.TempDir(), "a", "b"), "an empty one": empty} {
		t.Run(name, func(t *testing.T) {
			s := stage(t, target)
			if _, err := FindStore(target); !errors.Is(err, ErrAbsent) {
				t.Errorf("store before the end: got %v, want %v", err, ErrAbsent)
			}
			if err := errors.Join(s.Finish(), s.Discard()); err != nil {
				t.Fatal(err)
			}
			for file, want := range map[string]fs.FileMode{"": 0o700, storeFile: 0o600, keysFile: 0o600} {
				info, err := os.Stat(filepath.Join(target, file))
				if err != nil {
					t.Fatal(err)
				}
				if got := info.Mode().Perm(); got != want {
					t.Errorf("mode of %q: got %v, want %v", file, got, want)
				}
			}
			var k keys
			if err := ReadKeys(target, &k); err != nil || k.Name != "kept" {
				t.Errorf("keys: got %v, %v, want those of the source", k, err)
			}
			for _, dir := range []string{target, filepath.Dir(target)} {
				if left, err := filepath.Glob(filepath.Join(dir, ".*"+partial+"*")); err != nil || len(left) > 0 {
					t.Errorf("beside it: got %v, %v, want nothing", left, err)
				}
			}
		})
	}
}

func TestAStagedDirectoryThatIsKilledIsNoDataDirectory(t *testing.T) {
	for name, target := range map[string]string{"a new one": filepath.Join(t.TempDir(), "data"), "an empty one": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			s := stage(t, target) // and no Finish
			if _, err := FindStore(target); !errors.Is(err, ErrAbsent) {
				t.Errorf("store: got %v, want %v", err, ErrAbsent)
			}
			if s.inside {
				if _, err := Open(target); !errors.Is(err, ErrForeign) {
					t.Errorf("Open: got %v, want %v instead of a new installation", err, ErrForeign)
				}
			}
		})
	}
}

func TestStagingRefusesAPlaceThatIsTaken(t *testing.T) {
	if _, err := Stage(source(t)); !errors.Is(err, ErrTaken) {
		t.Errorf("a directory with files: got %v, want %v", err, ErrTaken)
	}
	if _, err := Stage(filepath.Join(source(t), keysFile)); err == nil {
		t.Error("a file: got no error")
	}
	target := filepath.Join(t.TempDir(), "data")
	s := stage(t, target)
	if err := os.CopyFS(target, os.DirFS(source(t))); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(); !errors.Is(err, ErrTaken) {
		t.Errorf("a directory made meanwhile: got %v, want %v", err, ErrTaken)
	}
	if err := s.Discard(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(target)); err != nil || len(left) != 1 {
		t.Errorf("after Discard: got %v, %v, want only what was made meanwhile", left, err)
	}
}

func TestWhatADirectoryLacksIsNamed(t *testing.T) {
	if _, err := FindStore(t.TempDir()); !errors.Is(err, ErrAbsent) {
		t.Errorf("nothing: got %v, want %v", err, ErrAbsent)
	}
	if _, err := FindStore(source(t)); !errors.Is(err, ErrNoStore) {
		t.Errorf("keys only: got %v, want %v", err, ErrNoStore)
	}
}
