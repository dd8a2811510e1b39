package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

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
	store io.Closer

	records, userPool string // where they are, for people; "" for what is in the directory
}

// open locks the data directory, or makes a new one, and wires an app on the
// foundation, which is valid. Nothing listens yet.
func open(ctx context.Context, path string, s app.Settings, f foundation, codes pool.Sender, logger *slog.Logger) (*instance, error) {
	in := &instance{}
	if err := in.open(ctx, path, s, f, codes, logger); err != nil {
		return nil, errors.Join(err, in.close(ctx))
	}
	return in, nil
}

func (in *instance) open(ctx context.Context, path string, s app.Settings, f foundation, codes pool.Sender, logger *slog.Logger) (err error) {
	if in.dir, err = datadir.Open(path); err != nil {
		return err
	}
	if in.keys, err = f.keysOf(in.dir, s.PublicURL); err != nil {
		return err
	}
	if err := f.checkPublicURL(in.keys, s.PublicURL); err != nil {
		return err
	}
	var parts app.Parts
	if parts, in.store, err = f.parts(ctx, in.dir, logger); err != nil {
		return err
	}
	if parts.Remote, err = f.remote(logger); err != nil {
		return err
	}
	if f.cloud != nil {
		in.records = location{engine: engineDynamoDB, cloud: *f.cloud}.String()
	}
	parts.Keys, parts.Codes, in.userPool = in.keys, codes, f.UserPool
	parts.SaveKeys = func(k pool.Keys) error { return in.dir.SaveKeys(k) }
	in.App, err = app.New(ctx, s, parts)
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
