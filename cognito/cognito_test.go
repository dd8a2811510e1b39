package cognito_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"comanda/cognito"
	"comanda/pool"
	"comanda/sqlite"
	"comanda/storage"
)

const (
	target       = "AWSCognitoIdentityProviderService."
	goodPassword = "Correct-Horse-7"
	testHost     = "127.0.0.1:8080"
)

var (
	testNow  = time.Date(2026, 11, 3, 12, 0, 0, 250e6, time.UTC)
	testKeys = sync.OnceValues(func() (pool.Keys, error) { return pool.NewKeys("") })
)

// object is a JSON object.
type object = map[string]any

// fixture is a handler over a pool in a new database.
type fixture struct {
	http.Handler
	t     testing.TB
	pool  *pool.Pool
	store *faultyStore
	mail  *outbox
	log   *bytes.Buffer

	offset atomic.Int64 // of the clock, from testNow
}

// faultyStore answers err instead of storing, or nothing until no caller waits any more.
type faultyStore struct {
	storage.Store
	err    error
	silent bool
}

func (s *faultyStore) Commit(ctx context.Context, c storage.Commit) error {
	if s.silent {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.err != nil {
		return s.err
	}
	return s.Store.Commit(ctx, c)
}

func newFixture(t testing.TB, change ...func(*pool.Config)) *fixture {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pool.db"), pool.Tables(), sqlite.Options{})
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	keys, err := testKeys()
	if err != nil {
		t.Fatalf("NewKeys: %v", err)
	}
	f := &fixture{t: t, store: &faultyStore{Store: db}, mail: &outbox{}, log: &bytes.Buffer{}}
	config := pool.Config{Store: f.store, Keys: keys, Now: f.now, Sender: f.mail, Hashing: pool.Hashing{Memory: 64, Time: 1, Threads: 1}}
	for _, c := range change {
		c(&config)
	}
	f.pool, err = pool.New(t.Context(), config)
	if err != nil {
		t.Fatalf("pool.New: %v", err)
	}
	f.Handler = cognito.NewHandler(f.pool, cognito.Options{Now: f.now, Logger: slog.New(slog.NewTextHandler(f.log, nil))})
	return f
}

func (f *fixture) now() time.Time { return testNow.Add(time.Duration(f.offset.Load())).UTC() }

// request returns an unsigned request of an operation.
func (f *fixture) request(operation string, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://"+testHost+"/", bytes.NewReader([]byte(body)))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target+operation)
	return r
}

// sign signs a request over a body as the SDKs do.
func (f *fixture) sign(r *http.Request, body string, change func(*aws.Credentials, *string, *string, *time.Time)) *http.Request {
	f.t.Helper()
	id, secret := f.pool.Credentials()
	credentials := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	service, region, at := "cognito-idp", "local", testNow
	if change != nil {
		change(&credentials, &service, &region, &at)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		f.t.Fatalf("sign: %v", err)
	}
	return r
}

// do returns status, decoded body and header of the answer.
func (f *fixture) do(r *http.Request) (int, object, http.Header) {
	f.t.Helper()
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		f.t.Fatal(err)
	}
	var decoded object
	if err := json.Unmarshal(body, &decoded); err != nil {
		f.t.Fatalf("answer %d %q isn't a JSON object: %v", w.Code, body, err)
	}
	return w.Code, decoded, w.Header()
}

func (f *fixture) encode(in object) string {
	f.t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

// call runs an unsigned operation for this client and wants it to succeed.
func (f *fixture) call(operation string, in object) object {
	f.t.Helper()
	status, out, _ := f.do(f.request(operation, f.encode(in)))
	if status != http.StatusOK {
		f.t.Fatalf("%s: got %d %v, want 200", operation, status, out)
	}
	return out
}

// admin runs a signed operation for this pool and wants it to succeed.
func (f *fixture) admin(operation string, in object) object {
	f.t.Helper()
	status, out := f.tryAdmin(operation, in)
	if status != http.StatusOK {
		f.t.Fatalf("%s: got %d %v, want 200", operation, status, out)
	}
	return out
}

func (f *fixture) tryAdmin(operation string, in object) (int, object) {
	f.t.Helper()
	if in["UserPoolId"] == nil {
		in["UserPoolId"] = f.pool.ID()
	}
	body := f.encode(in)
	status, out, _ := f.do(f.sign(f.request(operation, body), body, nil))
	return status, out
}

// refuse runs an unsigned operation and wants it to be refused with a code.
func (f *fixture) refuse(operation, body, code string) string {
	f.t.Helper()
	status, out, header := f.do(f.request(operation, body))
	if status != http.StatusBadRequest || out["__type"] != code || header.Get("X-Amzn-ErrorType") != code {
		f.t.Errorf("%s %.60s: got %d %v, want 400 %s", operation, body, status, out, code)
	}
	message, _ := out["message"].(string)
	return message
}
