package gateway

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestAnEventHasWhatTheRequestHad(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	token := s.keys.token(t, "one", nil)
	a := s.send(t, "PUT", "/Prod/orders/a%20b/?x=1&x=a%2Bb+c&empty=&bare&%zz=1&a;b=2", "caf\xe9", "Authorization: Bearer "+token, "X-Many: 1", "X-Many: 2", "If-Match: \"1\"", "Te: trailers")
	e := a.event
	for what, pair := range map[string][2]any{
		"resource":                {e.Resource, "/orders/{orderId}"},
		"path":                    {e.Path, "/orders/a%20b/"},
		"method":                  {e.HTTPMethod, "PUT"},
		"path parameters":         {e.PathParameters, map[string]string{"orderId": "a%20b"}},
		"query":                   {e.Query, map[string]string{"x": "a+b c", "empty": "", "bare": "", "%zz": "1", "a;b": "2"}},
		"all of a parameter":      {e.MultiValueQuery["x"], []string{"1", "a+b c"}},
		"the last of a header":    {e.Headers["X-Many"], "2"},
		"all of a header":         {e.MultiValueHeaders["X-Many"], []string{"1", "2"}},
		"a condition":             {e.Headers["If-Match"], `"1"`},
		"a header between us":     {e.Headers["Te"], ""},
		"the length":              {e.Headers["Content-Length"], ""},
		"the token":               {e.Headers["Authorization"], "Bearer " + token},
		"the body, which is text": {*e.Body, "caf\ufffd"},
		"base64":                  {e.IsBase64Encoded, false},
		"stage":                   {e.RequestContext["stage"], "Prod"},
		"path with the stage":     {e.RequestContext["path"], "/Prod/orders/a%20b/"},
		"request id":              {e.RequestContext["requestId"], a.header.Get("X-Amzn-Requestid")},
		"source":                  {e.RequestContext["identity"].(map[string]any)["sourceIp"], "127.0.0.1"},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s: got %#v, want %#v", what, pair[0], pair[1])
		}
	}
	if a.header.Get("ETag") != `"1"` || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers of the answer: got %v", a.header)
	}
}

func TestWhatAnEventDoesNotHaveIsNull(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	var event map[string]json.RawMessage
	if err := json.Unmarshal(s.send(t, "GET", "/Prod/healthz", "").echo.Event, &event); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body"} {
		if string(event[name]) != "null" {
			t.Errorf("%s: got %s, want null", name, event[name])
		}
	}
	if strings.Contains(string(event["requestContext"]), `"authorizer"`) {
		t.Errorf("a public route has an authorizer: %s", event["requestContext"])
	}
}

func TestBinaryBodiesArriveAsTheyAre(t *testing.T) {
	s := newStage(t, Runtime{}, Config{Binary: true})
	e := s.send(t, "POST", "/Prod/orders", "caf\xe9", "Authorization: "+s.keys.token(t, "one", nil)).event
	body, err := base64.StdEncoding.DecodeString(*e.Body)
	if err != nil || !e.IsBase64Encoded || string(body) != "caf\xe9" {
		t.Errorf("got %q, base64 %v, %v", body, e.IsBase64Encoded, err)
	}
}

func TestClaimsAreTexts(t *testing.T) {
	for groups, want := range map[Groups]string{GroupsWithCommas: "apiAdmins,restaurant-1", GroupsInBrackets: "[apiAdmins restaurant-1]", GroupsAsJSON: `["apiAdmins","restaurant-1"]`} {
		s := newStage(t, Runtime{}, Config{Pool: UserPool{Groups: groups}})
		token := s.keys.token(t, "one", map[string]any{"exp": 4102444800})
		context := s.send(t, "GET", "/Prod/orders", "", "Authorization: "+token).event.RequestContext
		claims, ok := context["authorizer"].(map[string]any)["claims"].(map[string]any)
		if !ok {
			t.Fatalf("there are no claims in %v", context)
		}
		for name, v := range map[string]string{
			"sub": "s-1", "cognito:groups": want, "email_verified": "true", "auth_time": "1469814773", "exp": "Fri Jan 01 00:00:00 UTC 2100", "token_use": "id", "aud": audience,
		} {
			if claims[name] != v {
				t.Errorf("claim %s: got %v, want %s", name, claims[name], v)
			}
		}
	}
	var seen []Groups
	for i := range 6 {
		if g := AnyGroups(i); !slices.Contains(seen, g) {
			seen = append(seen, g)
		}
	}
	if len(seen) != 3 {
		t.Errorf("AnyGroups: got %v, want all three", seen)
	}
}
