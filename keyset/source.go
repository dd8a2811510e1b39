package keyset

import (
	"context"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"comanda/identity"
)

const (
	maxAge     = time.Hour              // at which keys are fetched again
	maxStale   = 24 * time.Hour         // for which keys are good when they can't be fetched again
	fetchTime  = 5 * time.Second        // for one fetch
	patience   = 500 * time.Millisecond // for which a token whose key is known waits for newer keys
	pause      = 30 * time.Second       // after a fetch that failed, while there are keys to go on with
	shortPause = time.Second            // the same while there are none
	burst      = 3                      // fetches for unknown keys at once
	interval   = 10 * time.Second       // between fetches for unknown keys, after the burst
)

// Options are what a [Source] can be told. All fields but URL may be left out.
type Options struct {
	URL    string           // of the key set
	Client *http.Client     // nil: one of its own, which follows no redirects
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // is told when keys can't be fetched; nil: none
}

// Source fetches and keeps keys. It is safe for concurrent use.
type Source struct {
	url    string
	client *http.Client
	now    func() time.Time
	logger *slog.Logger

	mu      sync.Mutex
	keys    map[string]*rsa.PublicKey // as of fetched; nil before
	fetched time.Time
	failed  time.Time     // when the last fetch did, zero after one that didn't
	failure error         // why
	unknown *rate.Limiter // of fetches for keys that aren't there
	running *fetch        // nil: none
}

var _ identity.KeySource = (*Source)(nil)

// fetch is one request for the keys. A caller that needs its outcome waits for done.
type fetch struct {
	done chan struct{}
	err  error // to be read after done is closed
}

// New returns a source of the keys at a URL. It sends nothing.
func New(o Options) (*Source, error) {
	if err := checkURL(o.URL); err != nil {
		return nil, fmt.Errorf("address of the signing keys: %w", err)
	}
	s := &Source{url: o.URL, client: o.Client, now: o.Now, logger: o.Logger, unknown: rate.NewLimiter(rate.Every(interval), burst)}
	if s.client == nil {
		s.client = newClient()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Key implements [identity.KeySource]. Its error is [identity.ErrUnknownKey], or
// matches [identity.ErrUnavailable] and says why the keys couldn't be had.
func (s *Source) Key(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	key, f, err := s.lookUp(ctx, kid)
	switch {
	case f == nil:
		return key, err
	case key != nil:
		f.waitBriefly(ctx)
	default:
		if err := f.wait(ctx); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.keys[kid]; key != nil {
		return key, nil
	}
	return nil, identity.ErrUnknownKey
}

// lookUp returns the key, if it is there, and the fetch that the caller should
// wait for, if any.
func (s *Source) lookUp(ctx context.Context, kid string) (*rsa.PublicKey, *fetch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	age, rest := now.Sub(s.fetched), now.Sub(s.failed)
	if s.keys != nil && age >= maxStale {
		s.keys = nil
	}
	key := s.keys[kid]
	switch {
	case key != nil && (age < maxAge || rest < pause):
		return key, nil, nil
	case s.running != nil:
		return key, s.running, nil
	case key == nil && s.keys != nil && !s.unknown.AllowN(now, 1):
		if !s.failed.IsZero() {
			return nil, nil, s.failure // it may be a new one
		}
		return nil, nil, identity.ErrUnknownKey
	case s.keys == nil && rest < shortPause:
		return nil, nil, s.failure
	}
	s.running = &fetch{done: make(chan struct{})}
	go s.run(context.WithoutCancel(ctx), s.running)
	return key, s.running, nil
}

// run fetches the keys. It isn't bound to the request that caused it, because
// others may wait for the same.
func (s *Source) run(ctx context.Context, f *fetch) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	keys, err := s.download(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.keys, s.fetched, s.failed = keys, s.now(), time.Time{}
	} else {
		f.err = fmt.Errorf("%w: %w", identity.ErrUnavailable, err)
		s.failed, s.failure = s.now(), f.err
		s.logger.WarnContext(ctx, "signing keys could not be fetched", "url", s.url, "error", err.Error(), "kept", len(s.keys))
	}
	s.running = nil
	close(f.done)
}

func (f *fetch) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return fmt.Errorf("%w: wait for the signing keys: %w", identity.ErrUnavailable, ctx.Err())
	}
}

// waitBriefly waits for newer keys on behalf of a token that can be checked
// with those that are there.
func (f *fetch) waitBriefly(ctx context.Context) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-f.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}
