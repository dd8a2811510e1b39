package app

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/feed"
	"comanda/order"
	"comanda/pool"
	"comanda/report"
	"comanda/sqlite"
	"comanda/storage"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestMain(m *testing.M) { os.Exit(dynamolocal.Run(m)) }

const password = "Correct-Horse-7"

// older is this build, in a fleet with one whose records a test writes.
type older struct {
	*App
	t      *testing.T
	store  storage.Store
	log    *syncBuffer
	tokens map[string]string // by username
	newer  []storage.Record  // what the other build wrote
}

// newOlder wires a server on a store, with the customer ana and the administrator adam.
func newOlder(t *testing.T, store storage.Store, source feed.Feed) *older {
	t.Helper()
	o := &older{t: t, store: store, log: &syncBuffer{}, tokens: map[string]string{}}
	var err error
	o.App, err = New(t.Context(), Config{
		Settings: checked(t, Defaults()), Engine: Engine{Store: store, Feed: source},
		Keys: generations(t)[0], Now: time.Now, Logger: slog.New(slog.NewTextHandler(o.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ana", "adam"} {
		_, err := o.Pool.AdminCreateUser(t.Context(), pool.AdminCreateUserInput{Username: name, TemporaryPassword: password})
		if err == nil {
			err = o.Pool.AdminSetUserPassword(t.Context(), name, password, true)
		}
		if err == nil && name == "adam" {
			err = o.Pool.AdminAddUserToGroup(t.Context(), name, o.Pool.AdminGroup())
		}
		if err != nil {
			t.Fatal(err)
		}
		signedIn, err := o.Pool.InitiateAuth(t.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": name, "PASSWORD": password})
		if err != nil {
			t.Fatal(err)
		}
		o.tokens[name] = signedIn.Tokens.ID
	}
	return o
}

// ask sends a request, and returns the answer.
func (o *older) ask(who, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", o.tokens[who])
	o.Handler().ServeHTTP(w, r)
	return w
}

// done sends a request that has to be answered with 200.
func (o *older) done(who, method, path, body string) string {
	o.t.Helper()
	w := o.ask(who, method, path, body)
	if w.Code != http.StatusOK {
		o.t.Fatalf("%s %s: got %d %s, want 200", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

// rewrite has the other build change a document, in the same places of the indexes.
func (o *older) rewrite(k storage.Key, from, to string) {
	o.t.Helper()
	old, err := o.store.Get(o.t.Context(), k)
	if err != nil {
		o.t.Fatal(err)
	}
	r := old
	if r.Doc = bytes.Replace(old.Doc, []byte(from), []byte(to), 1); bytes.Equal(r.Doc, old.Doc) {
		o.t.Fatalf("record of %s: got %s, want %s in it", k.Table, old.Doc, from)
	}
	if err := storage.Apply(o.t.Context(), o.store, storage.Commit{Writes: []storage.Write{{Old: &old, New: &r}}}); err != nil {
		o.t.Fatal(err)
	}
	stored, err := o.store.Get(o.t.Context(), k) // as the engine spells it
	if err != nil {
		o.t.Fatal(err)
	}
	o.newer = append(o.newer, stored)
}

// untouched fails unless everything that the other build wrote is as it was, in the
// same places of the indexes.
func (o *older) untouched() {
	o.t.Helper()
	for _, want := range o.newer {
		got, err := o.store.Get(o.t.Context(), want.Key)
		if err != nil || got.Version != want.Version || !bytes.Equal(got.Doc, want.Doc) || !maps.Equal(got.Index, want.Index) {
			o.t.Errorf("record of %s: got %+v, %v, want %+v untouched", want.Key.Table, got, err, want)
		}
	}
}

// metric returns the lines of a metric.
func (o *older) metric(name string) []string {
	w := httptest.NewRecorder()
	o.metrics.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return slices.DeleteFunc(strings.Split(w.Body.String(), "\n"), func(line string) bool { return !strings.HasPrefix(line, name+"{") })
}

const (
	other  = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Stew","price":9.99}],"totalAmount":9.99}`
	one    = `{"orderId":"one","restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99,"note":"ring twice"}`
	ours   = `"format":1`
	theirs = `"format":2`
)

// me returns the id of a user.
func (o *older) me(name string) string {
	o.t.Helper()
	u, err := o.Pool.AdminGetUser(o.t.Context(), name)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range u.Attributes {
		if a.Name == "sub" {
			return a.Value
		}
	}
	o.t.Fatalf("user %s has no sub", name)
	return ""
}

func openFile(t *testing.T) storage.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "comanda.db"), Tables(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openCloud(t *testing.T) storage.Store {
	t.Helper()
	client, opts := dynamolocal.Client(t), dynamo.Options{
		Prefix: dynamolocal.Prefix(), Timeout: time.Minute,
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	}
	if err := dynamo.CreateTables(t.Context(), client, Tables(), opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, d := range Tables() {
			name := opts.Prefix + d.Name
			if _, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
				t.Error(err)
			}
		}
	})
	s, err := dynamo.New(client, Tables(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// count counts an order of two units in the reports.
func count(t *testing.T, s storage.Store) {
	t.Helper()
	zone := time.UTC
	id, err := order.ParseID("1", true)
	if err != nil {
		t.Fatal(err)
	}
	o := order.Place("ana", "x", order.Content{Restaurant: id, Items: []order.Item{{ID: id, Name: "Soup", Price: 10_000, Quantity: 2}}, Total: 20_000}, order.AcceptTotal, time.Now())
	c := report.NewConsumer(report.Config{Store: s, Zone: zone, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err := c.Consume(t.Context(), "s", []feed.Event{{ID: "e", Sequence: "1", Time: time.Now(), UserID: "ana", OrderID: "x", After: &o}}); err != nil {
		t.Fatal(err)
	}
}
