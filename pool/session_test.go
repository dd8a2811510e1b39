package pool_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"comanda/identity"
	"comanda/pool"
)

func claimsOf(t *testing.T, token string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		t.Fatalf("parse a token: %v", err)
	}
	return claims
}

func TestBothTokensHaveTheClaimsThatCognitoGives(t *testing.T) {
	f := newFixture(t)
	f.addUser("Ana", pool.Attribute{Name: "name", Value: "Ana B"}, pool.Attribute{Name: "email", Value: "ana@example.com"})
	plain := f.signIn("ana")
	if got := claimsOf(t, plain.ID)["cognito:groups"]; got != nil {
		t.Errorf("got groups %v for a user without any, want the claim absent", got)
	}
	if err := f.AdminAddUserToGroup(t.Context(), "ana", "apiAdmins"); err != nil {
		t.Fatal(err)
	}
	tokens := f.signIn("ana")
	now := float64(f.clock.Now().Unix())
	common := []string{"sub", "iss", "origin_jti", "event_id", "token_use", "auth_time", "exp", "iat", "jti", "cognito:groups", "comanda:generation"}
	for use, token := range map[string]string{"id": tokens.ID, "access": tokens.Access} {
		claims := claimsOf(t, token)
		for _, name := range common {
			if claims[name] == nil {
				t.Errorf("%s token: claim %s is missing", use, name)
			}
		}
		if claims["token_use"] != use || claims["iss"] != f.Issuer() || claims["iat"] != now || claims["exp"] != now+3600 || claims["auth_time"] != now {
			t.Errorf("%s token: got claims %v, want use, issuer and times", use, claims)
		}
	}
	id, access := claimsOf(t, tokens.ID), claimsOf(t, tokens.Access)
	if id["aud"] != f.ClientID() || id["cognito:username"] != "Ana" || id["name"] != "Ana B" || id["email"] != "ana@example.com" || id["email_verified"] != false {
		t.Errorf("got ID claims %v, want audience, username, name and an address that isn't verified", id)
	}
	if access["client_id"] != f.ClientID() || access["username"] != "Ana" || access["scope"] != "aws.cognito.signin.user.admin" || access["aud"] != nil {
		t.Errorf("got access claims %v, want client, username and scope", access)
	}
	if id["origin_jti"] != access["origin_jti"] || id["jti"] == access["jti"] || tokens.ExpiresIn != time.Hour {
		t.Errorf("got origins %v and %v, ids %v and %v, lifetime %v", id["origin_jti"], access["origin_jti"], id["jti"], access["jti"], tokens.ExpiresIn)
	}
}

func TestWrongPasswordAndUnknownUserAnswerTheSame(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	_, wrong := f.tryPassword("ana", otherPassword)
	_, unknown := f.tryPassword("bob", otherPassword)
	wantMessage(t, wrong, pool.CodeNotAuthorized, "Incorrect username or password.")
	if wrong.Error() != unknown.Error() {
		t.Errorf("got %q for a wrong password and %q for an unknown user, want the same", wrong, unknown)
	}
	for _, missing := range []map[string]string{{"USERNAME": "ana"}, {"PASSWORD": goodPassword}, nil} {
		_, err := f.InitiateAuth(t.Context(), pool.FlowUserPassword, missing)
		wantCode(t, err, pool.CodeInvalidParameter)
	}
	_, err := f.InitiateAuth(t.Context(), pool.FlowAdminUserPassword, map[string]string{"USERNAME": "ana", "PASSWORD": goodPassword})
	wantMessage(t, err, pool.CodeInvalidParameter, "Initiate Auth method not supported.")
	out, err := f.AdminInitiateAuth(t.Context(), pool.FlowAdminUserPassword, map[string]string{"USERNAME": "ana", "PASSWORD": goodPassword})
	if err != nil || out.Tokens == nil {
		t.Errorf("AdminInitiateAuth: got %+v and error %v, want tokens", out, err)
	}
}

func TestWrongPasswordsMakeTheAccountWait(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana", pool.Attribute{Name: "email", Value: "ana@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	names := []string{"ana", "ANA", "ana@example.com"}
	for i := range 5 {
		_, err := f.tryPassword(names[i%3], otherPassword)
		wantMessage(t, err, pool.CodeNotAuthorized, "Incorrect username or password.")
	}
	_, err := f.tryPassword("ana", goodPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "Password attempts exceeded")
	f.clock.Move(time.Second)
	_, err = f.tryPassword("ana", otherPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "Incorrect username or password.")
	f.clock.Move(time.Second)
	_, err = f.tryPassword("ana", goodPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "Password attempts exceeded")
	f.clock.Move(time.Second)
	f.signIn("ana")
	_, err = f.tryPassword("ana", otherPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "Incorrect username or password.")
}

func TestATemporaryPasswordHasToBeReplaced(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "a@example.com"}); err != nil {
		t.Fatalf("AdminCreateUser: %v", err)
	}
	temporary := f.mail.code
	if f.mail.purpose != pool.PurposeInvitation || pool.DefaultPolicy() == (pool.Policy{}) || temporary == "" {
		t.Fatalf("sent %q for %s, want an invitation", temporary, f.mail.purpose)
	}
	challenge := func() *pool.Challenge {
		t.Helper()
		out, err := f.tryPassword("a@example.com", temporary)
		if err != nil || out.Tokens != nil || out.Challenge == nil || out.Challenge.Name != pool.ChallengeNewPassword {
			t.Fatalf("got %+v and error %v, want the challenge to choose a password", out, err)
		}
		return out.Challenge
	}
	respond := func(session, username, password string, more ...string) (pool.AuthOutput, error) {
		responses := map[string]string{"USERNAME": username, "NEW_PASSWORD": password}
		for i := 0; i+1 < len(more); i += 2 {
			responses[more[i]] = more[i+1]
		}
		return f.RespondToAuthChallenge(ctx, pool.RespondInput{Name: pool.ChallengeNewPassword, Session: session, Responses: responses})
	}
	f.addUser("bob")
	first, late := challenge(), challenge()
	var attributes map[string]string
	if err := json.Unmarshal([]byte(first.Parameters["userAttributes"]), &attributes); err != nil || attributes["email"] != "a@example.com" {
		t.Errorf("got userAttributes %q, want the address", first.Parameters["userAttributes"])
	}
	_, err := respond(first.Session, "bob", goodPassword)
	wantCode(t, err, pool.CodeNotAuthorized)
	_, err = respond(first.Session[:len(first.Session)-4]+"AAAA", "a@example.com", goodPassword)
	wantCode(t, err, pool.CodeNotAuthorized)
	_, err = respond(first.Session, "a@example.com", "short")
	wantCode(t, err, pool.CodeInvalidPassword)
	_, err = respond(first.Session, "a@example.com", goodPassword, "userAttributes.custom:comanda_id", "u1")
	wantCode(t, err, pool.CodeNotAuthorized)
	out, err := respond(first.Session, first.Parameters["USER_ID_FOR_SRP"], goodPassword, "userAttributes.name", "Ana")
	if err != nil || out.Tokens == nil || claimsOf(t, out.Tokens.ID)["name"] != "Ana" {
		t.Fatalf("got %+v and error %v, want tokens with the name", out, err)
	}
	wantLive(t, f.verifier(), out.Tokens.ID, "after choosing a password")
	for _, session := range []string{first.Session, late.Session} {
		_, err = respond(session, "a@example.com", otherPassword)
		wantMessage(t, err, pool.CodeNotAuthorized, "Invalid session for the user, session is expired.")
	}
	f.signIn("a@example.com")
}

func TestAChallengeExpiresAfterThreeMinutesAndATemporaryPasswordAfterAWeek(t *testing.T) {
	f := newFixture(t)
	ctx := t.Context()
	if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: goodPassword}); err != nil {
		t.Fatal(err)
	}
	out, err := f.tryPassword("ana", goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Move(3 * time.Minute)
	_, err = f.RespondToAuthChallenge(ctx, pool.RespondInput{Name: pool.ChallengeNewPassword, Session: out.Challenge.Session,
		Responses: map[string]string{"USERNAME": "ana", "NEW_PASSWORD": otherPassword}})
	wantMessage(t, err, pool.CodeNotAuthorized, "Invalid session for the user, session is expired.")
	f.clock.Move(7 * 24 * time.Hour)
	_, err = f.tryPassword("ana", goodPassword)
	wantMessage(t, err, pool.CodeNotAuthorized, "Temporary password has expired and must be reset by an administrator.")
	if _, err := f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: otherPassword, MessageAction: pool.MessageResend}); err != nil {
		t.Fatalf("AdminCreateUser RESEND: %v", err)
	}
	if out, err := f.tryPassword("ana", otherPassword); err != nil || out.Challenge == nil {
		t.Errorf("got %+v and error %v after a new invitation, want the challenge", out, err)
	}
	f.addUser("bob")
	_, err = f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "bob", MessageAction: pool.MessageResend})
	wantCode(t, err, pool.CodeUnsupportedUserState)
	_, err = f.AdminCreateUser(ctx, pool.AdminCreateUserInput{Username: "eve", MessageAction: pool.MessageResend})
	wantCode(t, err, pool.CodeUserNotFound)
}

func TestARefreshTokenGivesNewTokensUntilItExpires(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	tokens := f.signIn("ana")
	v := f.verifier()
	f.clock.Move(30*24*time.Hour - time.Second)
	out, err := f.tryRefresh(tokens.Refresh)
	if err != nil || out.Tokens.Refresh != "" {
		t.Fatalf("got %+v and error %v, want tokens without another refresh token", out, err)
	}
	before, after := claimsOf(t, tokens.ID), claimsOf(t, out.Tokens.ID)
	if before["origin_jti"] != after["origin_jti"] || before["auth_time"] != after["auth_time"] || before["iat"] == after["iat"] {
		t.Errorf("got claims %v after %v, want the same sign-in at another time", after, before)
	}
	f.clock.Move(time.Second)
	_, err = f.tryRefresh(tokens.Refresh)
	wantMessage(t, err, pool.CodeNotAuthorized, "Refresh Token has expired")
	f.signIn("ana")
	wantLive(t, v, out.Tokens.ID, "after the session expired and another began")
	f.clock.Move(2 * time.Hour)
	f.signIn("ana")
	_, err = f.tryRefresh(tokens.Refresh)
	wantMessage(t, err, pool.CodeNotAuthorized, "Refresh Token has been revoked")
	last := tokens.Refresh[:len(tokens.Refresh)-2] + "AA"
	for _, bad := range []string{"x", tokens.ID, last} {
		_, err = f.tryRefresh(bad)
		wantCode(t, err, pool.CodeNotAuthorized)
	}
}

func TestTokensEndAtOnceBy(t *testing.T) {
	cases := []struct {
		name         string
		end          func(*fixture, pool.Tokens) error
		refreshable  bool
		otherSession bool // another sign-in of the same user goes on
	}{
		{"signing out", func(f *fixture, tk pool.Tokens) error { return f.GlobalSignOut(t.Context(), tk.Access) }, false, false},
		{"revoking the refresh token", func(f *fixture, tk pool.Tokens) error { return f.RevokeToken(t.Context(), tk.Refresh) }, false, true},
		{"setting a password", func(f *fixture, _ pool.Tokens) error {
			return f.AdminSetUserPassword(t.Context(), "ana", goodPassword, true)
		}, false, false},
		{"leaving a group", func(f *fixture, _ pool.Tokens) error {
			return f.AdminRemoveUserFromGroup(t.Context(), "ana", "apiAdmins")
		}, true, false},
		{"being disabled", func(f *fixture, _ pool.Tokens) error { return f.AdminDisableUser(t.Context(), "ana") }, false, false},
		{"being disabled and enabled", func(f *fixture, _ pool.Tokens) error {
			return errors.Join(f.AdminDisableUser(t.Context(), "ana"), f.AdminEnableUser(t.Context(), "ana"))
		}, false, false},
		{"deletion", func(f *fixture, _ pool.Tokens) error { return f.AdminDeleteUser(t.Context(), "ana") }, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			f.addUser("ana")
			f.addUser("bob")
			if err := f.AdminAddUserToGroup(t.Context(), "ana", "apiAdmins"); err != nil {
				t.Fatal(err)
			}
			v := f.verifier()
			ended, other, bob := f.signIn("ana"), f.signIn("ana"), f.signIn("bob")
			for _, token := range []string{ended.ID, other.ID, bob.ID} {
				wantLive(t, v, token, "before")
			}
			if err := c.end(f, ended); err != nil {
				t.Fatalf("end: %v", err)
			}
			wantRevoked(t, v, ended.ID, "after")
			wantRevoked(t, f.verifier(), ended.ID, "after, to a verifier that hasn't seen it")
			wantLive(t, v, bob.ID, "after, for somebody else")
			if c.otherSession {
				wantLive(t, v, other.ID, "after, from another sign-in")
			} else {
				wantRevoked(t, v, other.ID, "after, from another sign-in")
			}
			_, err := f.GetUser(t.Context(), ended.Access)
			wantMessage(t, err, pool.CodeNotAuthorized, "Access Token has been revoked")
			out, err := f.tryRefresh(ended.Refresh)
			if !c.refreshable {
				wantMessage(t, err, pool.CodeNotAuthorized, "Refresh Token has been revoked")
				return
			}
			if err != nil || claimsOf(t, out.Tokens.ID)["cognito:groups"] != nil {
				t.Errorf("got %+v and error %v from the refresh token, want tokens without the group", out, err)
			}
		})
	}
}

func TestATokenOfADeletedUserStaysDeadWhenTheNameReturns(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	old := f.signIn("ana")
	if err := f.AdminDeleteUser(t.Context(), "ana"); err != nil {
		t.Fatal(err)
	}
	f.addUser("ana")
	wantRevoked(t, f.verifier(), old.ID, "after the name was taken again")
}

func TestAnotherServerOnTheSameStoreAcceptsTheTokens(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	tokens := f.signIn("ana")
	second := f.open()
	if u, err := second.GetUser(t.Context(), tokens.Access); err != nil || u.Username != "ana" {
		t.Errorf("got %+v and error %v, want ana", u, err)
	}
	shared := f.open(func(c *pool.Config) { c.Recheck = 5 * time.Second })
	epoch := shared.Epoch("x")
	if f.clock.Move(4 * time.Second); shared.Epoch("x") != epoch {
		t.Error("the epoch changed within the recheck interval")
	}
	if f.clock.Move(time.Second); shared.Epoch("x") == epoch {
		t.Error("the epoch is the same after the recheck interval")
	}
}

func TestAccessTokensAreRefusedThat(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	tokens := f.signIn("ana")
	for name, token := range map[string]string{
		"are ID tokens": tokens.ID, "are text": "x", "are changed": tokens.Access[:len(tokens.Access)-4] + "AAAA", "are too long": strings.Repeat("a", identity.MaxToken+1),
	} {
		_, err := f.GetUser(t.Context(), token)
		if !errors.Is(err, &pool.Error{Code: pool.CodeNotAuthorized, Message: "Invalid Access Token"}) {
			t.Errorf("%s: got error %v, want an invalid access token", name, err)
		}
	}
	f.clock.Move(time.Hour)
	_, err := f.GetUser(t.Context(), tokens.Access)
	wantMessage(t, err, pool.CodeNotAuthorized, "Access Token has expired")
	wantCode(t, f.RevokeToken(t.Context(), tokens.Access), pool.CodeUnsupportedTokenType)
	if err := f.RevokeToken(t.Context(), "nonsense"); err != nil {
		t.Errorf("RevokeToken of an unknown token: got error %v, want none", err)
	}
}

func TestASignInRacingWithAPasswordChangeLeavesNoOldSession(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	v := f.verifier()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		tokens []string
	)
	for range 4 {
		wg.Go(func() {
			out, err := f.tryPassword("ana", goodPassword)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				tokens = append(tokens, out.Tokens.ID)
			}
		})
	}
	wg.Go(func() {
		if err := f.AdminSetUserPassword(t.Context(), "ana", otherPassword, true); err != nil {
			t.Errorf("AdminSetUserPassword: %v", err)
		}
	})
	wg.Wait()
	for _, token := range tokens {
		wantRevoked(t, v, token, "after the password was changed")
	}
	if _, err := f.tryPassword("ana", otherPassword); err != nil {
		t.Errorf("sign in with the new password: %v", err)
	}
}

func TestTheDocumentsForClientsNameTheKeys(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	jwks, err := f.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(jwks, &set); err != nil {
		t.Fatal(err)
	}
	token, _, err := jwt.NewParser().ParseUnverified(f.signIn("ana").ID, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(set.Keys, func(k map[string]string) bool {
		return k["kid"] == token.Header["kid"] && k["e"] == "AQAB" && k["d"] == ""
	}) {
		t.Errorf("got %s, want the public key %v", jwks, token.Header["kid"])
	}
	discovery, err := f.Discovery()
	if err != nil || !strings.Contains(string(discovery), `"issuer":"`+f.Issuer()+`"`) {
		t.Errorf("got %s and error %v, want the issuer", discovery, err)
	}
}
