package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Names of the files in a data directory.
const (
	storeFile    = "comanda.db"
	keysFile     = "keys.json"
	lockFile     = "lock"
	serverFile   = "server.json"
	passwordFile = "admin-password"
)

var (
	// ErrInUse says that another process serves the directory.
	ErrInUse = errors.New("is served by another process: stop it first, or choose another directory with --data")

	// ErrForeign says that the directory holds files, but none of ours.
	ErrForeign = errors.New("has files in it that are not Comanda's: choose an empty or new directory with --data")

	// ErrAbsent says that there is no data directory, or nothing in it yet.
	ErrAbsent = errors.New("is no data directory yet: start the server once with comanda serve")

	// ErrNoStore says that there are keys without a store.
	ErrNoStore = errors.New("has keys and no store in it")

	// ErrKeysLost says that there is a store without its keys.
	ErrKeysLost = errors.New("has a store but no keys.json: restore that file from a backup; tokens and sealed passwords depend on it")
)

// Dir is a data directory that this process has locked.
type Dir struct {
	path string
	lock *flock.Flock
}

// Open makes the directory if it is missing, checks that it and everything in it is
// ours, and locks it. Errors name the path; they match [ErrInUse], [ErrForeign],
// [ErrOwner], [ErrLink] or what the operating system said.
func Open(path string) (*Dir, error) {
	d := &Dir{path: path}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, d.explain(fmt.Errorf("%w: choose another with --data, or change its permissions", plain(err)))
	}
	if err := d.shut(); err != nil {
		return nil, d.explain(err)
	}
	// No other user can put anything there any more, so what is there now counts.
	if err := checkFiles(path); err != nil {
		return nil, d.explain(err)
	}
	d.lock = flock.New(d.file(lockFile), flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDONLY|noFollow))
	held, err := d.lock.TryLock()
	if err != nil {
		return nil, d.explain(err)
	}
	if !held {
		return nil, d.explain(ErrInUse)
	}
	if err := d.hideKeys(); err != nil {
		return nil, d.explain(errors.Join(err, d.lock.Close()))
	}
	return d, nil
}

// shut keeps others out of a directory that is ours.
func (d *Dir) shut() error {
	info, err := os.Stat(d.path)
	if err == nil {
		err = checkOwner(info)
	}
	if err == nil {
		err = checkOurs(d.path)
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(d.path, 0o700); err != nil { //nolint:gosec // a directory without the x bit is of no use
		return fmt.Errorf("%w: only its owner can serve it", plain(err))
	}
	return nil
}

// hideKeys takes from others what an editor or a copy may have given them: to read the
// keys. Who reads them can sign tokens.
func (d *Dir) hideKeys() error {
	f, err := open(d.file(keysFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&anyAccess != 0 {
		err = f.Chmod(0o600)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: only its owner may read keys.json: chmod 600 it", plain(err))
	}
	return nil
}

// checkOurs refuses a directory that was meant for something else.
func checkOurs(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return plain(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case storeFile, keysFile, lockFile:
			return nil
		}
	}
	if len(entries) > 0 {
		return ErrForeign
	}
	return nil
}

// Close forgets the server's address and unlocks the directory.
func (d *Dir) Close() error {
	err := os.Remove(d.file(serverFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, d.lock.Close())
}

// Path returns the directory's path as it was given.
func (d *Dir) Path() string { return d.path }

// StorePath returns the path of the store's file.
func (d *Dir) StorePath() string { return StorePath(d.path) }

// StorePath returns the path of the store's file in a data directory.
func StorePath(path string) string { return filepath.Join(path, storeFile) }

func (d *Dir) file(name string) string { return filepath.Join(d.path, name) }

// plain takes the operation and path off an error of package os: the caller
// names the path already.
func plain(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return fmt.Errorf("%w (%s %s)", pathError.Err, pathError.Op, filepath.Base(pathError.Path))
	}
	return err
}
