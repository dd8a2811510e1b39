package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"comanda/storage"
)

// Options are what [Open] can be told. The zero value is a good one.
type Options struct {
	Now    func() time.Time // clock for the times of changes; nil: time.Now
	Views  []View           // views to have in the file
	Logger *slog.Logger     // for failures that no caller sees; nil: none are logged

	// commit runs COMMIT, given as a function. Tests set it to make COMMIT fail.
	commit func(context.Context, func() error) error
}

// View is a named query for people with a sqlite3 shell. It is replaced on open
// when its SQL differs from what the file has.
type View struct {
	Name string // of the view
	SQL  string // the SELECT statement
}

// Open opens the database file at path, or creates it, with the tables given.
// Its errors name the path, what is wrong and what to do; among them are
// [ErrForeign], [ErrDamaged], [*NewerError] and [*DeclarationError]. No table is
// read in full, so damage inside one goes unnoticed here: see [Store.Check].
func Open(ctx context.Context, path string, tables []storage.Table, opts Options) (*Store, error) {
	return open(ctx, path, tables, opts, migrations)
}

func open(ctx context.Context, path string, tables []storage.Table, opts Options, known []migration) (*Store, error) {
	s, err := openFile(ctx, path, tables, opts.withDefaults(), known)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.commit == nil {
		o.commit = func(_ context.Context, commit func() error) error { return commit() }
	}
	return o
}

func openFile(ctx context.Context, path string, declared []storage.Table, opts Options, known []migration) (_ *Store, err error) {
	tables, err := newTables(declared)
	if err != nil {
		return nil, err
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	s := &Store{tables: tables, declared: make(map[string]storage.Table, len(declared))}
	for name, t := range tables {
		s.declared[name] = t.decl
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	write, err := s.connect(ctx, writerSource(path))
	if err != nil {
		return nil, err
	}
	if err := prepareDatabase(ctx, write, tables, opts.Views, known); err != nil {
		return nil, err
	}
	passes, err := s.connect(ctx, checkpointSource(path))
	if err != nil {
		return nil, err
	}
	db, err := s.database(readerSource(path))
	if err != nil {
		return nil, err
	}
	s.start(write, passes, db, opts)
	return s, nil
}

// database opens a pool that keeps its connections.
func (s *Store) database(source string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(0)
	s.dbs = append(s.dbs, db)
	return db, nil
}

// connect opens a connection that stays ours until the store is closed.
func (s *Store) connect(ctx context.Context, source string) (*sql.Conn, error) {
	db, err := s.database(source)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", classify(err))
	}
	s.conns = append(s.conns, conn)
	return conn, nil
}

func (s *Store) start(write, passes *sql.Conn, readers *sql.DB, opts Options) {
	s.readers = newReaders(readers)
	s.pages = newCheckpointer(passes, opts.Logger)
	s.writer = newWriter(write, opts, s.pages)
	go s.pages.run()
	go s.writer.run()
}

// prepareDatabase brings the file to the schema of this build.
func prepareDatabase(ctx context.Context, conn *sql.Conn, tables map[string]*table, views []View, known []migration) error {
	if err := mark(ctx, conn); err != nil {
		return err
	}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return fmt.Errorf("change to write-ahead logging: %w", classify(err))
	}
	if mode != "wal" {
		return fmt.Errorf("change to write-ahead logging: the journal mode stays %s; use a local file system", mode)
	}
	if err := migrate(ctx, conn, known); err != nil {
		return err
	}
	if err := createTables(ctx, conn, tables); err != nil {
		return err
	}
	if err := createViews(ctx, conn, views); err != nil {
		return err
	}
	return touch(ctx, conn, tables)
}

// mark writes our application_id into an empty file, before anything else. A
// file that a crash has left behind at this point can look marked until SQLite
// has rolled it back, hence the look through SQLite.
func mark(ctx context.Context, conn *sql.Conn) error {
	var id int
	if err := conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return fmt.Errorf("read the application id: %w", classify(err))
	}
	if id == ApplicationID {
		return nil
	}
	return run(ctx, conn, fmt.Sprintf("PRAGMA application_id = %d", ApplicationID))
}

// run executes statements that return nothing of interest.
func run(ctx context.Context, conn *sql.Conn, statements ...string) error {
	for _, text := range statements {
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return classify(err)
		}
	}
	return nil
}
