package installation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/pool"
	"comanda/report"
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

	// Serve says that the server will be started. Tokens of a new directory then name
	// the address that it listens on, and that address is taken before the keys are made.
	Serve bool
}

// Instance is an app with everything that it stands on.
type Instance struct {
	*app.App
	config   Config
	dir      *datadir.Dir
	keys     pool.Keys // of the embedded user pool
	engine   app.Engine
	listener net.Listener // of a new directory
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
		if err := in.dir.Keys(&in.keys, func() (any, error) { return in.newKeys() }); err != nil {
			return err
		}
	}
	if err := c.Foundation.checkPublicURL(in.keys, c.Settings.PublicURL); err != nil {
		return err
	}
	tables := app.Tables()
	if c.Foundation.pool != nil && c.Foundation.Place.Traits().Shared { // where the operator has to make every table
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
		Place: in.place, Listener: in.listener, Keys: in.keys, Codes: c.Codes, SaveKeys: func(k pool.Keys) error { return in.dir.SaveKeys(k) }, Remote: remote,
	})
	if err != nil {
		return fmt.Errorf("data directory %s: %w", c.Data, withRemedy(err))
	}
	return nil
}

// place says for people where everything is.
func (in *Instance) place() app.Place {
	p := app.Place{Data: Absolute(in.Data()), Store: in.config.Foundation.Place.String(), UserPool: cmp.Or(in.UserPool(), Embedded)}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(in.dir.StorePath() + suffix); err == nil && in.config.Foundation.Place.Traits().Directory != "" {
			p.Bytes += info.Size()
		}
	}
	return p
}

// Start begins to answer, and says in the log what runs.
func (in *Instance) Start() error {
	err := in.App.Start()
	if other, ok := errors.AsType[*report.CurrencyError](err); ok {
		return &SettingError{other.Error()}
	}
	if err != nil {
		return err
	}
	s, p := in.config.Settings, in.place()
	in.config.Logger.Info("serving", "release", in.config.Version, "address", in.URL(), "data", p.Data, "store", p.Store, "user_pool", p.UserPool,
		"zone", s.Zone, "currency", s.Currency, "total_policy", s.TotalPolicy, "unknown_fields", s.UnknownFields,
		"password_policy", s.PasswordPolicy, "admin_group", s.AdminGroup)
	return nil
}

// Absolute returns a path that is good from everywhere, where it can be found out.
func Absolute(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
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
	if in.listener != nil {
		if err := in.listener.Close(); !errors.Is(err, net.ErrClosed) { // the App has closed what it has started
			errs = append(errs, err)
		}
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

// Administrator creates the first administrator at the first start, and returns the
// password, which isn't known otherwise. Later it returns who that is, "" when there is none of
// that name any more, or when accounts are elsewhere.
func (in *Instance) Administrator(ctx context.Context) (username, password string, err error) {
	if in.Pool == nil {
		return "", "", nil // the operator of the user pool makes them
	}
	username, password, created, err := in.Pool.FirstAdministrator(ctx)
	if err != nil {
		return "", "", fmt.Errorf("create the first administrator: %w", err)
	}
	if created {
		return username, password, nil
	}
	u, err := in.Pool.AdminGetUser(ctx, "admin")
	if errors.Is(err, &pool.Error{Code: pool.CodeUserNotFound}) {
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("look for the administrator: %w", err)
	}
	return u.Username, "", nil
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
