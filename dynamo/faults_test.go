package dynamo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/storage"
)

// orders is a table with everything that a table can have.
var orders = storage.Table{
	Name: "orders", Partition: "userId", Sort: "orderId", Doc: "data", Feed: true,
	Indexes: []storage.Index{
		{Name: "by_time", Partition: "userId", Sort: "placed"},
		{Name: "open", Partition: "restaurant", Sort: "opened", Global: true},
	},
}

// people is a table without a sort key.
var people = storage.Table{Name: "people", Partition: "userid", Doc: "data"}

func orderKey(user, id string) storage.Key {
	return storage.Key{Table: orders.Name, Partition: user, Sort: id}
}

// fault is what happens to one request on its way.
type fault func(r *http.Request, next http.RoundTripper) (*http.Response, error)

// pass lets a request through.
func pass(r *http.Request, next http.RoundTripper) (*http.Response, error) { return next.RoundTrip(r) }

// answered makes the answer up, without asking the server.
func answered(status int, code, more string) fault {
	body := `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"made up"` + more + `}`
	return raw(status, "application/x-amz-json-1.0", body)
}

func raw(status int, contentType, body string) fault {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, ContentLength: int64(len(body)),
			Body: io.NopCloser(strings.NewReader(body)), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
	}
}

// broken makes the beginning of an answer up, after which the connection is cut.
func broken(status int, body string) fault {
	return func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		cut := io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF))
		return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, ContentLength: 1000,
			Body: io.NopCloser(cut), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
	}
}

// refused is a connection that can't be made, so that nothing is sent.
func refused(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
	unreachable := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("i/o timeout")}
	}}
	return unreachable.RoundTrip(r)
}

// lost is a request that is sent and never arrives.
func lost(*http.Request, http.RoundTripper) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

// unanswered is a request that is carried out, and then the connection is cut.
func unanswered(r *http.Request, next http.RoundTripper) (*http.Response, error) {
	answer, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(io.ErrUnexpectedEOF, answer.Body.Close())
}

// then does something else after the fault, before the next attempt.
func (f fault) then(do func()) fault {
	return func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		defer do()
		return f(r, next)
	}
}

// network applies faults to the requests of a client, one each, and lets those
// after them pass. It counts all of them.
type network struct {
	next http.RoundTripper

	mu       sync.Mutex
	faults   []fault
	requests int
}

func newNetwork() *network { return &network{next: &http.Transport{MaxIdleConnsPerHost: 10}} }

// option puts the network under a client.
func (n *network) option(o *dynamodb.Options) { o.HTTPClient = &http.Client{Transport: n} }

// RoundTrip sends a request into the next fault.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.requests++
	f := pass
	if len(n.faults) > 0 {
		f, n.faults = n.faults[0], n.faults[1:]
	}
	n.mu.Unlock()
	return f(r, n.next)
}

// meets sets what the next requests meet, and counts from here.
func (n *network) meets(faults ...fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults, n.requests = faults, 0
}

func (n *network) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.requests
}

// always is a fault for every attempt that there can be.
func always(f fault) []fault {
	return []fault{f, f, f, f, f, f, f, f}
}

// shaky is a store whose network fails as told, and which doesn't wait between
// attempts but notes how long it would have.
type shaky struct {
	*Store
	*network
	pauses *[]time.Duration
}

func newShaky(t *testing.T, opts Options) shaky {
	t.Helper()
	s := shaky{network: newNetwork(), pauses: new([]time.Duration)}
	if opts.Sleep == nil {
		opts.Sleep = func(ctx context.Context, d time.Duration) error {
			*s.pauses = append(*s.pauses, d)
			return ctx.Err()
		}
	}
	s.Store = openTables(t, []storage.Table{orders, people}, opts, s.option)
	return s
}

// put stores a record past all faults.
func (s shaky) put(t *testing.T, old *storage.Record, r storage.Record) storage.Record {
	t.Helper()
	s.meets()
	c := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: old, New: &r}}}
	if err := s.Commit(context.Background(), c); err != nil {
		t.Fatalf("prepare: %v", err)
	}
	r.Version = c.ID
	return r
}

// version returns the version of a stored record, "" when there is none.
func (s shaky) version(t *testing.T, k storage.Key) string {
	t.Helper()
	s.meets()
	r, err := s.Get(context.Background(), k)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		t.Fatalf("look: %v", err)
	}
	return r.Version
}
