package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	attemptTime = 15 * time.Second // for one request, from looking up the name to the header of the answer
	dialTime    = 10 * time.Second
	idleTime    = 90 * time.Second
	maxAnswer   = 4 << 10 // bytes of an answer that are read, to use the connection again
	maxHeader   = 64 << 10
)

// sender makes requests to receivers.
type sender struct {
	anywhere, publicOnly http.RoundTripper
	now                  func() time.Time
	timeout              time.Duration
	attempt              func(receiver string, attempt int) (done func(status int))
}

func newSender(c Config) *sender {
	s := &sender{now: c.Now, timeout: c.Timeout, attempt: c.Attempt, anywhere: c.Transport, publicOnly: c.Transport}
	if c.Transport == nil {
		s.anywhere = newTransport(&net.Dialer{Timeout: dialTime, Resolver: c.Resolver})
		s.publicOnly = newTransport(&net.Dialer{Timeout: dialTime, Resolver: c.Resolver, ControlContext: dialPublic})
	}
	return s
}

func newTransport(d *net.Dialer) http.RoundTripper {
	return &http.Transport{
		Proxy:       nil, // it would make the connection in place of the dialer and its checks
		DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: dialTime, IdleConnTimeout: idleTime,
		MaxIdleConnsPerHost: connections, MaxResponseHeaderBytes: maxHeader, DisableCompression: true,
	}
}

func (s *sender) close() {
	for _, t := range []http.RoundTripper{s.anywhere, s.publicOnly} {
		if t, ok := t.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// failure says why an attempt wasn't a success.
type failure struct {
	reason string
	status int           // 0: there was no answer
	wait   time.Duration // that the receiver asks for; 0: it doesn't
}

// answer is what a receiver has said.
type answer struct {
	status int    // 0: nothing
	start  []byte // of the body
}

// send makes one attempt. It returns nil when the receiver has taken the delivery.
func (s *sender) send(ctx context.Context, r Receiver, secrets []string, d delivery) *failure {
	_, f := s.exchange(ctx, r, secrets, d)
	return f
}

// exchange makes one attempt, and returns what the receiver has answered, too.
func (s *sender) exchange(ctx context.Context, r Receiver, secrets []string, d delivery) (answer, *failure) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(d.Body))
	if err != nil {
		return answer{}, &failure{reason: "the receiver's URL can't be used"}
	}
	if err := sign(req.Header, secrets, d, s.now()); err != nil {
		return answer{}, &failure{reason: err.Error()}
	}
	transport := s.publicOnly
	if r.AllowPrivate {
		transport = s.anywhere
	}
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	done := s.attempt(r.ID, d.Attempts+1)
	resp, err := client.Do(req)
	if err != nil {
		done(0)
		return answer{}, &failure{reason: s.explain(ctx, err)}
	}
	start, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // whatever it says, the status counts
	_ = resp.Body.Close()
	done(resp.StatusCode)
	return answer{resp.StatusCode, start}, judge(resp, s.now())
}

// sign sets the headers of the Standard Webhooks specification. Each secret has
// its signature, so that receivers can change theirs at any time in between.
func sign(h http.Header, secrets []string, d delivery, now time.Time) error {
	var signatures []string
	for _, secret := range secrets {
		signer, err := standard.NewWebhook(secret)
		if err != nil {
			return errors.New("the receiver's secret can't be used: give it a new one with comanda webhooks rotate")
		}
		signature, err := signer.Sign(d.Message, now, d.Body)
		if err != nil {
			return fmt.Errorf("sign: %w", err)
		}
		signatures = append(signatures, signature)
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Comanda-Webhooks")
	h.Set(standard.HeaderWebhookID, d.Message)
	h.Set(standard.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standard.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// judge says what a status means.
func judge(resp *http.Response, now time.Time) *failure {
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return &failure{reason: fmt.Sprintf("it answered %d, a redirect, which isn't followed: add the receiver with the new URL", code), status: code}
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		return &failure{reason: fmt.Sprintf("it answered %d", code), status: code, wait: retryAfter(resp.Header.Get("Retry-After"), now)}
	default:
		return &failure{reason: fmt.Sprintf("it answered %d", code), status: code}
	}
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Duration(min(max(0, n), math.MaxInt64/int64(time.Second))) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// explain says why there was no answer, without the URL, which may have a
// password in it.
func (s *sender) explain(ctx context.Context, err error) string {
	if errors.Is(err, errNotPublic) {
		return errNotPublic.Error()
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Sprintf("there was no answer within %s", s.timeout)
	}
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return "there was no answer: " + err.Error()
}
