package installation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"comanda/administration"
	"comanda/datadir"
)

// Connect calls do with the user pool of a data directory: at the server that has
// it or, when none answers, in this process, on what the configuration says.
func Connect(ctx context.Context, c Config, do func(*administration.Connection) error) error {
	keys, err := Keys(c.Data)
	if err != nil {
		return err
	}
	server, err := Find(ctx, c.Data)
	if err == nil {
		return do(server.connection(keys))
	}
	return c.alone(ctx, err, func(in *Instance) error {
		own := Server{URL: "http://" + c.Settings.Listen, Client: &http.Client{Transport: inProcess{in.Handler()}}}
		return do(own.connection(keys))
	})
}

// Administer calls do with the administration of a data directory, as [Connect] does
// with its user pool.
func Administer(ctx context.Context, c Config, do func(administration.Administration) error) error {
	keys, err := Keys(c.Data)
	if err != nil {
		return err
	}
	server, err := Find(ctx, c.Data)
	if err == nil {
		return do(administration.Remote{Connection: server.connection(keys)})
	}
	return c.alone(ctx, err, func(in *Instance) error { return do(in.Administration()) })
}

// alone calls do with an instance in this process, if found says that no server
// answers.
func (c Config) alone(ctx context.Context, found error, do func(*Instance) error) (err error) {
	if !errors.Is(found, ErrNoServer) {
		return found
	}
	if c.Foundation.Place.Traits().Volatile {
		return fmt.Errorf("%w: records in memory are there only as long as it runs", found)
	}
	in, err := Open(ctx, c)
	if errors.Is(err, datadir.ErrInUse) {
		return notAnswering(c.Data)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(ctx)) }()
	return do(in)
}

// notAnswering is for a directory that is locked by a process that can't be asked.
func notAnswering(path string) error {
	return fmt.Errorf("data directory %s: another process has it, but doesn't answer: it is starting or stopping, try again in a moment", path)
}

// inProcess answers requests by a handler of this process, without a socket.
type inProcess struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.RequestURI, r.RemoteAddr = r.URL.RequestURI(), r.URL.Host
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, r)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write implements [http.ResponseWriter].
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }
