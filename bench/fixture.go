package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"comanda/client"

	_ "modernc.org/sqlite" // reads the databases of the servers when they have stopped
)

// customers is how many have a token. They take turns.
const customers = 200

// fixture is a data directory to run a server on.
type fixture struct {
	dir      string
	database string   // file in dir that has a table or view "orders"
	ids      []string // of the customers
	tokens   string   // file, a token a line
	answer   string   // file, the server's answer to a placement
	targets  string   // file, paths of single orders for load.lua
	latest   string   // file, paths of lists for load.lua
	path     string   // where placements go
}

// copied returns the same fixture in a new directory.
func (f *fixture) copied(l *lab, name string) (*fixture, error) {
	dir, err := l.temporary(name)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("copy a data directory: %w", err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, e.Name()), content, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("copy a data directory: %w", err)
		}
	}
	c := *f
	c.dir = dir
	return &c, nil
}

// remove makes room. Only copies are removed.
func (f *fixture) remove() error {
	if err := os.RemoveAll(f.dir); err != nil {
		return fmt.Errorf("remove a copied data directory: %w", err)
	}
	return nil
}

// count returns the number of orders stored. The server has stopped.
func (f *fixture) count(ctx context.Context) (n int, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(f.dir, f.database))
	if err != nil {
		return 0, fmt.Errorf("count the orders: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM orders").Scan(&n); err != nil {
		return 0, fmt.Errorf("count the orders: %w", err)
	}
	return n, nil
}

// errCount says that a server stored something else than it acknowledged.
var errCount = errors.New("orders stored aren't those acknowledged")

// checkCount compares what was stored with what was acknowledged. At the end of
// a load each connection may have one request whose answer wrk didn't wait for.
func checkCount(stored, acknowledged, open int) error {
	if stored < acknowledged || stored > acknowledged+open {
		return fmt.Errorf("%w: %d stored, %d acknowledged, at most %d left unanswered", errCount, stored, acknowledged, open)
	}
	return nil
}

// fresh returns an initialised data directory without orders.
func (l *lab) fresh(ctx context.Context) (*fixture, error) {
	if l.freshMade != nil {
		return l.freshMade, nil
	}
	l.note("make %d customers", customers)
	dir, err := l.temporary("template")
	if err != nil {
		return nil, err
	}
	f := &fixture{dir: dir, database: "comanda.db", path: "/orders", tokens: filepath.Join(l.dir, "tokens"), answer: filepath.Join(l.dir, "answer.json")}
	s, err := l.start(ctx, l.comanda, dir)
	if err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	if err := f.signUp(ctx); err != nil {
		return nil, err
	}
	if err := l.sample(ctx, f); err != nil {
		return nil, err
	}
	l.freshMade = f
	return f, nil
}

// sample places one order in a copy and keeps the answer, for the ceiling.
func (l *lab) sample(ctx context.Context, f *fixture) error {
	c, err := f.copied(l, "sample")
	if err != nil {
		return err
	}
	s, err := l.start(ctx, l.comanda, c.dir)
	if err != nil {
		return err
	}
	answer, err := s.placeOne(ctx, f)
	if err = errors.Join(err, s.stop(), c.remove()); err != nil {
		return err
	}
	return os.WriteFile(f.answer, answer, 0o600)
}

func (s *server) placeOne(ctx context.Context, f *fixture) ([]byte, error) {
	tokens, err := os.ReadFile(f.tokens)
	if err != nil {
		return nil, fmt.Errorf("read the tokens: %w", err)
	}
	token, _, _ := strings.Cut(string(tokens), "\n")
	content, err := readContent(orderBody)
	if err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{URL: "http://" + s.address, Tokens: client.StaticToken(token)})
	if err != nil {
		return nil, err
	}
	o, err := c.Place(ctx, client.Placement{OrderID: "00000000-0000-4000-8000-000000000000", Content: content})
	return o.JSON(), err
}

// pocketbaseFixture builds PocketBase and makes its collection and users.
func (l *lab) pocketbaseFixture(ctx context.Context) (*fixture, error) {
	if l.pocketbaseMade != nil {
		return l.pocketbaseMade, nil
	}
	binary, err := l.build(ctx, "pocketbase", filepath.Join("bench", "pocketbase"), ".")
	if err != nil {
		return nil, err
	}
	l.pocketbase = program{name: "pocketbase", binary: binary, ready: "/api/health", args: func(address, dir string) []string {
		return []string{"serve", "--http", address, "--dir", dir}
	}}
	dir, err := l.temporary("pocketbase-template")
	if err != nil {
		return nil, err
	}
	l.note("make %d customers in PocketBase", customers)
	prepare := exec.CommandContext(ctx, binary, "prepare", strconv.Itoa(customers), "--dir", dir) //nolint:gosec // our own program
	tokens, err := prepare.Output()
	if err != nil {
		return nil, fmt.Errorf("prepare PocketBase: %w", err)
	}
	f := &fixture{dir: dir, database: "data.db", path: "/api/collections/orders/records", tokens: filepath.Join(l.dir, "pocketbase-tokens")}
	if err := os.WriteFile(f.tokens, tokens, 0o600); err != nil {
		return nil, fmt.Errorf("write the tokens: %w", err)
	}
	l.pocketbaseMade = f
	return f, nil
}
