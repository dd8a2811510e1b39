package relocation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/engine"
	"comanda/installation"
	"comanda/order"
	"comanda/pool"
	"comanda/storage"
	"comanda/user"
)

// side is one end of a move.
type side struct {
	app.Engine
	place   engine.Place
	hasPool bool // whether it has the tables of the embedded user pool

	dir  *datadir.Dir // locked; nil elsewhere
	keys pool.Keys    // of dir
}

// movedTables are the tables of profiles and orders, which are all of ours that
// isn't made anew from them or belongs to one installation.
func movedTables() []storage.Table { return []storage.Table{user.Table, user.Claims, order.Table} }

// openSource opens what is copied. It makes nothing.
func (m Move) openSource(ctx context.Context) (*side, error) {
	if dir := m.From.Traits().Directory; dir != "" {
		_, err := installation.Keys(dir)
		if errors.Is(err, datadir.ErrAbsent) {
			err = fmt.Errorf("--from: there is nothing to copy in %s: give a data directory that was served, or a backup", dir)
		}
		if err != nil {
			return nil, err
		}
		_, err = datadir.FindStore(dir)
		if errors.Is(err, datadir.ErrNoStore) {
			err = fmt.Errorf("data directory %s: has no store: there is nothing to copy", dir)
		}
		if err != nil {
			return nil, err
		}
	}
	return openSide(ctx, m.From, nil)
}

// openSide opens one end. Tables that the engine doesn't make must be there, while a data
// directory is made if need be, with the keys that makeKeys returns.
func openSide(ctx context.Context, p engine.Place, makeKeys func() (pool.Keys, error)) (_ *side, err error) {
	s := &side{place: p, hasPool: true}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	tables := app.Tables()
	if dir := p.Traits().Directory; dir != "" {
		err = s.lock(dir, makeKeys)
	} else {
		tables, err = s.findTables(ctx)
	}
	if err != nil {
		return s, err
	}
	s.Engine, err = p.Open(ctx, tables, quiet)
	return s, err
}

// quiet logs nothing: what fails during a copy fails the copy, which says so in one line.
var quiet = slog.New(slog.DiscardHandler)

// lock locks a data directory and reads its keys.
func (s *side) lock(path string, makeKeys func() (pool.Keys, error)) (err error) {
	s.dir, err = datadir.Open(path)
	if errors.Is(err, datadir.ErrInUse) {
		return fmt.Errorf("data directory %s: a server or another command has it: stop that first, nothing may write during a copy", path)
	}
	if err != nil {
		return err
	}
	return s.dir.Keys(&s.keys, func() (any, error) { return makeKeys() })
}

// findTables returns the tables that there are elsewhere, with those of the user
// pool if they are there.
func (s *side) findTables(ctx context.Context) ([]storage.Table, error) {
	if _, err := s.place.Open(ctx, movedTables(), quiet); err != nil {
		return nil, err
	}
	_, err := s.place.Open(ctx, pool.Tables(), quiet)
	if errors.Is(err, engine.ErrNoTable) {
		s.hasPool = false
		return movedTables(), nil
	}
	return append(movedTables(), pool.Tables()...), err
}

// check refuses to copy a damaged store: the copy would equal it. Not every engine
// can be asked.
func (s *side) check(ctx context.Context, w Witness) error {
	if s.dir == nil {
		return nil
	}
	begun := time.Now()
	w.Note("checking %v, which reads all of it", s.place)
	if _, err := s.place.Check(ctx); err != nil {
		return fmt.Errorf("%v: nothing was copied: %w", s.place, err)
	}
	w.Note("%v is sound, read in %s", s.place, since(begun))
	return nil
}

// close gives the side up.
func (s *side) close() error {
	var errs []error
	if s.Close != nil {
		errs = append(errs, s.Close())
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Close())
	}
	return errors.Join(errs...)
}

// hasAccounts reports whether the embedded user pool has users.
func (s *side) hasAccounts(ctx context.Context) (bool, error) {
	if !s.hasPool {
		return false, nil
	}
	page, err := s.Store.Scan(ctx, pool.Tables()[0].Name, "", 1)
	if err != nil {
		return false, fmt.Errorf("look for sign-in accounts: %w", err)
	}
	return len(page.Records) > 0 || page.Next != "", nil
}
