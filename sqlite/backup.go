package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes the database at from, as it is at one moment that isn't before
// the call, to the file at to, which must be absent or empty, and syncs it. A process may
// serve from meanwhile; its commits go on, and its log grows. The copy has no
// log, and nothing in it that was deleted. After an error, to is of no use.
//
// Pages are copied as they are understood, so a copy of a damaged database may
// look better than the original, or not: check the copy with [CheckFile], and
// the original too where that matters.
func Backup(ctx context.Context, from, to string) error {
	if _, err := inspectFile(from); err != nil {
		return fmt.Errorf("back up database %s: %w", from, err)
	}
	to, err := filepath.Abs(to) // a relative path could look like a URI
	if err != nil {
		return fmt.Errorf("back up database %s: %w", from, err)
	}
	err = withFile(ctx, backupSource, from, func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "VACUUM INTO ?", to)
		return classify(err)
	})
	if err == nil {
		err = syncFile(to) // SQLite leaves that to us here
	}
	if err != nil {
		return fmt.Errorf("back up database %s: %w", from, err)
	}
	return nil
}

// withFile calls use with a connection to the file at path.
func withFile(ctx context.Context, source func(path string) string, path string, use func(*sql.Conn) error) (err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", source(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", classify(err))
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return use(conn)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
