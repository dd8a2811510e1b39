package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migration changes the schema of a file by one version. Its statements run in
// one transaction together with the change of user_version.
type migration struct {
	about      string // what it does, for error messages
	statements []string
}

// migrations bring a file from version 0 to the current one. Once released, an
// entry never changes; a change of the schema is a new entry.
var migrations = []migration{
	{
		about:      "create the catalog of tables",
		statements: []string{"CREATE TABLE catalog (name TEXT PRIMARY KEY, declaration TEXT NOT NULL) STRICT, WITHOUT ROWID"},
	},
}

// migrate applies the migrations that the file lacks.
func migrate(ctx context.Context, conn *sql.Conn, known []migration) error {
	version, err := schemaVersion(ctx, conn, len(known))
	if err != nil {
		return err
	}
	for i, m := range known[version:] {
		next := version + i + 1
		err := transact(ctx, conn, func() error {
			if err := run(ctx, conn, m.statements...); err != nil {
				return err
			}
			return run(ctx, conn, fmt.Sprintf("PRAGMA user_version = %d", next))
		})
		if err != nil {
			return fmt.Errorf("migration %d (%s): %w; the file is unchanged, use the release that wrote it", next, m.about, err)
		}
	}
	return nil
}

// schemaVersion returns how many migrations the file has, which must not be more
// than are known.
func schemaVersion(ctx context.Context, conn *sql.Conn, known int) (version int, err error) {
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the schema version: %w", classify(err))
	}
	if version > known || version < 0 {
		return 0, &NewerError{Version: version, Known: known}
	}
	return version, nil
}

// transact runs change in a transaction.
func transact(ctx context.Context, conn *sql.Conn, change func() error) error {
	if err := run(ctx, conn, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := change(); err != nil {
		return errors.Join(err, run(context.WithoutCancel(ctx), conn, "ROLLBACK"))
	}
	return run(ctx, conn, "COMMIT")
}
