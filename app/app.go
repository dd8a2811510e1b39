package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"comanda/api"
	"comanda/cognito"
	"comanda/feed"
	"comanda/identity"
	"comanda/order"
	"comanda/pool"
	"comanda/report"
	"comanda/storage"
	"comanda/trace"
	"comanda/user"
	"comanda/webhook"
)

// Tables returns the tables that the program keeps its records in, for an
// engine to open and for templates to describe.
func Tables() []storage.Table {
	return slices.Concat(ServiceTables(), pool.Tables(), webhook.Tables())
}

// ServiceTables returns those of [Tables] that are needed when users sign in
// elsewhere.
func ServiceTables() []storage.Table {
	return []storage.Table{order.Table, user.Table, user.Claims, feed.Table, report.Table}
}

// Parts is what an [App] is made of beside its settings. Store, Now, Logger and
// Version are required, and either Keys or Remote.
type Parts struct {
	Store   storage.Store               // opened with [Tables]; closed by whoever opened it
	Ready   func(context.Context) error // nil: always
	Failed  <-chan struct{}             // closed when the store can't go on; nil: never
	Now     func() time.Time
	Logger  *slog.Logger
	Version string

	// Shared says that other processes serve the same store. Sessions are then
	// looked up again every few seconds, and signing keys rotate on request only,
	// because every process has to be given the new ones.
	Shared bool

	// Feed is where changes of orders come from; nil: nothing consumes them here.
	Feed feed.Source

	Keys  pool.Keys   // of the embedded user pool
	Codes pool.Sender // how codes reach people, unless the settings have a mail server; nil: they wait

	// SaveKeys replaces the saved keys, durably. It is called before a new
	// signing key is used. nil: signing keys stay as they are.
	SaveKeys func(pool.Keys) error

	// Remote is a user pool elsewhere, in place of the embedded one.
	Remote *Remote

	// Tracer makes spans of requests; nil: nobody does. Whoever opened it closes it.
	Tracer *trace.Tracer
}

// Remote is a user pool of Amazon Cognito, which signs the tokens.
type Remote struct {
	Issuer   string
	ClientID string
	Keys     identity.KeySource
}

// App is one server.
type App struct {
	Pool   *pool.Pool // nil when users sign in elsewhere
	Orders *order.Service

	settings Settings
	parts    Parts
	engine   storage.Store // what the store of parts is without anything around it
	handler  http.Handler
	metrics  *metrics
	servers  []*server
	keyring  *keyring // nil without a Pool
	mailer   *mailer  // nil without --smtp

	dispatcher *feed.Dispatcher  // nil without a feed
	counter    *report.Consumer  // likewise
	rebuilder  *report.Rebuilder // likewise
	dead       *feed.DeadLetters
	tail       *feed.Tail        // nil without a feed of the engine's own
	hooks      *webhook.Webhooks // nil without a feed

	background []func() // end what runs beside the servers, and wait for it
}

// New wires a server. Nothing listens yet.
func New(ctx context.Context, s Settings, p Parts) (*App, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	a := &App{settings: s, parts: p, metrics: newMetrics()}
	if err := a.wire(ctx); err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	return a, nil
}

// wire makes the parts of a new App.
func (a *App) wire(ctx context.Context) (err error) {
	s := a.settings
	a.engine, a.parts.Store = a.parts.Store, a.parts.Tracer.Store(a.parts.Store)
	if a.parts.Remote == nil {
		if err := a.openPool(ctx); err != nil {
			return fmt.Errorf("open the user pool: %w", err)
		}
	}
	if err := a.wireFeed(); err != nil {
		return err
	}
	p := a.parts
	a.Orders = order.NewService(p.Store, order.TotalPolicy(s.TotalPolicy), p.Now)
	a.Orders.Observe(a.metrics)
	a.Orders.ReportUnreadable(func(ctx context.Context, err *order.UnreadableError) {
		a.metrics.LeftOut(order.TableName)
		p.Logger.ErrorContext(ctx, "a list left an order out", "error", err.Error())
	})
	a.handler, err = a.routes()
	return err
}

// recheck is how long a process may take to notice that another one has ended
// a session.
const recheck = 5 * time.Second

// openPool opens the embedded user pool, with a mailer for its codes if there is
// a mail server.
func (a *App) openPool(ctx context.Context) error {
	s, p := a.settings, a.parts
	policy, err := pool.ParsePolicy(s.PasswordPolicy)
	if err != nil {
		return err
	}
	config := pool.Config{Store: p.Store, Keys: p.Keys, Now: p.Now, Sender: p.Codes, Logger: p.Logger, AdminGroup: s.AdminGroup, Policy: policy, CodesPerSource: s.CodesPerSource}
	if s.CodesPerSource == 0 {
		config.CodesPerSource = -1
	}
	if s.SMTP != "" {
		r, err := parseRelay(s.SMTP)
		if err != nil {
			return fmt.Errorf("--smtp: %w", err)
		}
		a.mailer = newMailer(r, p.Now, p.Logger)
		config.Sender = a.mailer
	}
	age := s.keyAge()
	if p.Shared {
		config.Recheck, age = recheck, 0
	}
	if a.Pool, err = pool.New(ctx, config); err != nil {
		return err
	}
	a.keyring = &keyring{age: age, now: p.Now, save: p.SaveKeys, install: a.Pool.SetSigningKeys, logger: p.Logger, keys: p.Keys}
	return nil
}

// callers returns what verifies tokens.
func (a *App) callers() (*identity.Verifier, error) {
	config := identity.Config{AdminGroup: a.settings.AdminGroup, Now: a.parts.Now}
	if r := a.parts.Remote; r != nil {
		config.Issuer, config.ClientID, config.Keys = r.Issuer, r.ClientID, r.Keys
	} else {
		config.Issuer, config.ClientID, config.Keys, config.Sessions = a.parts.Keys.Issuer, a.parts.Keys.ClientID, a.Pool, a.Pool
	}
	return identity.NewVerifier(config)
}

// routes composes what answers on the one port: the user pool's protocol at
// POST / and below its id, and the API everywhere else.
func (a *App) routes() (http.Handler, error) {
	s, p := a.settings, a.parts
	callers, err := a.callers()
	if err != nil {
		return nil, fmt.Errorf("verify tokens: %w", err)
	}
	users := user.NewService(p.Store, p.Now)
	users.ReportUnreadable(func(ctx context.Context, err *user.UnreadableError) {
		a.metrics.LeftOut(user.Table.Name)
		p.Logger.ErrorContext(ctx, "a list left a user out", "error", err.Error())
	})
	rest, err := api.New(api.Config{
		Orders: a.Orders, Users: users, Callers: callers, Ready: p.Ready, Degraded: a.degraded, Version: p.Version, Zone: s.location(),
		UnknownFields: api.UnknownFields(s.UnknownFields), CORSOrigins: s.CORSOrigins, Observer: a.metrics, Logger: p.Logger, Events: a.tail,
		Reports: report.NewService(a.reportConfig()), Rebuilder: a.rebuilder,
	})
	if err != nil {
		return nil, err
	}
	return a.guard(p.Tracer.Handler(a.withSignIn(rest))), nil
}

// withSignIn adds what is beside the API: the user pool, if it is embedded, and
// the way from / to the documentation.
func (a *App) withSignIn(rest http.Handler) http.Handler {
	signIn, below := rest, ""
	if a.Pool != nil {
		signIn = forBrowsers(a.settings.CORSOrigins, cognito.NewHandler(a.Pool, cognito.Options{
			Logger: a.parts.Logger, Now: a.parts.Now, Local: a.operations(), Source: newSources(a.settings.proxies(), a.parts.Logger).of,
		}))
		below = "/" + a.parts.Keys.PoolID + "/"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/" && r.Method == http.MethodGet:
			http.Redirect(w, r, "/docs", http.StatusFound)
		case r.URL.Path == "/" || below != "" && strings.HasPrefix(r.URL.Path, below):
			signIn.ServeHTTP(w, r)
		default:
			rest.ServeHTTP(w, r)
		}
	})
}

// Handler returns what the server answers with, for tests that need no socket.
func (a *App) Handler() http.Handler { return a.handler }

// Start listens and serves in the background. It returns once connections are
// accepted; an error names the address and the remedy.
func (a *App) Start() error {
	main, err := listen(a.settings.Listen, a.handler, a.parts.Logger)
	if err != nil {
		return err
	}
	a.servers = append(a.servers, main)
	if a.settings.TLSCert != "" {
		if err := main.useTLS(a.settings.TLSCert, a.settings.TLSKey); err != nil {
			return errors.Join(err, a.Close(context.Background()))
		}
	}
	if a.settings.MetricsListen != "" {
		m, err := listen(a.settings.MetricsListen, a.guard(a.settings.metricsGuard(a.metrics.handler())), a.parts.Logger)
		if err != nil {
			return errors.Join(err, a.Close(context.Background()))
		}
		a.servers = append(a.servers, m)
		if a.settings.TLSCert != "" && !loopback(a.settings.MetricsListen) {
			if err := m.useTLS(a.settings.TLSCert, a.settings.TLSKey); err != nil {
				return errors.Join(err, a.Close(context.Background()))
			}
		}
	}
	for _, s := range a.servers {
		go s.serve()
	}
	a.lookAfterKeys()
	a.dispatch()
	a.sendWebhooks()
	return nil
}

// URL returns where the started server answers: http://127.0.0.1:8080.
func (a *App) URL() string { return a.servers[0].url() }

// MetricsURL returns where the started server shows its metrics, "" without.
func (a *App) MetricsURL() string {
	if len(a.servers) < 2 {
		return ""
	}
	return a.servers[1].url() + "/metrics"
}

// Wait returns nil when ctx is done, or an error when the server can't go on
// because a listener or the store has failed.
func (a *App) Wait(ctx context.Context) error {
	failed := make(chan error, len(a.servers))
	for _, s := range a.servers {
		go func() {
			select {
			case err := <-s.failed:
				failed <- err
			case <-ctx.Done():
			}
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-a.parts.Failed:
		return errors.New("the store has failed and stopped: free disk space or repair the disk, then start again; nothing acknowledged is lost")
	}
}

// Close stops listening, lets running requests finish and queued mail leave until
// ctx is done, and then cuts them. An App that was never started needs it too.
func (a *App) Close(ctx context.Context) error {
	if a.tail != nil {
		a.tail.Close() // streams of events would not end by themselves
	}
	var errs []error
	for _, s := range a.servers {
		errs = append(errs, s.close(ctx))
	}
	a.servers = nil
	for _, end := range a.background {
		end()
	}
	a.background = nil
	if a.mailer != nil {
		errs = append(errs, a.mailer.close(ctx))
	}
	return errors.Join(errs...)
}
