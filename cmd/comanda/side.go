package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"comanda/app"
	"comanda/datadir"
	"comanda/dynamo"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/user"
)

// side is one end of a copy.
type side struct {
	storage.Store
	location
	hasPool bool // whether it has the tables of the embedded user pool

	dir  *datadir.Dir // locked; nil on DynamoDB
	file *sqlite.Store
	keys pool.Keys // of dir
}

// movedTables are the tables of profiles and orders, which are all of ours that
// isn't made anew from them or belongs to one installation.
func movedTables() []storage.Table { return []storage.Table{user.Table, user.Claims, order.Table} }

// errNoStore says that a data directory has no store in it.
var errNoStore = errors.New("has no store: there is nothing to copy")

// openSource opens what is copied. It makes nothing.
func (p program) openSource(ctx context.Context, l location) (*side, error) {
	if l.engine == engineDynamoDB {
		return openCloud(ctx, l)
	}
	if _, err := readKeys(l.dir); err != nil {
		return nil, err
	}
	_, err := os.Stat(filepath.Join(l.dir, "comanda.db"))
	if errors.Is(err, fs.ErrNotExist) {
		err = errNoStore
	}
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", l.dir, err)
	}
	return p.openDirectory(ctx, l, nil)
}

// openDestination opens where the copy goes. Tables on DynamoDB must be there,
// while a data directory is made if need be, with the keys that makeKeys returns.
func (p program) openDestination(ctx context.Context, l location, makeKeys func() (pool.Keys, error)) (*side, error) {
	if l.engine == engineDynamoDB {
		return openCloud(ctx, l)
	}
	return p.openDirectory(ctx, l, makeKeys)
}

// openDirectory locks a data directory and opens its store.
func (p program) openDirectory(ctx context.Context, l location, makeKeys func() (pool.Keys, error)) (_ *side, err error) {
	s := &side{location: l, hasPool: true}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	s.dir, err = datadir.Open(l.dir)
	if errors.Is(err, datadir.ErrInUse) {
		return s, fmt.Errorf("data directory %s: a server or another command has it: stop that first, nothing may write during a copy", l.dir)
	}
	if err != nil {
		return s, err
	}
	err = s.dir.Keys(&s.keys, func() (any, error) { return makeKeys() })
	if err != nil {
		return s, err
	}
	// No logger: what fails during a copy fails the copy, which says so in one line.
	s.file, err = sqlite.Open(ctx, s.dir.StorePath(), app.Tables(), sqlite.Options{Views: views()})
	if err != nil {
		return s, err
	}
	s.Store = s.file
	return s, nil
}

// openCloud opens tables on DynamoDB, with those of the user pool if they are there.
func openCloud(ctx context.Context, l location) (*side, error) {
	s := &side{location: l}
	if _, err := l.cloud.open(ctx, movedTables()); err != nil {
		return nil, err
	}
	tables := movedTables()
	_, err := l.cloud.open(ctx, pool.Tables())
	switch {
	case err == nil:
		s.hasPool, tables = true, append(tables, pool.Tables()...)
	case !errors.Is(err, dynamo.ErrNoTable):
		return nil, err
	}
	s.Store, err = l.cloud.open(ctx, tables)
	return s, err
}

// close gives the side up.
func (s *side) close() error {
	var errs []error
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Close())
	}
	return errors.Join(errs...)
}

// hasAccounts reports whether anybody is in the embedded user pool.
func (s *side) hasAccounts(ctx context.Context) (bool, error) {
	if !s.hasPool {
		return false, nil
	}
	page, err := s.Scan(ctx, pool.Tables()[0].Name, "", 1)
	if err != nil {
		return false, fmt.Errorf("look for sign-in accounts: %w", err)
	}
	return len(page.Records) > 0 || page.Next != "", nil
}

// readKeysFile reads keys that were carried here in a file.
func readKeysFile(path string) (keys pool.Keys, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return keys, fmt.Errorf("read the keys: %w", err)
	}
	if err := json.Unmarshal(data, &keys); err != nil {
		return keys, fmt.Errorf("read the keys: %s is no keys.json: %w", path, err)
	}
	if err := keys.Validate(); err != nil {
		return keys, fmt.Errorf("read the keys: %s: %w", path, err)
	}
	return keys, nil
}
