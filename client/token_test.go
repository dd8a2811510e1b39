package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"comanda/client"
	"comanda/pool"
)

// desk is a user pool and an API in one. It counts sign-ins and refreshes, and
// tokens are good for as long as it says.
type desk struct {
	mu                sync.Mutex
	life              int // seconds
	signed, refreshed int
	ended             bool   // refresh tokens aren't good any more
	revoked           string // a token that isn't good any more
	challenge         string
	down              int // answers that are to be lost
	sent              []string
}

// RoundTrip implements [http.RoundTripper].
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down > 0 {
		d.down--
		return nil, io.ErrUnexpectedEOF
	}
	status, text := d.answer(r, string(body))
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

func (d *desk) answer(r *http.Request, body string) (status int, text string) {
	if r.URL.Path != "/" {
		token := r.Header.Get("Authorization")
		d.sent = append(d.sent, token)
		if token == d.revoked {
			return 401, `{"type":"urn:comanda:problem:unauthenticated","title":"No","status":401}`
		}
		return 200, done.body
	}
	refresh := ""
	switch {
	case strings.Contains(body, `"wrong"`):
		return 400, `{"__type":"com.example#NotAuthorizedException","message":"Incorrect username or password."}`
	case strings.Contains(body, "REFRESH_TOKEN_AUTH") && d.ended:
		return 400, `{"__type":"NotAuthorizedException","message":"Refresh Token has been revoked"}`
	case strings.Contains(body, "REFRESH_TOKEN_AUTH"):
		d.refreshed++
	case d.challenge != "":
		return 200, fmt.Sprintf(`{"ChallengeName":%q,"Session":"s"}`, d.challenge)
	default:
		d.signed++
		refresh = fmt.Sprintf(`,"RefreshToken":"r%d"`, d.signed)
	}
	return 200, fmt.Sprintf(`{"AuthenticationResult":{"IdToken":"t%d.%d","ExpiresIn":%d%s},"ChallengeParameters":{}}`, d.signed, d.refreshed, d.life, refresh)
}

// at returns a client of a user who signs in at the desk.
func (d *desk) at(t *testing.T, password string) *client.Client {
	way := &http.Client{Transport: d}
	return with(t, client.Config{URL: "http://example.com", HTTP: way, Tokens: client.SignIn(client.Credentials{
		URL: "http://pool.example.com", ClientID: "c", Username: "ana", Password: password, HTTP: way,
	})})
}

func TestTokensAreKeptRefreshedAndSignedInForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: 3600}
		c := d.at(t, password)
		for _, x := range []struct {
			what  string
			after time.Duration
			then  func()
			want  string
		}{
			{"the first request signs in", 0, func() {}, "t1.0"},
			{"the token is kept", 58 * time.Minute, func() {}, "t1.0"},
			{"and refreshed before it expires", time.Minute, func() {}, "t1.1"},
			{"and when the server refuses it", 0, func() { d.revoked = "t1.1" }, "t1.2"},
			{"and signed in for again when that is over", 2 * time.Hour, func() { d.ended = true }, "t2.2"},
			{"also when the server has refused it", 0, func() { d.revoked = "t2.2" }, "t3.2"},
			{"and a short life leaves a margin, too", 2 * time.Hour, func() { d.life, d.ended = 20, false }, "t3.3"},
			{"in which it is good", 17 * time.Second, func() {}, "t3.3"},
			{"and no longer", time.Second, func() {}, "t3.4"},
		} {
			time.Sleep(x.after)
			x.then()
			if _, err := c.Order(t.Context(), "o"); err != nil {
				t.Fatalf("%s: %v", x.what, err)
			}
			if got := d.sent[len(d.sent)-1]; got != x.want {
				t.Errorf("%s: got token %s, want %s", x.what, got, x.want)
			}
		}
	})
}

func TestManyRequestsShareOneSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: 3600}
		c := d.at(t, password)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if _, err := c.Order(t.Context(), "o"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if d.signed != 1 || len(d.sent) != 50 {
			t.Errorf("got %d sign-ins and %d requests, want one and 50", d.signed, len(d.sent))
		}
	})
}

func TestARefusedSignInIsSaidOnceAndNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, x := range map[string]struct {
			desk     *desk
			password string
			kind     string
			want     string
		}{
			"a wrong password":   {&desk{}, "wrong", "NotAuthorizedException", "place the order: get a token: sign in: Incorrect username or password. (status 400)"},
			"a challenge before": {&desk{challenge: "NEW_PASSWORD_REQUIRED"}, password, "", `sign in: the user pool asks for "NEW_PASSWORD_REQUIRED" first`},
		} {
			_, err := x.desk.at(t, x.password).Place(t.Context(), client.Placement{Content: soup()})
			e, ok := errors.AsType[*client.Error](err)
			if err == nil || !strings.Contains(err.Error(), x.want) || len(x.desk.sent) != 0 || ok != (x.kind != "") || ok && (e.Type != x.kind || e.Unknown()) {
				t.Errorf("%s: got %v after %v, want %q, and nothing sent", name, err, x.desk.sent, x.want)
			}
		}
	})
}

func TestASignInThatIsLostIsRepeatedForEveryOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{life: 3600, down: 2}
		c := d.at(t, password)
		if _, err := c.Cancel(t.Context(), "o", client.AnyVersion); err != nil || len(d.sent) != 1 {
			t.Errorf("got %v and %d requests, want success and one", err, len(d.sent))
		}
	})
}

func TestWaitingForASignInEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blocked := make(chan struct{})
		tokens := client.SignIn(client.Credentials{URL: "http://pool.example.com", HTTP: &http.Client{Transport: waiting(blocked)}})
		go func() { _, _ = tokens.Token(t.Context(), "") }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tokens.Token(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		close(blocked)
	})
}

// waiting is a transport that answers nothing until it is closed.
type waiting chan struct{}

// RoundTrip implements [http.RoundTripper].
func (w waiting) RoundTrip(*http.Request) (*http.Response, error) {
	<-w
	return nil, io.ErrUnexpectedEOF
}

func TestATokenThatWasSignedOutIsReplaced(t *testing.T) {
	s := running()
	name := "out-" + strings.ToLower(t.Name())
	if err := s.admit(t.Context(), name, ""); err != nil {
		t.Fatal(err)
	}
	source := s.signIn(name)
	c := with(t, client.Config{URL: s.URL, Tokens: source})
	first := must[string](t)(source.Token(t.Context(), ""))
	fixed := with(t, client.Config{URL: s.URL, Tokens: client.StaticToken(first)})
	if _, err := fixed.Orders(t.Context(), client.Filter{}); err != nil {
		t.Fatal(err)
	}
	out, err := s.app.Pool.InitiateAuth(t.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": name, "PASSWORD": password})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.app.Pool.GlobalSignOut(t.Context(), out.Tokens.Access); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Orders(t.Context(), client.Filter{}); err != nil {
		t.Errorf("a source that can sign in: got %v, want success", err)
	}
	if second := must[string](t)(source.Token(t.Context(), "")); second == first {
		t.Error("the source still has the token that was refused")
	}
	if _, err := fixed.Orders(t.Context(), client.Filter{}); !errors.Is(err, client.Unauthenticated) {
		t.Errorf("a static token: got %v, want %v", err, client.Unauthenticated)
	}
}
