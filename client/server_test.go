package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"comanda/app"
	"comanda/client"
	"comanda/feed"
	"comanda/order"
	"comanda/pool"
	"comanda/sqlite"
)

// server is what the tests and examples of this package ask: the real one, on a file
// and on a free port. They share it, and each has people of its own.
type server struct {
	app      *app.App
	store    *sqlite.Store
	URL      string
	ClientID string
}

// running returns the server, which is started when it is first needed.
var running = sync.OnceValue(func() *server {
	s, err := start(context.Background())
	if err != nil {
		panic(err)
	}
	return s
})

// folder is where the server's file is. TestMain makes and removes it.
var folder string

func TestMain(m *testing.M) {
	code, err := runIn(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 2
	}
	os.Exit(code)
}

func runIn(m *testing.M) (code int, err error) {
	if folder, err = os.MkdirTemp("", "client-*"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	code = m.Run()
	return code, running().close()
}

func start(ctx context.Context) (*server, error) {
	store, err := sqlite.Open(ctx, filepath.Join(folder, "comanda.db"), app.Tables(), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	keys, err := pool.NewKeys("")
	if err != nil {
		return nil, err
	}
	settings := app.Defaults()
	settings.Listen = "127.0.0.1:0"
	checked, err := settings.Check()
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, app.Config{
		Settings: checked, Engine: app.Engine{Store: store, Feed: feed.NewLocal(store, order.TableName).Feed(), Snapshots: store}, Keys: keys,
		Now: time.Now, Logger: slog.New(slog.DiscardHandler), Version: "1.2.3",
	})
	if err != nil {
		return nil, err
	}
	s := &server{app: a, store: store, ClientID: keys.ClientID}
	for _, p := range []struct{ name, group string }{{"ana", ""}, {"boss", settings.AdminGroup}, {"cook", "restaurant-1"}} {
		if err := s.admit(ctx, p.name, p.group); err != nil {
			return nil, err
		}
	}
	err = a.Start()
	s.URL = a.URL()
	return s, err
}

func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return errors.Join(s.app.Close(ctx), s.store.Close())
}

// password is everybody's.
const password = "Correct-Horse-7"

// admit makes a user who can sign in, in a group or, with "", in none.
func (s *server) admit(ctx context.Context, name, group string) error {
	p := s.app.Pool
	_, err := p.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: name, MessageAction: pool.MessageSuppress})
	if err == nil {
		err = p.AdminSetUserPassword(ctx, name, password, true)
	}
	if err != nil || group == "" {
		return err
	}
	return errors.Join(p.EnsureGroup(ctx, group), p.AdminAddUserToGroup(ctx, name, group))
}

// signIn returns a source of a user's tokens.
func (s *server) signIn(name string) client.TokenSource {
	return client.SignIn(client.Credentials{URL: s.URL, ClientID: s.ClientID, Username: name, Password: password})
}

// visitor is a client of a user with a name of their own, on the way through a transport.
func visitor(t *testing.T, group string, way http.RoundTripper) *client.Client {
	t.Helper()
	s := running()
	name := "guest-" + order.OrderIDFromKey(t.Name(), group, "")
	var exists *pool.Error
	if err := s.admit(t.Context(), name, group); err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
	return with(t, client.Config{URL: s.URL, Tokens: s.signIn(name), HTTP: &http.Client{Transport: way, Timeout: client.Timeout}, Retry: quick})
}

// quick doesn't make tests wait.
var quick = client.Retry{Pause: time.Millisecond, MaxPause: 20 * time.Millisecond}

func with(t *testing.T, c client.Config) *client.Client {
	t.Helper()
	out, err := client.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// soup is what is ordered.
func soup() order.Content {
	return order.Content{
		Restaurant: order.NumberID(1), Total: 90_000,
		Items: []order.Item{{ID: order.NumberID(1), Name: "Soup", Price: 45_000, Quantity: 2}},
	}
}

// must returns a value, or fails the test.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var mustOrder = must[client.Order]
