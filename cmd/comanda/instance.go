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
	keys  pool.Keys // of the embedded user pool
	store app.Engine

	records, userPool string // where they are, for people; "" for what is in the directory
}

// open locks the data directory, or makes a new one, and wires an app on the
// foundation, which is valid. Nothing listens yet.
func open(ctx context.Context, path string, s app.Checked, f foundation, codes pool.Sender, logger *slog.Logger) (*instance, error) {
	in := &instance{}
	if err := in.open(ctx, path, s, f, codes, logger); err != nil {
		return nil, errors.Join(err, in.close(ctx))
	}
	return in, nil
}

func (in *instance) open(ctx context.Context, path string, s app.Checked, f foundation, codes pool.Sender, logger *slog.Logger) (err error) {
	if in.dir, err = datadir.Open(path); err != nil {
		return err
	}
	if in.keys, err = f.keysOf(in.dir, s.PublicURL); err != nil {
		return err
	}
	if err := f.checkPublicURL(in.keys, s.PublicURL); err != nil {
		return err
	}
	if in.store, err = f.engine(ctx, in.dir, logger); err != nil {
		return err
	}
	remote, err := f.remote(logger)
	if err != nil {
		return err
	}
	if f.cloud != nil {
		in.records = location{engine: engineDynamoDB, cloud: *f.cloud}.String()
	}
	in.userPool = f.UserPool
	in.App, err = app.New(ctx, app.Config{
		Settings: s, Engine: in.store, Now: time.Now, Logger: logger, Version: release(), Tracer: f.tracer,
		Keys: in.keys, Codes: codes, SaveKeys: func(k pool.Keys) error { return in.dir.SaveKeys(k) }, Remote: remote,
	})
	if err != nil {
		return fmt.Errorf("data directory %s: %w", path, withRemedy(err))
	}
	return nil
}

// close undoes open in reverse order. Requests that run may finish until ctx is done.
func (in *instance) close(ctx context.Context) error {
	var errs []error
	if in.App != nil {
		errs = append(errs, in.Close(ctx))
	}
	if in.store.Close != nil {
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
