package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

type keys struct{ Name string }

func TestOpenMakesAPrivateDirectoryAndLocksIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), fs.FileMode(0o700); got != want {
		t.Errorf("mode: got %v, want %v", got, want)
	}
	if _, err := Open(path); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), path) {
		t.Errorf("second Open: got %v, want ErrInUse with the path", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d, err = Open(path)
	if err != nil {
		t.Fatalf("Open after Close: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("directory with other files: got %v, want ErrForeign", err)
	}
	if _, err := Open(filepath.Join(foreign, "thesis.txt")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file: got %v, want not a directory", err)
	}
}

func TestKeysAreMadeOnceAndKept(t *testing.T) {
	path := t.TempDir()
	if err := ReadKeys(path, &keys{}); !errors.Is(err, ErrAbsent) {
		t.Errorf("before the first start: got %v, want ErrAbsent", err)
	}
	for _, name := range []string{"first", "second"} {
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var k keys
		if err := d.Keys(&k, func() (any, error) { return keys{name}, nil }); err != nil || k.Name != "first" {
			t.Errorf("start %s: got %v, %v, want the first keys", name, k, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(path, keysFile))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
		t.Errorf("mode of keys.json: got %v, want %v", got, want)
	}
}

func TestKeysThatOthersMayReadAreHidden(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o666, 0o600, 0o400} {
		path := t.TempDir()
		file := filepath.Join(path, keysFile)
		if err := errors.Join(os.WriteFile(file, []byte(`{"Name":"x"}`), 0o600), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		d, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		want := fs.FileMode(0o600)
		if mode == 0o400 {
			want = mode
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("keys.json of mode %v: got %v, %v after the start, want %v", mode, info.Mode().Perm(), err, want)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStoreWithoutKeysOrWithDamagedOnesIsRefused(t *testing.T) {
	d, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := os.WriteFile(d.StorePath(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unwanted := func() (any, error) { return nil, errors.New("made new keys") }
	if err := d.Keys(&keys{}, unwanted); !errors.Is(err, ErrKeysLost) {
		t.Errorf("no keys: got %v, want ErrKeysLost", err)
	}
	if err := os.WriteFile(d.file(keysFile), []byte(`{"Name":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Keys(&keys{}, unwanted); err == nil || !strings.Contains(err.Error(), "keys.json is damaged") {
		t.Errorf("damaged keys: got %v, want a message that says so", err)
	}
}

func TestServerIsAnnouncedWhileItRuns(t *testing.T) {
	path := t.TempDir()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want := Server{URL: "https://127.0.0.1:1", PID: 7, Certificate: []byte{1, 2}}
	if err := d.Announce(want); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadServer(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadServer: got %v, %v, want %v", got, err, want)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadServer(path); !errors.Is(err, ErrAbsent) {
		t.Errorf("ReadServer after Close: got %v, want ErrAbsent", err)
	}
}
