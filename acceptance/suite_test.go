package acceptance

import (
	"crypto/rsa"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"comanda/pool"
	"comanda/storage"
)

// target is one way to run the program.
type target interface {
	// name is printed at the end of the run.
	name() string
	// open starts the program on fresh data, and stops it when t ends.
	open(t *testing.T, o options) server
	// differs reports whether a row of the table of differences holds here.
	differs(d difference) bool
	// lacks reports whether an operation of the OpenAPI document isn't there: GET /events
	// without a feed in the same process, and recounting, which takes minutes, without one
	// that may take minutes.
	lacks(operationID string) bool
}

// server is the program while it runs.
type server interface {
	url() string        // where the API answers: http://127.0.0.1:8080
	pool() poolAccess   // where users sign in
	now() time.Time     // what the program takes for the time
	clock() *clock      // nil where time goes on by itself
	log() string        // everything that was logged so far
	restart(*testing.T) // ends what runs and starts on the same data
	stop(*testing.T)    // lets running requests finish, and refuses new ones

	// signingKey is what tokens are signed with; nil where a test can't have it.
	signingKey(*testing.T) (id string, key *rsa.PrivateKey)
}

// options are what a scenario wants of a server. The zero value is the
// program as it comes.
type options struct {
	corsOrigins   []string
	totalPolicy   string                            // "" for the default
	unknownFields string                            // likewise
	zone          string                            // of the business day; likewise
	wrap          func(storage.Store) storage.Store // nil: the store as it is; for servers in this process only
	ready         func() error                      // nil: the store's own
	listen        string                            // "" for a free port; for servers in this process only
	codes         pool.Sender                       // how codes reach people; nil: not at all
	follow        bool                              // have consumers of changes, where that isn't for nothing
}

// settable is a server that can be started again with other settings.
type settable interface {
	configure(options) // from the next restart on
}

// difference is an answer that may differ between targets.
type difference string

// The table of differences.
const (
	// tokensOutliveRevocation: a token that was signed out is accepted until it
	// expires, because what verifies it there doesn't ask the user pool.
	tokensOutliveRevocation difference = "tokens outlive their revocation"
	// gatewayBodies: what a gateway answers before the program is asked is the
	// gateway's own: to requests without a good token, for a path or method that there isn't, or
	// larger than it takes. Where that shows, an expectation says so in its field gateway.
	gatewayBodies difference = "answers of the gateway are its own"
	// usernamesAreIDs: who signs in with an e-mail address has no other username than the
	// id that the user pool gave.
	usernamesAreIDs difference = "usernames are ids"
)

// group is a set of scenarios about one subject.
type group struct {
	name string
	run  func(*testing.T, *suite)
}

// suite is the scenario set on one target. It counts what it runs.
type suite struct {
	target   target
	count    atomic.Int64
	contract func() (*contract, error)
	describe sync.Once
}

func newSuite(t target) *suite {
	s := &suite{target: t}
	suites = append(suites, s)
	return s
}

func (s *suite) run(t *testing.T, groups []group) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			g.run(t, s)
		})
	}
}

// scenario runs and counts one scenario.
func (s *suite) scenario(t *testing.T, name string, run func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		s.count.Add(1)
		run(t)
	})
}

// open starts the target's program and returns a client of it. When t ends,
// everything that was logged is searched for what must not be there.
func (s *suite) open(t *testing.T, o options) *client {
	t.Helper()
	c := s.clientOf(s.target.open(t, o))
	t.Cleanup(func() {
		c.logsStrictly(t)
		c.keepsSecret(t, private)
		for _, u := range c.known {
			c.keepsSecret(t, u.secrets())
		}
	})
	return c
}

// clientOf returns a client of a running server. The first server of a suite
// tells what all of them promise.
func (s *suite) clientOf(srv server) *client {
	s.describe.Do(func() {
		s.contract = sync.OnceValues(func() (*contract, error) { return readContract(srv.url()) })
		_, _ = s.contract() // while that server runs; the next caller gets the error
	})
	return &client{server: srv, suite: s}
}
