package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"comanda/app"
	"comanda/engine"
	"comanda/installation"
	"comanda/pool"
	"comanda/telemetry"
	"comanda/terminal"
	"comanda/trace"

	"github.com/urfave/cli/v3"
)

// closingTime is how long running requests may go on after the first signal.
const closingTime = 10 * time.Second

const serveDescription = `Serves the API, the user pool and the documentation from one data directory,
until SIGINT or SIGTERM. Running requests then have 10 seconds to finish; a
second signal cuts them.

The first start makes the directory, its keys and the user "admin", whose
password is shown once on the terminal. Without a terminal it is written to the
file admin-password in the directory, readable by its owner only.

   comanda serve
   comanda serve --listen 127.0.0.1:0 --data /var/lib/comanda
   comanda serve --listen :443 --tls-cert cert.pem --tls-key key.pem --public-url https://orders.example.com
   comanda serve --listen 10.0.0.5:8080 --behind-proxy 10.0.0.1/32 --log-format json

Tokens name the address of the first start as their issuer, or --public-url if that start
had one, and for ever: services that verify tokens find the key set below it. A server at
another address accepts its old tokens, and warns that the issuer is elsewhere. Port 0
is another one with each start, so that it is for trials.

Codes for confirming an account or a new password go out by --smtp. Without it they
are shown on this terminal when only this machine can reach the server, and otherwise,
or without a terminal, wait for comanda users codes. SIGHUP makes the server read the
keys in the data directory and the certificate again. A certificate that was exchanged
on the disk is found without it, too, a second later.

Several servers can share one set of tables on DynamoDB, which comanda tables
create makes. Users then sign in at Amazon Cognito, or at the server itself: the
servers of a fleet need the same keys.json in their data directories for that.

   comanda serve --store dynamodb:eu-west-1 --user-pool eu-west-1_AbCdEf123 --client 1h57kf5cpq17m0eml12EXAMPLE
   comanda serve --store 'dynamodb:local?endpoint=http://127.0.0.1:8000' --identity embedded

For a trial, a server can keep everything in memory and nothing when it ends:

   comanda serve --store memory: --data ./trial

A data directory is for the user who owns it: it is 0700, a server of anybody else is
refused, root's included, and so are links in the place of files in it.

Traces go to the OpenTelemetry collector that OTEL_EXPORTER_OTLP_ENDPOINT names.

The line "listening on URL" on standard output says that requests are answered.
The log goes to standard error.

Exit codes: 0 ended by a signal, 1 failed, 2 wrong usage or settings.`

func (p program) serveCommand() *cli.Command {
	s, names := app.Defaults(), installation.Names{}
	return &cli.Command{
		Name: "serve", Usage: "start the server", Description: serveDescription,
		Flags: slices.Concat(settingsFlags(&s), foundationFlags(&names), []cli.Flag{dataFlag()}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := arguments(c, 0, ""); err != nil {
				return err
			}
			checked, err := s.Check()
			certificateErr := installation.CheckCertificate(s)
			foundation, foundationErr := names.Check(c.String("data"))
			if err := errors.Join(err, certificateErr, foundationErr, trace.Validate()); err != nil {
				return &usageError{err}
			}
			return p.serve(ctx, installation.Config{Data: c.String("data"), Foundation: foundation, Settings: checked, Version: release(), Codes: p.codes(s)})
		},
	}
}

func foundationFlags(n *installation.Names) []cli.Flag {
	n.Store = engine.Embedded
	return []cli.Flag{
		textFlag("store", &n.Store, "where the records are: sqlite, which is the data directory, dynamodb, a `LOCATION` as dynamodb:eu-west-1?prefix=shop-, or memory:, which keeps nothing"),
		textFlag("identity", &n.Identity, "where users sign in: `KIND` is embedded, or cognito"),
		textFlag("user-pool", &n.UserPool, "`ID` of the user pool on Cognito"),
		textFlag("client", &n.Client, "`ID` of the user pool's client, whose tokens are accepted"),
		textFlag("issuer", &n.Issuer, "`URL` that tokens name as their issuer, when it isn't Cognito's own"),
	}
}

// settingsFlags returns a flag for every field of s, which also has the defaults.
func settingsFlags(s *app.Settings) []cli.Flag {
	list := func(name string, to *[]string, usage string) cli.Flag {
		return &cli.StringSliceFlag{Name: name, Value: *to, Destination: to, Usage: usage, Sources: environment(name)}
	}
	return []cli.Flag{
		textFlag("listen", &s.Listen, "answer on `HOST:PORT`; port 0 takes a free one"),
		textFlag("metrics-listen", &s.MetricsListen, "show Prometheus metrics on `HOST:PORT`; beyond this machine it needs TLS and --metrics-token, or --behind-proxy"),
		secretFlag("metrics-token", &s.MetricsToken, "the `TOKEN` that Prometheus sends as Authorization: Bearer"),
		textFlag("public-url", &s.PublicURL, "`URL` where clients reach the server, by default the address of the first start, which puts it into tokens, for ever"),
		textFlag("tls-cert", &s.TLSCert, "certificate chain, a PEM `FILE`"),
		textFlag("tls-key", &s.TLSKey, "private key of the certificate, a PEM `FILE`"),
		list("behind-proxy", &s.BehindProxy, "network of a proxy that does TLS, as a `CIDR`; nobody else may connect; repeatable"),
		list("cors-origin", &s.CORSOrigins, "`ORIGIN` of web pages that may call the API and sign people in, or *; repeatable"),
		textFlag("admin-group", &s.AdminGroup, "`GROUP` whose members are administrators"),
		textFlag("total-policy", &s.TotalPolicy, "`POLICY`: accept, flag or reject totals that aren't the sum of the items"),
		textFlag("unknown-fields", &s.UnknownFields, "`POLICY`: accept, report or reject fields of requests that the API doesn't know"),
		textFlag("zone", &s.Zone, "time zone of the business day, an IANA `NAME`"),
		textFlag("currency", &s.Currency, "ISO 4217 `CODE` of all amounts, shown in reports"),
		passwordPolicyFlag(s),
		textFlag("sign-up", &s.SignUp, "`WHO` may have an account: open lets everybody sign up, with closed only administrators create users"),
		textFlag("key-rotation", &s.KeyRotation, "replace the signing key at this `AGE`, as 90d or 36h; 0 for never"),
		&cli.IntFlag{
			Name: "codes-per-source", Value: s.CodesPerSource, Destination: &s.CodesPerSource, Sources: environment("codes-per-source"),
			Usage: "let one address of the network ask for `N` sign-ups and codes in an hour; 0 for no limit",
		},
		secretFlag("smtp", &s.SMTP, "send codes by the mail server at `URL`, smtp(s)://user:password@host:port?from=address"),
		textFlag("log-level", &s.LogLevel, "`LEVEL` of the log: debug, info, warn or error"),
		textFlag("log-format", &s.LogFormat, "`FORMAT` of the log: text, json, or auto, which is text on a terminal"),
	}
}

// textFlag returns a flag for a string, which also has the default.
func textFlag(name string, to *string, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Value: *to, Destination: to, Usage: usage, Sources: environment(name)}
}

func passwordPolicyFlag(s *app.Settings) cli.Flag {
	return textFlag("password-policy", &s.PasswordPolicy, "what passwords need: a `POLICY` of the least length and any of upper, lower, digit, symbol")
}

// secretFlag returns a flag for a string that is never shown.
func secretFlag(name string, to *string, usage string) cli.Flag {
	return &cli.StringFlag{
		Name: name, Destination: to, Sources: environment(name), HideDefault: true,
		Usage: usage + "; better in " + variable(name) + ", which nobody else can see",
	}
}

// environment makes a flag take its value from a variable when it isn't given.
func environment(flag string) cli.ValueSourceChain { return cli.EnvVars(variable(flag)) }

// variable returns the name of the environment variable that stands for a flag.
func variable(flag string) string {
	return "COMANDA_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func dataFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "data", Value: "./comanda-data", Usage: "`DIRECTORY` of the data", Sources: environment("data"), TakesFile: true,
	}
}

// serve runs a server until a signal comes or it can't go on.
func (p program) serve(ctx context.Context, c installation.Config) error {
	installation.TuneMemory()
	running, closing, ignore := signals(ctx)
	defer ignore()
	running, stop := context.WithCancel(running)
	defer stop()
	hangups := p.onHangup()
	defer signal.Stop(hangups.received)
	logger := telemetry.NewLogger(p.err, c.Settings.Level, p.jsonLog(c.Settings), "comanda")
	tracer, err := trace.Open(ctx, trace.Config{Version: release(), Now: time.Now, Logger: logger})
	if err != nil {
		return err
	}
	c.Tracer, c.Logger, c.Serve = tracer, tracer.Logger(logger), true
	in, err := installation.Open(ctx, c)
	if err != nil {
		tracer.Close(ctx)
		return err
	}
	var following sync.WaitGroup
	following.Go(func() { hangups.follow(running, in, stop, c.Logger) })
	err = p.start(ctx, in)
	if err == nil {
		err = in.Wait(running)
	}
	stopped := running.Err() != nil
	stop()
	following.Wait()
	closing, cancel := context.WithTimeout(closing, closingTime)
	defer cancel()
	err = errors.Join(err, p.stop(closing, in, stopped, c.Logger))
	tracer.Close(closing)
	return err
}

// stop closes the server. Requests that had to be cut after a signal are told
// to the log: the signal's wish was done.
func (p program) stop(ctx context.Context, in *installation.Instance, bySignal bool, logger *slog.Logger) error {
	err := in.Close(ctx)
	if bySignal && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		logger.Warn("requests were cut", "error", err.Error())
		return nil
	}
	return err
}

// start shows the administrator, begins to answer and says where.
func (p program) start(ctx context.Context, in *installation.Instance) error {
	admin, err := p.administrator(ctx, in)
	if err != nil {
		return err
	}
	if err := in.Start(); err != nil {
		return err
	}
	if err := in.Announce(); err != nil {
		return err
	}
	in.WarnOfIssuer()
	return p.Print(p.welcome(in, admin))
}

// signals returns a context that ends with the first SIGINT or SIGTERM and one
// that ends with the second.
func signals(ctx context.Context) (running, closing context.Context, release func()) {
	running, stop := context.WithCancel(ctx)
	closing, cut := context.WithCancel(ctx)
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		for _, end := range []func(){stop, cut} {
			select {
			case <-received:
				end()
			case <-done:
				return
			}
		}
	}()
	return running, closing, func() { signal.Stop(received); close(done); stop(); cut() }
}

func (p program) jsonLog(s app.Checked) bool {
	return s.LogFormat == "json" || s.LogFormat == "auto" && !terminal.Is(p.err)
}

// codes returns what shows codes to the operator at the terminal, or nil when they wait
// for comanda users codes: a file or a journal would keep them for others to read,
// and beyond this machine a stranger could have them written there.
func (p program) codes(s app.Settings) pool.Sender {
	if !s.Loopback() || len(s.BehindProxy) > 0 || !terminal.Is(p.out) {
		return nil
	}
	return display{p}
}

// display shows confirmation codes to the operator of the server.
type display struct{ program }

// SendCode implements [comanda/pool.Sender].
func (t display) SendCode(_ context.Context, m pool.Message) error {
	what := "confirmation code"
	switch m.Purpose {
	case pool.PurposeInvitation:
		what = "temporary password"
	case pool.PurposeReset:
		what = "code for a new password"
	}
	return t.Print(what + " of " + printable(m.Username) + ": " + m.Code + "\n")
}
