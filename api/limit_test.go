package api

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"comanda/dynamo"
	"comanda/identity"
	"comanda/order"
	"comanda/sqlite"
	"comanda/storage"
	"comanda/storagetest"
	"comanda/user"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// swallowing is a network that takes every request and never answers.
type swallowing struct{}

func (swallowing) Do(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// slow is a store that takes its time for everything.
type slow struct {
	storage.Store
	takes time.Duration
}

func (s slow) wait(ctx context.Context) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slow) Get(ctx context.Context, _ storage.Key) (storage.Record, error) {
	if err := s.wait(ctx); err != nil {
		return storage.Record{}, err
	}
	return storage.Record{}, storage.ErrNotFound
}

func (s slow) Query(ctx context.Context, _ storage.Query) (storage.Page, error) {
	return storage.Page{}, s.wait(ctx)
}

func (s slow) Commit(ctx context.Context, _ storage.Commit) error { return s.wait(ctx) }

// lateCallers find out who is calling after a while.
type lateCallers struct{ slow }

func (l lateCallers) Verify(ctx context.Context, _ string) (identity.Principal, error) {
	return identity.Principal{ID: "ana", Admin: true}, l.wait(ctx)
}

// limited is an API over a store, on which a request is one of a bubble's.
func limited(t *testing.T, store storage.Store, callers Authenticator) *API {
	t.Helper()
	a, err := New(Config{
		Orders: order.NewService(store, order.AcceptTotal, time.Now), Users: user.NewService(store, time.Now), Callers: callers,
		Observer: unseen{}, Logger: slog.New(slog.DiscardHandler), Zone: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask returns the status of an answer, the kind of problem, and when it came.
func ask(a *API, method, path string, body io.Reader) (status int, problem string, after time.Duration) {
	start, w := time.Now(), httptest.NewRecorder()
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Authorization", "ana")
	a.ServeHTTP(w, r)
	_, problem, _ = strings.Cut(w.Body.String(), "urn:comanda:problem:")
	problem, _, _ = strings.Cut(problem, `"`)
	if status = w.Code; status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		problem += " without Retry-After"
	}
	return status, problem, time.Since(start)
}

const (
	placement = `{"orderId":"o-1","restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":1}],"totalAmount":1}`
	edited    = `{"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":1}],"totalAmount":1}`
)

// TestEveryRequestIsAnsweredInTimeWhenDynamoDBIsSilent has the engine itself on a
// network that swallows what it is sent.
func TestEveryRequestIsAnsweredInTimeWhenDynamoDBIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := dynamodb.New(dynamodb.Options{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), HTTPClient: swallowing{}})
		store, err := dynamo.New(client, []storage.Table{order.Table, user.Table, user.Claims}, dynamo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		a := limited(t, store, lateCallers{})
		for _, c := range []struct{ method, path, body, problem string }{
			{"POST", "/orders", placement, "unknown-outcome"}, // it may have been stored
			{"GET", "/orders", "", "busy"},
			{"GET", "/orders/o-1", "", "busy"},
			{"PUT", "/orders/o-1", edited, "busy"},
			{"DELETE", "/orders/o-1", "", "busy"},
			{"PUT", "/users/ana/orders/o-1/status", `{"status":"CANCELED"}`, "busy"},
			{"GET", "/restaurants/1/orders", "", "busy"},
			{"PUT", "/users/ana", `{"name":"Ana"}`, "busy"},
		} {
			want := requestTime
			if c.problem == "unknown-outcome" {
				want += 250 * time.Millisecond // for a look at what became of it
			}
			status, problem, after := ask(a, c.method, c.path, strings.NewReader(c.body))
			if status != 503 || problem != c.problem || after != want {
				t.Errorf("%s %s: got %d %s after %v, want 503 %s after %v", c.method, c.path, status, problem, after, c.problem, want)
			}
		}
	})
}

// lateBody is a body of which nothing comes for a while.
type lateBody struct {
	io.Reader
	after time.Duration
}

func (b *lateBody) Read(p []byte) (int, error) {
	time.Sleep(b.after)
	b.after = 0
	return b.Reader.Read(p)
}

func TestTheTimeOfAnOperationCountsFromTheEndOfTheBodyAndErasuresHaveNone(t *testing.T) {
	const little = requestTime - time.Second
	synctest.Test(t, func(t *testing.T) {
		a := limited(t, slow{takes: little}, lateCallers{slow{takes: little}})
		if status, problem, after := ask(a, "POST", "/orders", &lateBody{strings.NewReader(placement), 20 * time.Second}); status != 200 || after != 20*time.Second+2*little {
			t.Errorf("POST /orders with a slow body: got %d %s after %v, want 200 when all is done", status, problem, after)
		}
		a = limited(t, slow{takes: 3 * requestTime}, lateCallers{})
		if status, problem, after := ask(a, "POST", "/users/ben/erasure", http.NoBody); status != 200 || after < 3*requestTime {
			t.Errorf("an erasure: got %d %s after %v, want 200 when all is done", status, problem, after)
		}
		a = limited(t, slow{}, lateCallers{slow{takes: 3 * requestTime}})
		if status, problem, after := ask(a, "POST", "/users/ben/erasure", http.NoBody); status != 503 || after != requestTime {
			t.Errorf("an erasure by a caller who isn't found out: got %d %s after %v, want 503 after %v", status, problem, after, requestTime)
		}
	})
}

// TestAnOrderThatWasStoredWhenItsTimeWasUpIsAnsweredAsStored has a store whose answers
// come too late.
func TestAnOrderThatWasStoredWhenItsTimeWasUpIsAnsweredAsStored(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file, err := sqlite.Open(t.Context(), filepath.Join(dir, "orders.db"), []storage.Table{order.Table}, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		late := &storagetest.Scripted{Store: file}
		late.OnCommit = func(ctx context.Context, c storage.Commit) error {
			if err := file.Commit(ctx, c); err != nil {
				return err
			}
			<-ctx.Done()
			return fmt.Errorf("%w: %w", storage.ErrUnknown, ctx.Err())
		}
		a := limited(t, late, lateCallers{})
		for _, c := range []struct{ method, path, body string }{{"POST", "/orders", placement}, {"PUT", "/orders/o-1", strings.Replace(edited, "Soup", "Stew", 1)}, {"DELETE", "/orders/o-1", ""}} {
			if status, problem, after := ask(a, c.method, c.path, strings.NewReader(c.body)); status != 200 || after != requestTime {
				t.Errorf("%s %s: got %d %s after %v, want 200 after %v", c.method, c.path, status, problem, after, requestTime)
			}
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
}
