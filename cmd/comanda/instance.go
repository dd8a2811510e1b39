package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/pool"
	"comanda/sqlite"
)

// instance is an app with everything that it stands on.
type instance struct {
	*app.App
	dir   *datadir.Dir
	keys  pool.Keys
	store *sqlite.Store
}

// open locks the data directory, or makes a new one, and wires an app on the
// store in it. Nothing listens yet.
func open(ctx context.Context, path string, s app.Settings, codes pool.Sender, logger *slog.Logger) (*instance, error) {
	in := &instance{}
	if err := in.open(ctx, path, s, codes, logger); err != nil {
		return nil, errors.Join(err, in.close(ctx))
	}
	return in, nil
}

func (in *instance) open(ctx context.Context, path string, s app.Settings, codes pool.Sender, logger *slog.Logger) (err error) {
	if in.dir, err = datadir.Open(path); err != nil {
		return err
	}
	err = in.dir.Keys(&in.keys, func() (any, error) { return pool.NewKeys(s.PublicURL) })
	if err != nil {
		return err
	}
	in.store, err = sqlite.Open(ctx, in.dir.StorePath(), app.Tables(), sqlite.Options{Views: views(), Logger: logger})
	if err != nil {
		return err
	}
	in.App, err = app.New(ctx, s, app.Parts{
		Store: in.store, Ready: func(context.Context) error { return in.store.Err() }, Failed: in.store.Failed(),
		Keys: in.keys, Codes: codes, Now: time.Now, Logger: logger, Version: release(),
		SaveKeys: func(k pool.Keys) error { return in.dir.SaveKeys(k) },
	})
	if err != nil {
		return fmt.Errorf("data directory %s: %w", path, err)
	}
	return nil
}

// close undoes open in reverse order. Requests that run may finish until ctx is done.
func (in *instance) close(ctx context.Context) error {
	var errs []error
	if in.App != nil {
		errs = append(errs, in.Close(ctx))
	}
	if in.store != nil {
		errs = append(errs, in.store.Close())
	}
	if in.dir != nil {
		errs = append(errs, in.dir.Close())
	}
	return errors.Join(errs...)
}

//go:embed views.sql
var viewsSQL string

// views returns the views that views.sql defines. The text after AS is kept in
// the database as it is.
func views() []sqlite.View {
	var out []sqlite.View
	for _, statement := range strings.Split(viewsSQL, ";\n") {
		_, definition, found := strings.Cut(statement, "CREATE VIEW ")
		if !found {
			continue
		}
		name, query, _ := strings.Cut(definition, " AS\n")
		out = append(out, sqlite.View{Name: name, SQL: query})
	}
	return out
}
