package installation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"comanda/administration"
	"comanda/datadir"
	"comanda/pool"
)

// ErrNoServer says that no process answers for a data directory.
var ErrNoServer = errors.New("start one with comanda serve")

const (
	answerTime = 30 * time.Second // for one request of a command
	pingTime   = 3 * time.Second
)

// Server is a server that runs, with a client of it.
type Server struct {
	URL    string
	Client *http.Client
	TLS    bool // it was found through its directory and shows a certificate
	Known  bool // the user has named it, or it has shown that it has the key of its directory
}

// At returns the server at an address that the user has given, who answers for it.
func At(address string) Server {
	return Server{URL: strings.TrimRight(address, "/"), Client: &http.Client{Timeout: answerTime}, Known: true}
}

// Remembered returns the server at an address that comanda env has left in a shell, together
// with a data directory. Where the address is one of this machine, whatever has it by now
// has to show that it is the directory's server, as for [Find]; with TLS its certificate does.
func Remembered(address, path string) Server {
	s := At(address)
	keys, err := Keys(path)
	if err != nil || !strings.HasPrefix(s.URL, "http://") || checkHere(s.URL) != nil {
		return s
	}
	key, err := administration.NewProofKey(keys.SealKey)
	if err != nil {
		return s
	}
	s.Client = newClient(path, datadir.Server{URL: s.URL}, key)
	return s
}

// Find returns the server that has a data directory, with a client that sends nothing
// to anything else: whatever accepts a connection has to show that it has the
// directory's key before a request goes out. When no process answers the error matches
// [ErrNoServer].
func Find(ctx context.Context, path string) (Server, error) {
	fail := func(err error) (Server, error) { return Server{}, fmt.Errorf("data directory %s: %w", path, err) }
	announced, err := datadir.ReadServer(path)
	if errors.Is(err, datadir.ErrAbsent) {
		return fail(fmt.Errorf("no server runs: %w", ErrNoServer))
	}
	if err != nil {
		return Server{}, err
	}
	if err := checkHere(announced.URL); err != nil {
		return fail(err)
	}
	key, err := proofKey(path)
	if err != nil {
		return fail(err)
	}
	s := Server{URL: announced.URL, Client: newClient(path, announced, key), TLS: announced.Certificate != nil, Known: key != nil}
	switch err := ping(ctx, s); {
	case isUnknown(err):
		return fail(administration.Unreachable(s.URL, err))
	case err != nil:
		return fail(fmt.Errorf("its server doesn't answer at %s any more: %w", s.URL, ErrNoServer))
	}
	return s, nil
}

// isUnknown reports whether what answers is a server of this program, or behaves like
// one, and hasn't shown that it is the right one.
func isUnknown(err error) bool {
	_, impostor := errors.AsType[*administration.ImpostorError](err)
	return impostor || errors.Is(err, administration.ErrOtherRelease)
}

// proofKey returns what the server of a directory is known by, nil where it has no
// keys because users sign in elsewhere.
func proofKey(path string) (administration.ProofKey, error) {
	keys, err := Keys(path)
	if errors.Is(err, datadir.ErrAbsent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return administration.NewProofKey(keys.SealKey)
}

// ping reports whether a server answers.
func ping(ctx context.Context, s Server) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("health is %s", resp.Status)
	}
	return errors.Join(err, resp.Body.Close())
}

func (s Server) connection(keys pool.Keys) *administration.Connection {
	return &administration.Connection{URL: s.URL, Keys: keys, Client: s.Client}
}

// Connection returns the way to the user pool of a server, by its client id alone.
func (s Server) Connection(clientID string) *administration.Connection {
	return s.connection(pool.Keys{ClientID: clientID})
}
