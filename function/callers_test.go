package function

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"comanda/identity"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func found(t *testing.T, text string) context.Context {
	t.Helper()
	var authorizer map[string]any
	if err := json.Unmarshal([]byte(text), &authorizer); err != nil {
		t.Fatal(err)
	}
	return withAuthorizer(context.Background(), authorizer)
}

func TestCallersAreWhomTheAuthorizerHasFound(t *testing.T) {
	admin := identity.Principal{ID: "u-1", Subject: "u-1", Username: "ana", Name: "Ana", Email: "ana@example.com", Admin: true, Restaurants: []string{"7"}}
	plain := identity.Principal{ID: "u-1", Subject: "u-1"}
	cases := []struct {
		name, authorizer string
		want             identity.Principal
	}{
		{"a Cognito authorizer, groups in brackets", `{"claims":{"sub":"u-1","cognito:username":"ana","name":"Ana","email":"ana@example.com","cognito:groups":"[x apiAdmins restaurant-7]","token_use":"id","exp":"Fri May 01 13:00:00 UTC 2026"}}`, admin},
		{"groups with commas", `{"claims":{"sub":"u-1","cognito:username":"ana","name":"Ana","email":"ana@example.com","cognito:groups":"x,apiAdmins,restaurant-7"}}`, admin},
		{"groups as JSON text", `{"claims":{"sub":"u-1","cognito:username":"ana","name":"Ana","email":"ana@example.com","cognito:groups":"[\"x\",\"apiAdmins\",\"restaurant-7\"]"}}`, admin},
		{"groups as a list", `{"claims":{"sub":"u-1","cognito:username":"ana","name":"Ana","email":"ana@example.com","cognito:groups":["x","apiAdmins","restaurant-7"]}}`, admin},
		{"no groups", `{"claims":{"sub":"u-1"}}`, plain},
		{"our TOKEN authorizer", `{"principalId":"u-1","integrationLatency":12,"sub":"u-1","username":"ana","name":"Ana","email":"ana@example.com","groups":"[\"apiAdmins\",\"restaurant-7\"]","tokenUse":"id","expires":"1777640400"}`, admin},
		{"an imported user", `{"sub":"u-1","comandaId":"old-9"}`, identity.Principal{ID: "old-9", Subject: "u-1"}},
	}
	who := callers{"apiAdmins", func() time.Time { return noon }}
	for _, c := range cases {
		got, err := who.Verify(found(t, c.authorizer), "Bearer of-somebody-else")
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestNobodyIsACallerWithoutAnAuthorizer(t *testing.T) {
	who := callers{"apiAdmins", func() time.Time { return noon }}
	cases := []struct {
		name   string
		ctx    context.Context
		reason identity.Reason
	}{
		{"no event", context.Background(), identity.ReasonMissing},
		{"no authorizer", withAuthorizer(context.Background(), nil), identity.ReasonMissing},
		{"an empty one", found(t, `{}`), identity.ReasonMissing},
		{"another authorizer's context", found(t, `{"principalId":"u-1","user":"ana"}`), identity.ReasonSubject},
		{"no claims", found(t, `{"claims":{}}`), identity.ReasonSubject},
		{"claims that are text", found(t, `{"claims":"{\"sub\":\"u-1\"}"}`), identity.ReasonSubject},
		{"an access token", found(t, `{"claims":{"sub":"u-1","token_use":"access"}}`), identity.ReasonTokenUse},
		{"expired since the policy was made", found(t, `{"sub":"u-1","expires":"1777636800"}`), identity.ReasonExpired},
		{"the same as a number", found(t, `{"sub":"u-1","expires":1777636800}`), identity.ReasonExpired},
	}
	for _, c := range cases {
		got, err := who.Verify(c.ctx, "Bearer of-somebody-else")
		var refused *identity.UnauthenticatedError
		if !errors.As(err, &refused) || refused.Reason != c.reason {
			t.Errorf("%s: got %+v, %v, want the reason %q", c.name, got, err, c.reason)
		}
	}
	if _, err := who.Verify(found(t, `{"sub":"u-1","expires":"1777636801"}`), ""); err != nil {
		t.Errorf("a second before it expires: got %v", err)
	}
}
