package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/feed"
	"comanda/keyset"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/stream"
	"comanda/trace"
	"comanda/webhook"

	"github.com/urfave/cli/v3"
)

// Values of --identity.
const (
	identityEmbedded = "embedded"
	identityCognito  = "cognito"
)

// foundation is what a server stands on: where the records are, and where users
// sign in. The zero value is the data directory for both.
type foundation struct {
	Store    string // sqlite, for the data directory, or a location on DynamoDB; "": sqlite
	Identity string // embedded or cognito; "": what the rest implies
	UserPool string // id of the pool on Cognito
	Client   string // id of the pool's client
	Issuer   string // of the pool's tokens; "": Cognito's

	cloud *cloud // of Store; nil: the data directory
	pool  keyset.UserPool

	tracer *trace.Tracer // of a server that was asked for traces
}

func foundationFlags(f *foundation) []cli.Flag {
	f.Store = engineSQLite
	return []cli.Flag{
		textFlag("store", &f.Store, "where the records are: sqlite, which is the data directory, dynamodb, or a `LOCATION` as dynamodb:eu-west-1?prefix=shop-"),
		textFlag("identity", &f.Identity, "where users sign in: `KIND` is embedded, or cognito"),
		textFlag("user-pool", &f.UserPool, "`ID` of the user pool on Cognito"),
		textFlag("client", &f.Client, "`ID` of the user pool's client, whose tokens are accepted"),
		textFlag("issuer", &f.Issuer, "`URL` that tokens name as their issuer, when it isn't Cognito's own"),
	}
}

// endpointOfCognito is the SDKs' own setting for a stand-in.
const endpointOfCognito = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"

// validate returns one error that names every bad value, and prepares the rest.
func (f *foundation) validate() error {
	return errors.Join(f.validateStore(), f.validateIdentity())
}

func (f *foundation) validateStore() error {
	text := f.Store
	switch text {
	case "", engineSQLite:
		return nil
	case engineDynamoDB:
		region := cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
		if region == "" {
			return errors.New(`--store "dynamodb": no region: give it as dynamodb:eu-west-1, or set AWS_REGION`)
		}
		text += ":" + region
	}
	l, err := parseLocation(text)
	if err != nil {
		return fmt.Errorf("--store: %w", err)
	}
	if l.engine != engineDynamoDB {
		return fmt.Errorf("--store %q: must be sqlite, whose place --data names, or dynamodb:REGION", f.Store)
	}
	f.cloud = &l.cloud
	return nil
}

func (f *foundation) validateIdentity() error {
	given := f.UserPool != "" || f.Client != "" || f.Issuer != ""
	onDynamoDB := strings.HasPrefix(f.Store, engineDynamoDB)
	switch {
	case f.Identity == "" && given:
		f.Identity = identityCognito
	case f.Identity == "" && onDynamoDB:
		return fmt.Errorf("--store %q: where do users sign in? give --user-pool and --client of Amazon Cognito, or --identity embedded", f.Store)
	case f.Identity == "":
		f.Identity = identityEmbedded
	}
	switch {
	case f.Identity == identityEmbedded && given:
		return errors.New("--identity embedded: excludes --user-pool, --client and --issuer: give the one or the others")
	case f.Identity == identityEmbedded:
		return nil
	case f.Identity != identityCognito:
		return fmt.Errorf("--identity %q: must be embedded or cognito", f.Identity)
	case f.UserPool == "" || f.Client == "":
		return errors.New("--identity cognito: needs --user-pool and --client, the ids of the user pool and of its client")
	}
	var err error
	if f.pool, err = keyset.Cognito(f.UserPool, os.Getenv(endpointOfCognito)); err != nil {
		return fmt.Errorf("--user-pool: %w", err)
	}
	if f.Issuer != "" {
		f.pool.Issuer = strings.TrimRight(f.Issuer, "/")
		if os.Getenv(endpointOfCognito) == "" {
			f.pool.KeysURL = f.pool.Issuer + "/.well-known/jwks.json"
		}
	}
	return nil
}

// remote returns the user pool on Cognito, nil when it is the embedded one.
func (f *foundation) remote(logger *slog.Logger) (*app.Remote, error) {
	if f.Identity != identityCognito {
		return nil, nil
	}
	keys, err := keyset.New(keyset.Options{URL: f.pool.KeysURL, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("--issuer: %w", err)
	}
	return &app.Remote{Issuer: f.pool.Issuer, ClientID: f.Client, Keys: keys}, nil
}

// engine opens the store.
func (f *foundation) engine(ctx context.Context, dir *datadir.Dir, logger *slog.Logger) (app.Engine, error) {
	if f.cloud != nil {
		return f.engineOnDynamoDB(ctx)
	}
	s, err := sqlite.Open(ctx, dir.StorePath(), app.Tables(), sqlite.Options{Views: views(), Logger: logger})
	if err != nil {
		return app.Engine{}, err
	}
	return app.Engine{
		Store: s, Feed: feed.NewLocal(s, order.TableName).Feed(), Snapshots: s, Ready: s.Ready, Failed: s.Failed(), Close: s.Close,
	}, nil
}

func (f *foundation) engineOnDynamoDB(ctx context.Context) (app.Engine, error) {
	tables := app.Tables()
	if f.Identity == identityCognito {
		tables = slices.Concat(app.ServiceTables(), webhook.Tables())
	}
	s, err := f.cloud.open(ctx, tables)
	if err != nil {
		return app.Engine{}, err
	}
	streams, err := f.cloud.streams(ctx)
	if err != nil {
		return app.Engine{}, err
	}
	find := func(ctx context.Context) (string, error) { return s.StreamARN(ctx, order.TableName) }
	return app.Engine{
		Store: s, Shared: true, Feed: feed.Feed{Source: stream.NewPoller(streams, order.Table, find, time.Now)},
		Ready: func(ctx context.Context) error { return s.Ping(ctx, feed.Table.Name) },
	}, nil
}

// keysOf returns the keys of the embedded user pool, which are made once.
func (f *foundation) keysOf(dir *datadir.Dir, publicURL string) (keys pool.Keys, err error) {
	if f.Identity == identityCognito {
		return keys, nil
	}
	return keys, dir.Keys(&keys, func() (any, error) { return pool.NewKeys(publicURL) })
}

// checkPublicURL refuses an address that would have no effect: it is in the keys since
// they were made, as tokens have to name the same issuer for ever.
func (f *foundation) checkPublicURL(keys pool.Keys, publicURL string) error {
	if publicURL == "" {
		return nil
	}
	if f.Identity == identityCognito {
		return usage("--public-url %q: has no effect, since users sign in at Amazon Cognito and its tokens name Cognito: leave it away", publicURL)
	}
	return sameIssuer(keys, publicURL)
}

// sameIssuer refuses a public URL that the keys weren't made for.
func sameIssuer(keys pool.Keys, publicURL string) error {
	stored := strings.TrimSuffix(keys.Issuer, "/"+keys.PoolID)
	if strings.TrimRight(publicURL, "/") == stored {
		return nil
	}
	return usage("--public-url %q: tokens of this data directory name %q since its first start, and clients rely on that: give --public-url %s, or leave it away", publicURL, stored, stored)
}
