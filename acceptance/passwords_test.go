package acceptance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"comanda/pool"
)

// letterBox keeps the last code that was sent to each address.
type letterBox struct {
	mu    sync.Mutex
	codes map[string]string
}

// SendCode implements [comanda/pool.Sender].
func (b *letterBox) SendCode(_ context.Context, m pool.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.codes == nil {
		b.codes = map[string]string{}
	}
	b.codes[m.Email] = m.Code
	return nil
}

func (b *letterBox) code(email string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.codes[email]
}

// passwordScenarios need codes to arrive, and so a server of their own.
func passwordScenarios(t *testing.T, s *suite) {
	box := &letterBox{}
	c := s.open(t, options{codes: box})
	s.scenario(t, "a forgotten password is replaced by a code", func(t *testing.T) { recoverPassword(t, c, box) })
	s.scenario(t, "nobody learns who has an account", func(t *testing.T) { recoverNobody(t, c, box) })
	s.scenario(t, "a changed password ends the other sessions", func(t *testing.T) { changePassword(t, c) })
	s.scenario(t, "a disabled user is out at once", func(t *testing.T) { disableUser(t, c) })
	s.scenario(t, "a mended name and address are in the next token", func(t *testing.T) { mendUser(t, c) })
	s.scenario(t, "a code for a new password is good for an hour", func(t *testing.T) { outliveCode(t, c, box) })
}

// ended is the answer to a token that was ended before it expired.
var ended = want{status: 401, problem: "unauthenticated"}

// proveAddress signs up a user whose address counts as proved.
func proveAddress(t *testing.T, c *client, box *letterBox, name string) *user {
	t.Helper()
	u := c.signUp(t, name)
	if box.code(u.email) == "" {
		t.Fatalf("no code of the sign-up was sent")
	}
	return u
}

func recoverPassword(t *testing.T, c *client, box *letterBox) {
	p, u := c.pool(), proveAddress(t, c, box, "ana")
	id := c.place(t, u, soup)
	var sent struct {
		CodeDeliveryDetails struct{ Destination, DeliveryMedium string }
	}
	if err := p.call("ForgotPassword", object{"ClientId": p.clientID, "Username": u.email}, &sent); err != nil {
		t.Fatal(err)
	}
	if got := sent.CodeDeliveryDetails; got.Destination != "a***@e***" || got.DeliveryMedium != "EMAIL" {
		t.Errorf("got %+v, want a masked address", got)
	}
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
	before, code := *u, box.code(u.email)
	u.password += "New"
	in := object{"ClientId": p.clientID, "Username": u.username, "ConfirmationCode": code, "Password": u.password}
	if err := p.call("ConfirmForgotPassword", in, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.get(t, u, "/orders/"+id).expect(t, ended)
	}
	wantRefusal(t, p.signIn(&before), "NotAuthorizedException")
	wantRefusal(t, p.call("ConfirmForgotPassword", in, nil), "CodeMismatchException")
	if err := p.signIn(u); err != nil {
		t.Fatal(err)
	}
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
	c.keepsSecret(t, map[string]string{"the code": code})
}

func recoverNobody(t *testing.T, c *client, box *letterBox) {
	p, known := c.pool(), proveAddress(t, c, box, "bea")
	stranger := "b" + known.email // begins alike, as the mask shows
	answers := map[string]string{}
	for _, email := range []string{known.email, stranger} {
		var sent object
		for range 5 {
			if err := p.call("ForgotPassword", object{"ClientId": p.clientID, "Username": email}, &sent); err != nil {
				t.Fatal(err)
			}
		}
		answers[email] = fmt.Sprint(sent)
		wantRefusal(t, p.call("ForgotPassword", object{"ClientId": p.clientID, "Username": email}, nil), "LimitExceededException")
		for range 7 {
			in := object{"ClientId": p.clientID, "Username": email, "ConfirmationCode": "x", "Password": "Another-Horse-8"}
			wantRefusal(t, p.call("ConfirmForgotPassword", in, nil), "CodeMismatchException")
		}
	}
	if answers[known.email] != answers[stranger] || box.code(stranger) != "" {
		t.Errorf("got %s for a user and %s for nobody, want the same", answers[known.email], answers[stranger])
	}
}

func changePassword(t *testing.T, c *client) {
	p, u := c.pool(), c.signUp(t, "cleo")
	id := c.place(t, u, soup)
	other := *u
	if err := p.signIn(&other); err != nil {
		t.Fatal(err)
	}
	c.get(t, &other, "/orders/"+id).expect(t, want{status: 200})
	in := object{"AccessToken": u.accessToken, "PreviousPassword": u.password + "?", "ProposedPassword": u.password + "New"}
	wantRefusal(t, p.call("ChangePassword", in, nil), "NotAuthorizedException")
	in["PreviousPassword"] = u.password
	if err := p.call("ChangePassword", in, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.get(t, &other, "/orders/"+id).expect(t, ended)
		c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
	}
	wantRefusal(t, p.authenticate(&other, "REFRESH_TOKEN_AUTH", object{"REFRESH_TOKEN": other.refreshToken}), "NotAuthorizedException")
	c.refresh(t, u)
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
	u.password += "New"
	if err := p.signIn(u); err != nil {
		t.Fatal(err)
	}
}

func disableUser(t *testing.T, c *client) {
	p, u, bystander := c.pool(), c.signUp(t, "dora"), c.signUp(t, "eli")
	id := c.place(t, u, soup)
	named := object{"UserPoolId": p.id, "Username": u.username}
	if err := p.call("AdminDisableUser", named, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.get(t, u, "/orders/"+id).expect(t, ended)
		c.get(t, bystander, "/orders").expect(t, want{status: 200})
	}
	wantRefusal(t, p.signIn(u), "NotAuthorizedException")
	if err := p.call("AdminEnableUser", named, nil); err != nil {
		t.Fatal(err)
	}
	c.get(t, u, "/orders/"+id).expect(t, ended)
	if err := p.signIn(u); err != nil {
		t.Fatal(err)
	}
	c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
}

func mendUser(t *testing.T, c *client) {
	p, u := c.pool(), c.signUp(t, "finn")
	path := "/users/" + u.id
	in := object{"UserPoolId": p.id, "Username": u.username, "UserAttributes": []object{{"Name": "name", "Value": "Finn Mended"}}}
	if err := p.call("AdminUpdateUserAttributes", in, nil); err != nil {
		t.Fatal(err)
	}
	c.get(t, u, path).expect(t, want{status: 200, json: fields{"name": u.name}})
	c.refresh(t, u)
	c.get(t, u, path).expect(t, want{status: 200, json: fields{"name": "Finn Mended"}})
	in["UserAttributes"] = []object{{"Name": "custom:comanda_id", "Value": "somebody-else"}}
	wantRefusal(t, p.call("AdminUpdateUserAttributes", in, nil), "InvalidParameterException")
}

// wantRefusal fails the test unless the user pool has refused with this code.
func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *poolError
	if !errors.As(err, &refusal) || refusal.Type != code {
		t.Errorf("got error %v, want %s", err, code)
	}
}

// outliveCode moves the clock, and so comes last.
func outliveCode(t *testing.T, c *client, box *letterBox) {
	p, u := c.pool(), proveAddress(t, c, box, "gus")
	for _, age := range []time.Duration{time.Hour, time.Hour - time.Second} {
		if err := p.call("ForgotPassword", object{"ClientId": p.clientID, "Username": u.username}, nil); err != nil {
			t.Fatal(err)
		}
		c.clock().Move(age)
		in := object{"ClientId": p.clientID, "Username": u.username, "ConfirmationCode": box.code(u.email), "Password": u.password + "New"}
		err := p.call("ConfirmForgotPassword", in, nil)
		if age == time.Hour {
			wantRefusal(t, err, "CodeMismatchException")
		} else if err != nil {
			t.Errorf("a second before: %v", err)
		}
	}
}
