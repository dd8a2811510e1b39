package app

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"time"

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

// Engine is an opened store with everything that it can do for a server. What it
// can't do is nil. Only Store is required.
type Engine struct {
	Store     storage.Store       // with [Tables]
	Feed      feed.Feed           // where changes of orders come from; zero: nothing consumes them here
	Snapshots storage.Snapshotter // shows Store, and the feed that it keeps itself, at one moment

	Ready  func(context.Context) error // whether commits can be made; nil: always
	Failed <-chan struct{}             // closed when the store can't go on; nil: never
	Close  func() error                // gives the store up; nil: there is nothing to do

	// Shared says that other processes serve the same store. Sessions are then
	// looked up again every few seconds, and signing keys rotate on request only,
	// because every process has to be given the new ones.
	Shared bool
}

// Config is what an [App] is made of. Settings, Engine, Now, Logger and Version are
// required, and either Keys or Remote.
type Config struct {
	Settings Checked
	Engine   Engine // closed by the caller, who opened it
	Now      func() time.Time
	Logger   *slog.Logger
	Version  string

	// Listener is the address of the settings, when it was taken before. The App
	// closes it once it was started. nil: Start takes the address.
	Listener net.Listener

	Keys  pool.Keys   // of the embedded user pool
	Codes pool.Sender // how codes reach people, unless the settings have a mail server; nil: not at all

	// SaveKeys replaces the saved keys, durably. It is called before a new
	// signing key is used. nil: signing keys stay as they are.
	SaveKeys func(pool.Keys) error

	// Remote is a user pool elsewhere, in place of the embedded one.
	Remote *Remote

	// Place says of the records and accounts what only their opener knows; nil: nothing is said.
	Place func() Place

	// Tracer makes spans of requests; nil: there are none. The caller, who opened it, closes it.
	Tracer *trace.Tracer
}

// Place is where an installation's records and accounts are, for people.
type Place struct {
	Data     string // the directory
	Store    string // of the records
	UserPool string
	Bytes    int64 // of the store; 0: not known
}

// Remote is a user pool of Amazon Cognito, which signs the tokens.
type Remote struct {
	Issuer   string
	ClientID string
	Keys     identity.KeySource
}
