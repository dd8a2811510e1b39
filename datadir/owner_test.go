//go:build unix

package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// somebody is the id of a user who isn't root, and whom no test runs as.
const somebody = 47_110

// as lets the test act as a user.
func as(t *testing.T, uid int) {
	t.Helper()
	before := effective
	t.Cleanup(func() { effective = before })
	effective = func() int { return uid }
}

// owned returns a directory with keys, a store and an address that isn't root's, and
// who owns it.
func owned(t *testing.T) (path string, owner int) {
	t.Helper()
	path, owner = filepath.Join(t.TempDir(), "data"), os.Geteuid()
	d, err := Open(path)
	if err == nil {
		err = errors.Join(d.SaveKeys(keys{"x"}), d.Announce(Server{URL: "http://127.0.0.1:1"}), os.WriteFile(d.StorePath(), nil, 0o600), d.lock.Close())
	}
	if err == nil && owner == 0 {
		owner = somebody
		err = os.Chown(path, owner, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, owner
}

// reads are what takes something from a directory without locking it.
func reads(path string) map[string]error {
	_, server := ReadServer(path)
	_, store := FindStore(path)
	return map[string]error{"the keys": ReadKeys(path, &keys{}), "the address": server, "the store": store}
}

func TestADirectoryOfAnotherUserIsNeitherServedNorRead(t *testing.T) {
	for name, x := range map[string]struct {
		uid    int
		remedy string
	}{"another user": {somebody + 1, "ask its owner"}, "root": {0, "sudo -u "}} {
		t.Run(name, func(t *testing.T) {
			path, owner := owned(t)
			as(t, x.uid)
			all := reads(path)
			d, err := Open(path)
			if err == nil {
				d.Close()
			}
			all["the whole directory"] = err
			for what, err := range all {
				if !errors.Is(err, ErrOwner) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), x.remedy) {
					t.Errorf("%s: got %v, want %v with the path and %q", what, err, ErrOwner, x.remedy)
				}
			}
			as(t, owner)
			for what, err := range reads(path) {
				if err != nil {
					t.Errorf("%s, as its owner: got %v, want it", what, err)
				}
			}
		})
	}
}

func TestNothingIsMadeInADirectoryOfAnotherUser(t *testing.T) {
	path, owner := owned(t)
	empty := filepath.Join(path, "empty")
	if err := errors.Join(os.Mkdir(empty, 0o700), os.Chown(empty, owner, -1)); err != nil {
		t.Fatal(err)
	}
	as(t, somebody+1)
	if s, err := Stage(empty); !errors.Is(err, ErrOwner) {
		t.Errorf("got %+v, %v, want %v", s, err, ErrOwner)
	}
	as(t, owner)
	s, err := Stage(empty)
	if err == nil {
		err = s.Discard()
	}
	if err != nil {
		t.Errorf("as its owner: got %v, want it", err)
	}
}

func TestAFileOfAnotherUserIsNotTaken(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give files away: the directory's owner is tested above")
		return
	}
	for _, name := range []string{keysFile, serverFile, storeFile, lockFile, passwordFile, storeFile + "-wal"} {
		path, _ := owned(t)
		file := filepath.Join(path, name)
		err := errors.Join(os.Chown(path, 0, -1), os.WriteFile(file, []byte("{}"), 0o600), os.Chown(file, somebody, -1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, ErrOwner) || !strings.Contains(err.Error(), name+" belongs to") {
			t.Errorf("%s: got %v, want %v with the name", name, err, ErrOwner)
		}
	}
}

func TestNoLinkIsFollowed(t *testing.T) {
	for _, name := range []string{keysFile, serverFile, storeFile, lockFile, passwordFile, storeFile + "-wal"} {
		t.Run(name, func(t *testing.T) {
			path, owner := owned(t)
			as(t, owner)
			target := filepath.Join(t.TempDir(), "target")
			if err := os.WriteFile(target, []byte(`{"Name":"elsewhere","url":"http://127.0.0.1:2"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(target, 0o644); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(path, name)
			if err := os.RemoveAll(file); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, file); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path); !errors.Is(err, ErrLink) || !strings.Contains(err.Error(), name+" isn't a file of its own but a link") {
				t.Errorf("Open: got %v, want %v with the name", err, ErrLink)
			}
			all := reads(path)
			for what, file := range map[string]string{"the keys": keysFile, "the address": serverFile, "the store": storeFile} {
				if err := all[what]; file == name && !errors.Is(err, ErrLink) {
					t.Errorf("%s: got %v, want %v", what, err, ErrLink)
				}
			}
			if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("what the link leads to: got mode %v, %v, want it as it was", info.Mode(), err)
			}
		})
	}
}

func TestALinkToNowhereMakesNothingThere(t *testing.T) {
	path, target := t.TempDir(), filepath.Join(t.TempDir(), "made")
	if err := os.Symlink(target, filepath.Join(path, lockFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrLink) {
		t.Errorf("got %v, want %v", err, ErrLink)
	}
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where the link leads: got %v, want nothing", err)
	}
}

func TestWhatOthersCouldHaveWrittenIsNotRead(t *testing.T) {
	for name, x := range map[string]struct {
		file   string // "": the directory
		mode   fs.FileMode
		refuse map[string]bool
	}{
		"a directory that others write to":     {"", 0o777, map[string]bool{"the keys": true, "the address": true, "the store": true}},
		"a directory that a group writes to":   {"", 0o770, map[string]bool{"the keys": true, "the address": true, "the store": true}},
		"a directory that others look into":    {"", 0o755, map[string]bool{"the address": true}},
		"keys that others write to":            {keysFile, 0o666, map[string]bool{"the keys": true}},
		"an address that others write to":      {serverFile, 0o622, map[string]bool{"the address": true}},
		"a directory of one's own, all closed": {"", 0o700, nil},
	} {
		path, owner := owned(t)
		as(t, owner)
		if err := os.Chmod(filepath.Join(path, x.file), x.mode); err != nil {
			t.Fatal(err)
		}
		for what, err := range reads(path) {
			if errors.Is(err, ErrShared) != x.refuse[what] || err != nil && !strings.Contains(err.Error(), "chmod ") {
				t.Errorf("%s: %s: got %v, want it refused: %v", name, what, err, x.refuse[what])
			}
		}
	}
}
