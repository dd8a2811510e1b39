package installation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/pool"
	"comanda/trace"
	"comanda/webhook"
)

// Config is what [Open] makes a server of. Codes and Tracer may be nil.
type Config struct {
	Data       string // the directory
	Foundation Foundation
	Settings   app.Checked
	Version    string
	Codes      pool.Sender // how codes reach people without a mail server
	Tracer     *trace.Tracer
	Logger     *slog.Logger
}

// Instance is an app with everything that it stands on.
type Instance struct {
	*app.App
	config Config
	dir    *datadir.Dir
	keys   pool.Keys // of the embedded user pool
	engine app.Engine
}

// Open locks a data directory, or makes a new one, and wires an app on it. Nothing
// listens yet.
func Open(ctx context.Context, c Config) (*Instance, error) {
	in := &Instance{config: c}
	if err := in.open(ctx); err != nil {
		return nil, errors.Join(err, in.Close(ctx))
	}
	return in, nil
}

func (in *Instance) open(ctx context.Context) (err error) {
	c := in.config
	if in.dir, err = datadir.Open(c.Data); err != nil {
		return err
	}
	if err := in.refuseToHide(); err != nil {
		return err
	}
	if c.Foundation.pool == nil {
		err := in.dir.Keys(&in.keys, func() (any, error) { return pool.NewKeys(c.Settings.PublicURL) })
		if err != nil {
			return err
		}
	}
	if err := c.Foundation.checkPublicURL(in.keys, c.Settings.PublicURL); err != nil {
		return err
	}
	tables := app.Tables()
	if c.Foundation.pool != nil && c.Foundation.Place.Traits().Shared { // where somebody has to make every table
		tables = slices.Concat(app.ServiceTables(), webhook.Tables())
	}
	if in.engine, err = c.Foundation.Place.Open(ctx, tables, c.Logger); err != nil {
		return err
	}
	remote, err := c.Foundation.remote(c.Logger)
	if err != nil {
		return err
	}
	in.App, err = app.New(ctx, app.Config{
		Settings: c.Settings, Engine: in.engine, Now: time.Now, Logger: c.Logger, Version: c.Version, Tracer: c.Tracer,
		Keys: in.keys, Codes: c.Codes, SaveKeys: func(k pool.Keys) error { return in.dir.SaveKeys(k) }, Remote: remote,
	})
	if err != nil {
		return fmt.Errorf("data directory %s: %w", c.Data, withRemedy(err))
	}
	return nil
}

// refuseToHide keeps records that are in the directory from seeming lost: a server
// that keeps its own in memory would answer in their place.
func (in *Instance) refuseToHide() error {
	if !in.config.Foundation.Place.Traits().Volatile {
		return nil
	}
	if _, err := os.Lstat(in.dir.StorePath()); err == nil {
		return &SettingError{fmt.Sprintf("--store %q: data directory %s has orders in it, which such a server wouldn't show: choose a new directory with --data",
			in.config.Foundation.Place, in.config.Data)}
	}
	return nil
}

// withRemedy adds to the refusal of keys what to do.
func withRemedy(err error) error {
	if _, foreign := errors.AsType[*pool.ForeignKeysError](err); foreign {
		return fmt.Errorf("%w: put the keys.json of the accounts there, from the data directory of a server that uses the same tables, or from a backup", err)
	}
	return err
}

// Close undoes Open in reverse order. Requests that run may finish until ctx is done.
func (in *Instance) Close(ctx context.Context) error {
	var errs []error
	if in.App != nil {
		errs = append(errs, in.App.Close(ctx))
	}
	if in.engine.Close != nil {
		errs = append(errs, in.engine.Close())
	}
	if in.dir != nil {
		errs = append(errs, in.dir.Close())
	}
	return errors.Join(errs...)
}

// Announce tells commands where the started server answers.
func (in *Instance) Announce() error {
	s := datadir.Server{URL: Reachable(in.URL()), PID: os.Getpid()}
	return in.App.Announce(func(certificate, previous []byte) error {
		s.Certificate, s.Previous = certificate, previous
		return in.dir.Announce(s)
	})
}

// ReloadKeys takes the keys that another process has saved in the directory.
func (in *Instance) ReloadKeys() error {
	if in.config.Foundation.pool != nil {
		return nil // there are none
	}
	keys, err := Keys(in.config.Data)
	if err != nil {
		return err
	}
	return in.App.ReloadKeys(keys)
}

// SavePassword leaves the first administrator's password in a file of the directory
// and returns its path.
func (in *Instance) SavePassword(password string) (string, error) {
	return in.dir.SavePassword(password)
}

// Data returns the path of the directory, as it was given.
func (in *Instance) Data() string { return in.config.Data }

// Records says for people where the records are, "" for in the directory.
func (in *Instance) Records() string { return in.config.Foundation.Place.Traits().Remark }

// UserPool returns the id of the pool on Cognito where users sign in, "" for the embedded one.
func (in *Instance) UserPool() string { return in.config.Foundation.id }
