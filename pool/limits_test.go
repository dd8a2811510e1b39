package pool_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"comanda/identity"
	"comanda/pool"
)

// from returns a context of a call from an address.
func from(ctx context.Context, address string) context.Context {
	return identity.WithSource(ctx, identity.SourceOf(netip.MustParseAddr(address)))
}

// limited is something that may be tried a bounded number of times. try does it once and
// reports whether it was looked at, or sent; what it answers otherwise is a refusal.
type limited struct {
	name  string
	most  int
	setUp func(f *fixture)
	try   func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool
}

// answered reports whether err is an answer after looking, and fails the test when it is
// neither that nor a refusal of a limit.
func answered(t *testing.T, err error, looked ...pool.Code) bool {
	for _, code := range looked {
		if errors.Is(err, &pool.Error{Code: code}) && !errors.Is(err, &pool.Error{Code: pool.CodeNotAuthorized, Message: "Password attempts exceeded"}) {
			return true
		}
	}
	for _, code := range []pool.Code{pool.CodeNotAuthorized, pool.CodeLimitExceeded, pool.CodeTooManyFailedAttempts, pool.CodeTooManyRequests} {
		if errors.Is(err, &pool.Error{Code: code}) {
			return false
		}
	}
	t.Errorf("got error %v, want an answer or a refusal by a limit", err)
	return false
}

func limits() []limited {
	victim := func(f *fixture) { f.addAna() }
	signUp := func(f *fixture) {
		if _, err := f.SignUp(f.t.Context(), pool.SignUpInput{Username: "ana", Password: goodPassword, Attributes: []pool.Attribute{{Name: "email", Value: "ana@example.com"}}}); err != nil {
			f.t.Fatal(err)
		}
	}
	sent := func(f *fixture, do func() error) bool {
		before := f.mail.total()
		return do() == nil && f.mail.total() > before
	}
	return []limited{
		{"passwords", 5, victim, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			_, err := p.InitiateAuth(ctx, pool.FlowUserPassword, map[string]string{"USERNAME": username, "PASSWORD": otherPassword})
			return answered(f.t, err, pool.CodeNotAuthorized)
		}},
		{"proofs of a password", 5, victim, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			out, err := p.InitiateAuth(ctx, pool.FlowUserSRP, map[string]string{"USERNAME": username, "SRP_A": "abcd"})
			if err != nil {
				return answered(f.t, err)
			}
			_, err = p.RespondToAuthChallenge(ctx, pool.RespondInput{Name: out.Challenge.Name, Responses: map[string]string{
				"USERNAME": out.Challenge.Parameters["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SECRET_BLOCK": out.Challenge.Parameters["SECRET_BLOCK"],
				"PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": f.clock.Now().UTC().Format("Mon Jan 2 15:04:05 UTC 2006"),
			}})
			return answered(f.t, err, pool.CodeNotAuthorized)
		}},
		{"codes for a new password", 5, victim, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			return sent(f, func() error { _, err := p.ForgotPassword(ctx, username); return err })
		}},
		{"codes for a sign-up", 5, signUp, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			return sent(f, func() error { _, err := p.ResendConfirmationCode(ctx, username); return err })
		}},
		{"tries of a code for a new password", 5, func(f *fixture) { victim(f); f.forget("ana") }, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			before := pool.WrongCodes(f.t, p, username)
			answered(f.t, p.ConfirmForgotPassword(ctx, username, wrongCode(f.mail.code), otherPassword), pool.CodeCodeMismatch)
			return pool.WrongCodes(f.t, p, username) > before // the answer is the same
		}},
		{"tries of a code for a sign-up", 5, signUp, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			return answered(f.t, p.ConfirmSignUp(ctx, username, wrongCode(f.mail.code)), pool.CodeCodeMismatch, pool.CodeExpiredCode)
		}},
		{"sign-ups of one address", 5, func(*fixture) {}, func(ctx context.Context, f *fixture, p *pool.Pool, username string) bool {
			in := pool.SignUpInput{Username: fmt.Sprint(username, names.Add(1)), Password: goodPassword}
			if username == "ana" {
				in.Attributes = []pool.Attribute{{Name: "email", Value: "ana@example.com"}}
			}
			return sent(f, func() error { _, err := p.SignUp(ctx, in); return err })
		}},
	}
}

var names atomic.Int64

func (o *outbox) total() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// However many try at once, in two processes, after a flood of made-up names, and after a
// restart: strangers get what one class allows.
func TestNoMoreIsLookedAtThanTheLimit(t *testing.T) {
	for _, l := range limits() {
		t.Run(l.name, func(t *testing.T) {
			if _, err := testKeys(); err != nil { // made outside of the bubble
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t)
				l.setUp(f)
				looked := atomic.Int64{}
				try := func(p *pool.Pool, username, address string) {
					if l.try(from(context.Background(), address), f, p, username) && username == "ana" {
						looked.Add(1)
					}
				}
				fleet := []*pool.Pool{f.Pool, f.open()}
				mails := f.mail.total()
				var crowd sync.WaitGroup
				for i := range 500 {
					crowd.Go(func() { try(fleet[i%2], "ana", fmt.Sprintf("192.0.%d.%d", i/250, i%250)) })
				}
				crowd.Wait()
				for i := range 300 {
					try(fleet[i%2], fmt.Sprintf("made-up-%d", i), fmt.Sprintf("198.51.100.%d", i%250))
				}
				for i := range 20 {
					try(f.open(), "ana", fmt.Sprintf("203.0.113.%d", i))
				}
				switch sent := int64(f.mail.total() - mails); { // counted where it is kept: those who try at once see each other's
				case sent > 0:
					looked.Store(sent)
				case l.name == "tries of a code for a new password":
					looked.Store(int64(pool.WrongCodes(t, f.Pool, "ana")))
				}
				if n := looked.Load(); n != int64(l.most) {
					t.Errorf("%d were looked at, want %d", n, l.most)
				}
			})
		})
	}
}

func TestTheOwnerSignsInFromTheUsualSourceWhileOthersAttack(t *testing.T) {
	f := newFixture(t)
	f.addAna()
	home, attackers := from(t.Context(), "192.0.2.1"), func(i int) context.Context { return from(t.Context(), fmt.Sprintf("203.0.113.%d", i)) }
	signIn := func(ctx context.Context, password string) error {
		_, err := f.InitiateAuth(ctx, pool.FlowUserPassword, map[string]string{"USERNAME": "ana", "PASSWORD": password})
		return err
	}
	if err := signIn(home, goodPassword); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for day := f.clock.Now().Add(24 * time.Hour); f.clock.Now().Before(day); f.clock.Move(time.Minute) {
		for i := range 50 {
			if err := signIn(attackers(i), otherPassword); !errors.Is(err, &pool.Error{Code: pool.CodeNotAuthorized, Message: "Password attempts exceeded"}) {
				tried++
			}
		}
	}
	if err := signIn(home, goodPassword); err != nil {
		t.Errorf("the owner, from home: %v", err)
	}
	if err := signIn(attackers(7), goodPassword); err == nil {
		t.Error("a stranger's source isn't refused any longer")
	}
	if tried > 110 {
		t.Errorf("strangers tried %d passwords in a day, want 110 at most", tried)
	}
	t.Logf("50 sources tried %d passwords in a day", tried)

	neighbour := 0
	for range 1000 { // in the owner's own network
		if err := signIn(home, otherPassword); errors.Is(err, &pool.Error{Code: pool.CodeNotAuthorized, Message: "Incorrect username or password."}) {
			neighbour++
		}
	}
	if neighbour != 5 {
		t.Errorf("a neighbour of the owner tried %d passwords at once, want 5", neighbour)
	}
}

func TestOneSourceGetsAHundredSignUpsAndCodesAnHour(t *testing.T) {
	f := newFixture(t)
	ctx, elsewhere := from(t.Context(), "192.0.2.1"), from(t.Context(), "192.0.2.2")
	done := 0
	for i := range 120 {
		var err error
		if i%2 == 0 {
			_, err = f.SignUp(ctx, pool.SignUpInput{Username: fmt.Sprintf("a-%d@example.com", i), Password: goodPassword})
		} else {
			_, err = f.ForgotPassword(ctx, fmt.Sprintf("b-%d", i))
		}
		if err == nil {
			done++
		} else {
			wantCode(t, err, pool.CodeLimitExceeded)
		}
	}
	if _, err := f.SignUp(elsewhere, pool.SignUpInput{Username: "bob@example.com", Password: goodPassword}); err != nil {
		t.Errorf("from another source: %v", err)
	}
	if done != 100 {
		t.Errorf("one source got %d, want 100", done)
	}
}

// Records that strangers can cause are of a fixed number.
func TestMadeUpNamesShareAFixedNumberOfRecords(t *testing.T) {
	f := newFixture(t, func(c *pool.Config) { c.CodesPerSource = -1 })
	shared := map[string]int{}
	for i := range 300 {
		shared[pool.SharedPlace(f.Pool, "name", fmt.Sprint(i))]++
	}
	if len(shared) < 290 || slices.Max(slices.Collect(maps.Values(shared))) > 3 {
		t.Errorf("300 names have %d places, want nearly as many", len(shared))
	}
}
