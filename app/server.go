package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// Time limits on every phase of a connection. A client that sends a body
// slower than readTimeout allows is answered 408.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second // from the end of the header: longer than readTimeout, so that a late body still gets its answer
	idleTimeout       = 2 * time.Minute
	maxHeader         = 256 << 10 // bytes: a token that is far too long still gets its 401
)

// server is one listener with its HTTP server.
type server struct {
	listener net.Listener
	http     *http.Server
	scheme   string
	failed   chan error
}

// Listen takes an address, for [Config].Listener. Its error says what to do.
func Listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		remedy := "choose another address"
		if errors.Is(err, syscall.EADDRINUSE) {
			remedy = "another program uses it: stop that one, or choose another port, or port 0 for any free one"
		}
		return nil, fmt.Errorf("listen on %s: %w: %s", address, cause(err), remedy)
	}
	return l, nil
}

// listen makes a server at an address, which is taken already where l isn't nil.
func listen(l net.Listener, address string, h http.Handler, logger *slog.Logger) (*server, error) {
	if l == nil {
		var err error
		if l, err = Listen(address); err != nil {
			return nil, err
		}
	}
	return &server{
		listener: l, scheme: "http", failed: make(chan error, 1),
		http: &http.Server{
			Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
			WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
			ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
		},
	}, nil
}

// cause returns what the operating system said, without the address again.
func cause(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

func (s *server) useTLS(c *tls.Config) { s.scheme, s.http.TLSConfig = "https", c }

func (s *server) serve() {
	var err error
	if s.scheme == "https" {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.failed <- err
	}
}

func (s *server) url() string { return s.scheme + "://" + s.listener.Addr().String() }

func (s *server) close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests did not finish in time and were cut: %w", err), s.http.Close())
	}
	if closeErr := s.listener.Close(); closeErr != nil && !errors.Is(closeErr, net.ErrClosed) {
		err = errors.Join(err, closeErr)
	}
	return err
}

// guard lets only the proxies connect, when the server is behind some: any client
// else would bypass what the proxy enforces, TLS first of all.
func (a *App) guard(next http.Handler) http.Handler {
	proxies := a.config.Settings.proxies
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		known := func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap()) }
		if err != nil || !peer.Addr().IsLoopback() && !slices.ContainsFunc(proxies, known) {
			http.Error(w, "connections come through the proxy only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
