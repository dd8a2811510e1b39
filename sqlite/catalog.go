package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	codes "modernc.org/sqlite/lib"

	"comanda/storage"
)

// createTables creates the declared tables that the catalog doesn't have, and
// compares the others with it. Tables that only the catalog has are left alone.
func createTables(ctx context.Context, conn *sql.Conn, tables map[string]*table) error {
	stored, err := readCatalog(ctx, conn)
	if err != nil {
		return err
	}
	var missing []*table
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		declaration, ok := stored[name]
		if !ok {
			missing = append(missing, tables[name])
			continue
		}
		if err := compareDeclaration(tables[name].decl, declaration); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return transact(ctx, conn, func() error {
		for _, t := range missing {
			if err := createTable(ctx, conn, t); err != nil {
				return fmt.Errorf("create table %s: %w", t.decl.Name, err)
			}
		}
		return nil
	})
}

func readCatalog(ctx context.Context, conn *sql.Conn) (stored map[string]string, err error) {
	rows, err := conn.QueryContext(ctx, "SELECT name, declaration FROM catalog")
	if err != nil {
		return nil, fmt.Errorf("read the catalog of tables: %w", classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	stored = make(map[string]string)
	for rows.Next() {
		var name, declaration string
		if err := rows.Scan(&name, &declaration); err != nil {
			return nil, fmt.Errorf("read the catalog of tables: %w", classify(err))
		}
		stored[name] = declaration
	}
	return stored, classify(rows.Err())
}

func compareDeclaration(given storage.Table, stored string) error {
	var old storage.Table
	if err := json.Unmarshal([]byte(stored), &old); err != nil {
		return fmt.Errorf("%w: declaration of table %s in the catalog: %w; %s", ErrDamaged, given.Name, err, remedy)
	}
	if len(old.Indexes) == 0 && len(given.Indexes) == 0 {
		old.Indexes = given.Indexes // nil and empty mean the same
	}
	if reflect.DeepEqual(old, given) {
		return nil
	}
	text, err := json.Marshal(given)
	if err != nil {
		return err
	}
	return &DeclarationError{Table: given.Name, Stored: stored, Given: string(text)}
}

func createTable(ctx context.Context, conn *sql.Conn, t *table) error {
	if err := run(ctx, conn, t.definition()...); err != nil {
		return err
	}
	declaration, err := json.Marshal(t.decl)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "INSERT INTO catalog (name, declaration) VALUES (?, ?)", t.decl.Name, string(declaration))
	return classify(err)
}

// createViews creates the views that are new or differ. SQLite keeps the text of
// a definition as it was given, so the text is what is compared.
func createViews(ctx context.Context, conn *sql.Conn, views []View) error {
	var changed []View
	for _, v := range views {
		var text string
		err := conn.QueryRowContext(ctx, "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?", v.Name).Scan(&text)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read view %s: %w", v.Name, classify(err))
		}
		if text != v.definition() {
			changed = append(changed, v)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return transact(ctx, conn, func() error {
		for _, v := range changed {
			if err := run(ctx, conn, "DROP VIEW IF EXISTS "+quote(v.Name), v.definition()); err != nil {
				return fmt.Errorf("create view %s: %w; correct its SQL or its name", v.Name, err)
			}
		}
		return nil
	})
}

func (v View) definition() string {
	return "CREATE VIEW " + quote(v.Name) + " AS " + v.SQL
}

// touch reads the way to the last record of every table, which finds a file that was
// cut short or overwritten without reading it in full.
func touch(ctx context.Context, conn *sql.Conn, tables map[string]*table) error {
	for _, t := range tables {
		from := []string{t.record}
		if t.decl.Feed {
			from = append(from, t.feed)
		}
		for _, name := range from {
			var last sql.NullInt64
			err := conn.QueryRowContext(ctx, "SELECT max(rowid) FROM "+name).Scan(&last)
			if err != nil && resultCode(err)&0xff == codes.SQLITE_ERROR {
				err = fmt.Errorf("%w: %w; %s", ErrDamaged, err, remedy)
			}
			if err != nil {
				return fmt.Errorf("read table %s: %w", t.decl.Name, classify(err))
			}
		}
	}
	return nil
}
