package acceptance

import "testing"

// revocationScenarios end tokens before they expire.
func revocationScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	p := c.pool()
	ended := want{status: 401, problem: "unauthenticated"}
	if s.target.differs(tokensOutliveRevocation) {
		ended = want{status: 200}
	}
	for _, x := range []struct {
		name      string
		operation string
		input     func(*user) object
	}{
		{"the user signs out everywhere", "GlobalSignOut", func(u *user) object { return object{"AccessToken": u.accessToken} }},
		{"the sign-in is revoked", "RevokeToken", func(u *user) object { return object{"ClientId": p.clientID, "Token": u.refreshToken} }},
		{"the user is deleted", "AdminDeleteUser", func(u *user) object { return object{"UserPoolId": p.id, "Username": u.username} }},
		{"the password is reset", "AdminSetUserPassword", func(u *user) object {
			return object{"UserPoolId": p.id, "Username": u.username, "Password": u.password + "New", "Permanent": true}
		}},
		{"the password is reset until the next sign-in", "AdminSetUserPassword", func(u *user) object {
			return object{"UserPoolId": p.id, "Username": u.username, "Password": u.password + "New", "Permanent": false}
		}},
		{"the user leaves a group", "AdminRemoveUserFromGroup", func(u *user) object {
			return object{"UserPoolId": p.id, "Username": u.username, "GroupName": "restaurant-1"}
		}},
	} {
		s.scenario(t, "a token ends when "+x.name, func(t *testing.T) {
			u, other := c.signUp(t, "ana", "restaurant-1"), c.signUp(t, "bea")
			id := c.place(t, u, soup)
			c.get(t, other, "/orders").expect(t, want{status: 200})
			if err := p.call(x.operation, x.input(u), nil); err != nil {
				t.Fatal(err)
			}
			for range 2 { // a refusal is remembered as well as an acceptance
				c.get(t, u, "/orders/"+id).expect(t, ended)
			}
			c.get(t, other, "/orders").expect(t, want{status: 200})
		})
	}
	s.scenario(t, "who left a group goes on without it", func(t *testing.T) {
		u, owner := c.signUp(t, "ana", "apiAdmins"), c.signUp(t, "bea")
		id := c.place(t, owner, soup)
		c.get(t, u, "/users/"+owner.id+"/orders/"+id).expect(t, want{status: 200})
		if err := p.call("AdminRemoveUserFromGroup", object{"UserPoolId": p.id, "Username": u.username, "GroupName": "apiAdmins"}, nil); err != nil {
			t.Fatal(err)
		}
		c.refresh(t, u)
		c.get(t, u, "/users/"+owner.id+"/orders/"+id).expect(t, want{status: 403})
		c.get(t, u, "/orders").expect(t, want{status: 200})
	})
	s.scenario(t, "who signs in again has the same orders", func(t *testing.T) {
		u := c.signUp(t, "ana")
		id := c.place(t, u, soup)
		if err := p.call("GlobalSignOut", object{"AccessToken": u.accessToken}, nil); err != nil {
			t.Fatal(err)
		}
		if err := p.signIn(u); err != nil {
			t.Fatal(err)
		}
		c.get(t, u, "/orders/"+id).expect(t, want{status: 200})
	})
	s.scenario(t, "groups are made only by who has the keys", c.groupsAreSigned)
	s.scenario(t, "administration asks for a signature with the right key", func(t *testing.T) {
		wrong := p
		wrong.secretKey = "another"
		if err := wrong.call("AdminGetUser", object{"UserPoolId": p.id, "Username": "x"}, nil); err == nil {
			t.Error("an administrator's request with a wrong signature was answered")
		}
	})
}
