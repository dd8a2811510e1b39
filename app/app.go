package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"comanda/api"
	"comanda/cognito"
	"comanda/feed"
	"comanda/identity"
	"comanda/order"
	"comanda/pool"
	"comanda/report"
	"comanda/user"
	"comanda/webhook"
)

// App is one server.
type App struct {
	Pool   *pool.Pool // nil when users sign in elsewhere
	Orders *order.Service

	config  Config
	store   *feed.Notifier // the engine's, as every part gets it
	handler http.Handler
	metrics *metrics
	servers []*server
	keyring *keyring // nil without a Pool
	mailer  *mailer  // nil without --smtp

	certificate *certificate // nil without --tls-cert

	dead       *feed.DeadLetters
	dispatcher *feed.Dispatcher  // nil without a feed
	counter    *report.Consumer  // likewise
	rebuilder  *report.Rebuilder // likewise
	hooks      *webhook.Webhooks // likewise
	tail       *feed.Tail        // nil without a feed of the engine's own

	started time.Time // by Start

	background []func() // end what runs beside the servers, and wait for it
}

// New wires a server. Nothing listens yet.
func New(ctx context.Context, c Config) (*App, error) {
	if c.Settings.zone == nil {
		return nil, errors.New("wire a server: the settings weren't checked: they come from Settings.Check")
	}
	store := feed.NewNotifier(c.Tracer.Store(c.Engine.Store), order.TableName)
	a := &App{config: c, store: store, metrics: newMetrics(), dead: feed.NewDeadLetters(store)}
	if err := a.wire(ctx); err != nil {
		return nil, errors.Join(err, a.Close(ctx))
	}
	return a, nil
}

// wire makes the parts of a new App, all of them on the same store.
func (a *App) wire(ctx context.Context) (err error) {
	if err := a.openCertificate(); err != nil { // before the App is started, which may be asked for another one meanwhile
		return err
	}
	if a.config.Remote == nil {
		if err := a.openPool(ctx); err != nil {
			return fmt.Errorf("open the user pool: %w", err)
		}
	}
	if a.config.Engine.Feed.Source != nil {
		if err := a.wireFeed(); err != nil {
			return err
		}
	}
	a.Orders = order.NewService(a.store, order.TotalPolicy(a.config.Settings.TotalPolicy), a.config.Now)
	a.Orders.Observe(a.metrics)
	a.Orders.ReportUnreadable(func(ctx context.Context, err *order.UnreadableError) {
		a.metrics.LeftOut(order.TableName)
		a.config.Logger.ErrorContext(ctx, "a list left an order out", "error", err.Error())
	})
	a.handler, err = a.routes()
	return err
}

// recheck is how long a process may take to notice that another one has ended
// a session.
const recheck = 5 * time.Second

// openPool opens the embedded user pool, with a mailer for its codes if there is
// a mail server.
func (a *App) openPool(ctx context.Context) (err error) {
	c := a.config
	config := pool.Config{
		Store: a.store, Keys: c.Keys, Now: c.Now, Sender: c.Codes, Logger: c.Logger, AdminGroup: c.Settings.AdminGroup, Policy: c.Settings.policy,
		CodesPerSource: c.Settings.CodesPerSource, SignUpClosed: c.Settings.SignUp == signUpClosed,
	}
	if config.CodesPerSource == 0 {
		config.CodesPerSource = -1
	}
	if c.Settings.SMTP != "" {
		a.mailer = newMailer(c.Settings.relay, c.Now, c.Logger)
		config.Sender = a.mailer
	}
	age := c.Settings.keyAge
	if c.Engine.Shared {
		config.Recheck, age = recheck, 0
	}
	if a.Pool, err = pool.New(ctx, config); err != nil {
		return err
	}
	a.keyring = &keyring{age: age, now: c.Now, save: c.SaveKeys, install: a.Pool.SetSigningKeys, logger: c.Logger, keys: c.Keys}
	return nil
}

// callers returns what verifies tokens.
func (a *App) callers() (*identity.Verifier, error) {
	config := identity.Config{AdminGroup: a.config.Settings.AdminGroup, Now: a.config.Now}
	if r := a.config.Remote; r != nil {
		config.Issuer, config.ClientID, config.Keys = r.Issuer, r.ClientID, r.Keys
	} else {
		config.Issuer, config.ClientID, config.Keys, config.Sessions = a.config.Keys.Issuer, a.config.Keys.ClientID, a.Pool, a.Pool
	}
	return identity.NewVerifier(config)
}

// routes composes what answers on the one port: the user pool's protocol at
// POST / and below its id, and the API everywhere else.
func (a *App) routes() (http.Handler, error) {
	c := a.config
	callers, err := a.callers()
	if err != nil {
		return nil, fmt.Errorf("verify tokens: %w", err)
	}
	users := user.NewService(a.store, c.Now)
	users.ReportUnreadable(func(ctx context.Context, err *user.UnreadableError) {
		a.metrics.LeftOut(user.Table.Name)
		c.Logger.ErrorContext(ctx, "a list left a user out", "error", err.Error())
	})
	rest, err := api.New(api.Config{
		Orders: a.Orders, Users: users, Callers: callers, Ready: c.Engine.Ready, Degraded: a.degraded, Version: c.Version, Zone: c.Settings.zone,
		UnknownFields: api.UnknownFields(c.Settings.UnknownFields), CORSOrigins: c.Settings.CORSOrigins, Observer: a.metrics, Logger: c.Logger, Events: a.tail,
		Reports: report.NewService(a.reportConfig()), Rebuilder: a.rebuilder,
	})
	if err != nil {
		return nil, err
	}
	handler, err := a.withSignIn(rest)
	if err != nil {
		return nil, err
	}
	return a.guard(c.Tracer.Handler(handler)), nil
}

// withSignIn adds what is beside the API: the user pool, if it is embedded, and
// the way from / to the documentation.
func (a *App) withSignIn(rest http.Handler) (http.Handler, error) {
	signIn, below := rest, ""
	if a.Pool != nil {
		local, err := a.operations()
		if err != nil {
			return nil, err
		}
		signIn = forBrowsers(a.config.Settings.CORSOrigins, cognito.NewHandler(a.Pool, cognito.Options{
			Logger: a.config.Logger, Now: a.config.Now, Local: local, Source: newSources(a.config.Settings.proxies, a.config.Logger).of,
		}))
		below = "/" + a.config.Keys.PoolID + "/"
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
	}), nil
}

// Handler returns what the server answers with, for tests that need no socket.
func (a *App) Handler() http.Handler { return a.handler }

// Start listens and serves in the background. It returns once connections are
// accepted; an error names the address and the remedy. It is a [*report.CurrencyError] when
// orders were counted in another currency than is set.
func (a *App) Start() error {
	if a.counter != nil {
		if err := a.counter.Begin(context.Background()); err != nil {
			return err
		}
	}
	a.started = a.config.Now()
	if err := a.listen(a.config.Listener, a.config.Settings.Listen, a.handler, a.certificate != nil); err != nil {
		return err
	}
	if at := a.config.Settings.MetricsListen; at != "" {
		err := a.listen(nil, at, a.guard(a.config.Settings.metricsGuard(a.metrics.handler())), a.certificate != nil && !loopback(at))
		if err != nil {
			return errors.Join(err, a.Close(context.Background()))
		}
	}
	for _, s := range a.servers {
		go s.serve()
	}
	a.lookAfterKeys()
	a.dispatch()
	return nil
}

// listen adds a server at an address, which is taken already where l isn't nil.
func (a *App) listen(l net.Listener, address string, h http.Handler, secure bool) error {
	s, err := listen(l, address, h, a.config.Logger)
	if err != nil {
		return err
	}
	if secure {
		s.useTLS(a.certificate.config())
	}
	a.servers = append(a.servers, s)
	return nil
}

// run does work beside the servers until the App is closed, which waits for it.
func (a *App) run(work func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { work(ctx) })
	a.background = append(a.background, func() {
		cancel()
		running.Wait()
	})
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
	case <-a.config.Engine.Failed:
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
	if a.certificate != nil {
		a.certificate.quiet()
	}
	for _, end := range a.background {
		end()
	}
	a.background = nil
	if a.mailer != nil {
		errs = append(errs, a.mailer.close(ctx))
	}
	return errors.Join(errs...)
}
