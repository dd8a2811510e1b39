package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrTaken says that there is something already where a new directory is wanted.
var ErrTaken = errors.New("exists already and has something in it: nothing was overwritten, choose another place")

// partial is in the name of a directory that is being filled, after a dot. When
// its maker was killed, it can be deleted.
const partial = ".partial-"

// Staging is a data directory in the making, under a temporary name. What makes
// up an installation goes into it: the store, and the keys. Everything else in a
// data directory belongs to one process or one moment.
type Staging struct {
	dir    string // temporary
	target string
	inside bool // dir is in target, which was there and empty
}

// Stage begins a data directory at path, which must be absent or empty. One that
// is there is filled in place, because it may be a mount point.
func Stage(path string) (*Staging, error) {
	fail := func(err error) (*Staging, error) { return nil, fmt.Errorf("data directory %s: %w", path, plain(err)) }
	target, err := filepath.Abs(path)
	if err != nil {
		return fail(err)
	}
	s := &Staging{target: target}
	parent := filepath.Dir(target)
	switch entries, err := os.ReadDir(target); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fail(err)
	case len(entries) > 0:
		return fail(ErrTaken)
	default:
		info, err := os.Stat(target)
		if err == nil {
			err = checkOwner(info)
		}
		if err != nil {
			return fail(err)
		}
		s.inside, parent = true, target
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return fail(err)
	}
	if s.dir, err = os.MkdirTemp(parent, "."+filepath.Base(target)+partial); err != nil { // 0700
		return fail(err)
	}
	return s, nil
}

// Path returns where the directory is until it has its name.
func (s *Staging) Path() string { return s.dir }

// StorePath makes an empty file for the store, readable by its owner only, and
// returns its path.
func (s *Staging) StorePath() (string, error) {
	path := filepath.Join(s.dir, storeFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	return path, f.Close()
}

// CopyKeys takes keys.json over from the data directory at path, byte for byte.
func (s *Staging) CopyKeys(path string) error {
	from := &Dir{path: path}
	data, err := readFile(from.file(keysFile))
	if err != nil {
		return from.explain(err)
	}
	to := &Dir{path: s.dir}
	return to.explain(to.write(keysFile, data))
}

// Finish gives the directory its name, durably. Until then, a process that looks finds
// no data directory there, and a crash leaves none.
func (s *Staging) Finish() error {
	err := s.finish()
	if err != nil {
		return fmt.Errorf("data directory %s: %w", s.target, plain(err))
	}
	return nil
}

func (s *Staging) finish() error {
	if err := syncDirectory(s.dir); err != nil {
		return err
	}
	if !s.inside {
		err := os.Rename(s.dir, s.target)
		if errors.Is(err, fs.ErrExist) { // made by another process meanwhile
			err = ErrTaken
		}
		if err != nil {
			return err
		}
		return syncDirectory(filepath.Dir(s.target))
	}
	if err := os.Chmod(s.target, 0o700); err != nil { //nolint:gosec // a directory without the x bit is of no use
		return err
	}
	for _, name := range []string{storeFile, keysFile} { // a store alone is refused by those who would serve it
		if err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.target, name)); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(s.dir), syncDirectory(s.target))
}

// Discard removes what Finish didn't get to name.
func (s *Staging) Discard() error { return os.RemoveAll(s.dir) }

func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// FindStore returns the path of the store of a directory that a process may be
// serving. Without one it is [ErrAbsent], or [ErrNoStore] when there are keys.
func FindStore(path string) (string, error) {
	d := &Dir{path: path}
	dir, err := os.Stat(path)
	if err == nil {
		err = errors.Join(checkDirectory(dir, path), checkFiles(path))
	}
	if err == nil {
		_, err = os.Stat(d.StorePath())
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return d.StorePath(), d.explain(err)
	}
	if _, err := os.Stat(d.file(keysFile)); err == nil {
		return "", d.explain(ErrNoStore)
	}
	return "", d.explain(ErrAbsent)
}
