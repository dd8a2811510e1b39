package installation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"comanda/datadir"
	"comanda/engine"
)

// Step is told what takes its time.
type Step func(format string, args ...any)

// Backup makes a backup at to of the records in a place, and of the keys of their data
// directory, which may be served, and says how much is in it. Only a data directory has both:
// for any other place it returns an error of [engine.Cannot].
func Backup(ctx context.Context, place engine.Place, to string, step Step) (engine.Contents, error) {
	data := place.Traits().Directory
	if data == "" {
		return engine.Contents{}, place.Backup(ctx, to)
	}
	if _, err := inspect(data); err != nil {
		return engine.Contents{}, fmt.Errorf("back up: %w", err)
	}
	if _, err := os.Lstat(to); err == nil {
		return engine.Contents{}, fmt.Errorf("back up to %s: %w", to, datadir.ErrTaken)
	}
	if isBelow(to, data) {
		return engine.Contents{}, fmt.Errorf("back up to %s: that is in the data directory, and lost together with it: choose another place, on another disk", to)
	}
	found, err := duplicate(ctx, data, to, step)
	if err != nil {
		err = fmt.Errorf("back up: %w", err)
	}
	return found, err
}

// Restore makes a data directory of a backup, which it checks, and says how much is
// in it.
func Restore(ctx context.Context, backup, data string, step Step) (engine.Contents, error) {
	store, err := inspect(backup)
	if errors.Is(err, datadir.ErrAbsent) {
		return engine.Contents{}, fmt.Errorf("restore: %s: %s: give the directory that comanda backup has made", backup, absence(backup))
	}
	if err != nil {
		return engine.Contents{}, fmt.Errorf("restore: no backup: %w", err)
	}
	step("checking %s", store)
	if _, err := engine.Directory(backup).Check(ctx); err != nil {
		return engine.Contents{}, fmt.Errorf("restore: the backup isn't sound, take an earlier one: %w", err)
	}
	found, err := duplicate(ctx, backup, data, step)
	if err != nil {
		err = fmt.Errorf("restore: %w", err)
	}
	return found, err
}

// Check reads a whole data directory, and says how much is in it if it is sound.
func Check(ctx context.Context, data string, step Step) (engine.Contents, error) {
	store, err := inspect(data)
	if errors.Is(err, datadir.ErrAbsent) {
		return engine.Contents{}, fmt.Errorf("check: %s: %s: give a data directory, or a backup", data, absence(data))
	}
	if err != nil {
		return engine.Contents{}, fmt.Errorf("check: %w", err)
	}
	step("checking %s", store)
	found, err := engine.Directory(data).Check(ctx)
	if err != nil {
		err = fmt.Errorf("check: %w", err)
	}
	return found, err
}

// duplicate makes a data directory of another, checks it, and then gives it its name.
func duplicate(ctx context.Context, from, to string, step Step) (found engine.Contents, err error) {
	store, err := inspect(from)
	if err != nil {
		return found, err
	}
	made, err := datadir.Stage(to)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, made.Discard()) }()
	path, err := made.StorePath()
	if err != nil {
		return found, err
	}
	step("copying %s", store)
	if err := engine.Directory(from).Backup(ctx, path); err != nil {
		return found, err
	}
	if err := made.CopyKeys(from); err != nil { // after the store: keys are only ever added to those that it was written with
		return found, err
	}
	step("checking the copy")
	if found, err = engine.Directory(made.Path()).Check(ctx); err != nil {
		return found, fmt.Errorf("the copy of %s isn't sound, so the store itself may not be, see comanda check: %w", store, err)
	}
	return found, made.Finish()
}

// absence says what is in the place of a directory with a store.
func absence(path string) string {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "there is no such directory"
	}
	return "has no store in it"
}

// inspect returns the path of the store in a directory that has everything in it
// that a server needs.
func inspect(data string) (string, error) {
	store, err := datadir.FindStore(data)
	if errors.Is(err, datadir.ErrNoStore) {
		return "", fmt.Errorf("%w: %s", err, engine.Elsewhere)
	}
	if err != nil {
		return "", err
	}
	keys, err := Keys(data)
	if errors.Is(err, datadir.ErrAbsent) {
		return "", fmt.Errorf("data directory %s: %w", data, datadir.ErrKeysLost)
	}
	if err != nil {
		return "", err
	}
	if err := keys.Validate(); err != nil {
		return "", fmt.Errorf("data directory %s: keys.json: %w", data, err)
	}
	return store, nil
}

// isBelow reports whether path is in the directory, as far as can be seen.
func isBelow(path, dir string) bool {
	real := func(path string) string {
		if absolute, err := filepath.Abs(path); err == nil {
			path = absolute
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			path = resolved
		}
		return path
	}
	path = filepath.Join(real(filepath.Dir(path)), filepath.Base(path))
	relative, err := filepath.Rel(real(dir), path)
	return err == nil && filepath.IsLocal(relative)
}
