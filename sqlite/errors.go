package sqlite

import (
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"comanda/storage"
)

var (
	// ErrForeign says that the file isn't one of ours: no SQLite file at all, or
	// the database of another program.
	ErrForeign = errors.New("not a database of this program")

	// ErrDamaged says that SQLite found the file inconsistent.
	ErrDamaged = errors.New("database file is damaged")

	errStopped = fmt.Errorf("%w: the store has stopped after a failed sync, restart the program", storage.ErrBusy)
	errClosed  = fmt.Errorf("%w: the store is closed", storage.ErrBusy)
	errFull    = fmt.Errorf("%w: the last commit found the disk full; free some space", storage.ErrFull)
	errQueue   = fmt.Errorf("%w: the queue of commits is full", storage.ErrBusy)
)

// remedy ends every error about damage.
const remedy = "restore a backup with comanda restore"

// NewerError says that a later release has written the file.
type NewerError struct {
	Version int // migrations applied to the file
	Known   int // migrations that this build knows
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("the file has schema version %d and this build knows up to %d: use the release that wrote it, or a later one",
		e.Version, e.Known)
}

// DeclarationError says that a table was created under another declaration.
type DeclarationError struct {
	Table  string // name of the table
	Stored string // the declaration in the file, as JSON
	Given  string // the declaration passed to [Open], as JSON
}

func (e *DeclarationError) Error() string {
	return fmt.Sprintf("table %s is declared as %s but the file has it as %s: add a migration, or use the release that wrote the file",
		e.Table, e.Given, e.Stored)
}

// classify joins to an error of the driver the error of ours that callers match.
func classify(err error) error {
	switch resultCode(err) & 0xff {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w; %s", ErrDamaged, err, remedy)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", storage.ErrBusy, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("%w: %w; free some disk space", storage.ErrFull, err)
	}
	return err
}

// resultCode returns SQLite's extended result code, or 0 when err is not the
// driver's.
func resultCode(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()
	}
	return 0
}
