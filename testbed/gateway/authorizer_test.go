package gateway

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestTheCognitoAuthorizerTakesGoodIDTokensOnly(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	good := s.keys.token(t, "one", nil)
	parts := strings.Split(good, ".")
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": issuer, "aud": audience, "token_use": "id", "exp": 4102444800}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	symmetric := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": issuer, "aud": audience, "token_use": "id", "exp": 4102444800})
	symmetric.Header["kid"] = "one"
	hs, err := symmetric.SignedString([]byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	change := func(name string, v any) string { return s.keys.token(t, "one", map[string]any{name: v}) }
	for _, x := range []struct {
		name, authorization string
		status              int
	}{
		{"alone", good, 200}, {"after Bearer", "Bearer " + good, 200},
		{"nothing", "", 401}, {"Bearer and nothing", "Bearer ", 401}, {"another scheme", "Basic " + good, 401}, {"garbage", "x", 401},
		{"two", good + " " + good, 401}, {"unsigned", unsigned, 401}, {"HS256", hs, 401},
		{"another signature", parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2])), 401},
		{"an unknown key", s.keys.token(t, "two", nil), 401},
		{"expired", change("exp", time.Now().Add(-time.Second).Unix()), 401}, {"never expiring", change("exp", nil), 401},
		{"another issuer", change("iss", issuer+"x"), 401}, {"another audience", change("aud", "other"), 401}, {"an access token", change("token_use", "access"), 401},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := s.send(t, "GET", "/Prod/orders", "", "Authorization: "+x.authorization)
			if a.status != x.status {
				t.Errorf("got %d, want %d: %s", a.status, x.status, a.body)
			}
			if x.status == 401 && (a.header.Get("Www-Authenticate") == "" || !strings.Contains(a.body, `"requestId":"`+a.header.Get("X-Amzn-Requestid")+`"`)) {
				t.Errorf("refusal: got %v %s", a.header, a.body)
			}
		})
	}
}

func TestTheCognitoAuthorizerFollowsRotations(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	for range 2 {
		if a := s.send(t, "GET", "/Prod/orders", "", "Authorization: "+s.keys.token(t, "one", nil)); a.status != 200 {
			t.Fatalf("the first key: got %d, want 200", a.status)
		}
	}
	s.keys.rename("two")
	if a := s.send(t, "GET", "/Prod/orders", "", "Authorization: "+s.keys.token(t, "two", nil)); a.status != 200 {
		t.Errorf("the second key: got %d, want 200", a.status)
	}
	if s.keys.asked != 2 {
		t.Errorf("the keys were fetched %d times, want 2", s.keys.asked)
	}
}

func TestTheTokenAuthorizerDecidesByItsPolicy(t *testing.T) {
	s := newStage(t, Runtime{}, Config{CacheTime: -1})
	for _, x := range []struct {
		token  string
		status int
	}{{"all", 200}, {"one", 200}, {"none", 403}, {"bad", 401}, {"", 401}, {"fail", 503}, {"empty", 500}, {"list", 500}} {
		if a := s.send(t, "GET", "/Prod/users", "", "Authorization: "+x.token); a.status != x.status {
			t.Errorf("token %q: got %d, want %d: %s", x.token, a.status, x.status, a.body)
		}
	}
	if a := s.send(t, "GET", "/Prod/users", ""); a.status != 401 || s.functions.Started()["users"] != 1 {
		t.Errorf("without a token: got %d", a.status)
	}
}

func TestTheTokenAuthorizersAnswerIsKept(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	s := newStage(t, Runtime{Processes: 1}, Config{Now: func() time.Time { return time.Unix(0, now.Load()) }})
	told := func(path, token string) (nth string, status int) {
		t.Helper()
		a := s.send(t, "GET", "/Prod"+path, "", "Authorization: "+token)
		if a.status != 200 {
			return "", a.status
		}
		found := a.event.RequestContext["authorizer"].(map[string]any)
		if found["principalId"] != "p" || found["ok"] != "true" || found["type"] != "TOKEN" || !strings.HasSuffix(found["arn"].(string), "/Prod/GET"+path) && token == "one" {
			t.Errorf("%s: got %v", path, found)
		}
		return found["nth"].(string), 200
	}
	first, _ := told("/users", "all")
	if again, _ := told("/users/x", "all"); again != first {
		t.Errorf("another path: got answer %s, want %s again", again, first)
	}
	now.Add(int64(5*time.Minute - 1))
	if again, _ := told("/users", "all"); again != first {
		t.Errorf("a moment before 5 minutes: got answer %s, want %s again", again, first)
	}
	now.Add(1)
	if later, _ := told("/users", "all"); later == first {
		t.Errorf("after 5 minutes: got answer %s again, want another", later)
	}
	if _, status := told("/users", "one"); status != 200 {
		t.Errorf("a policy for one method: got %d there, want 200", status)
	}
	if _, status := told("/users/x", "one"); status != 403 {
		t.Errorf("a kept policy for one method: got %d elsewhere, want 403", status)
	}
}

func TestPolicies(t *testing.T) {
	const arn = "arn:aws:execute-api:us-east-1:1:a/Prod/GET/users/x"
	for _, x := range []struct {
		allow, deny string
		want        decision
	}{
		{"*", "", allowed}, {arn, "", allowed}, {"arn:aws:execute-api:*:*:*/Prod/*/*", "", allowed}, {"arn:aws:execute-api:us-east-1:1:a/Prod/GET/users/?", "", allowed},
		{"arn:aws:execute-api:us-east-1:1:a/*", "", allowed}, {"", "", silent}, {arn + "/y", "", silent}, {arn[:len(arn)-1], "", silent},
		{"arn:aws:execute-api:us-east-1:1:a/Prod/POST/*", "", silent}, {"arn:aws:execute-api:us-east-1:1:a/Prod/GET/users/??", "", silent},
		{"*", arn, denied}, {"*", "*/GET/*", denied}, {"*", "*/POST/*", allowed}, {"**", "", allowed},
	} {
		t.Run(fmt.Sprint(x.allow, " not ", x.deny), func(t *testing.T) {
			var p policy
			for effect, resource := range map[string]string{"Allow": x.allow, "Deny": x.deny} {
				if resource != "" {
					p.Statement = append(p.Statement, statement{effect, oneOrMore{"execute-api:*"}, oneOrMore{resource}})
				}
			}
			if got := p.decide("execute-api:Invoke", arn); got != x.want {
				t.Errorf("got %d, want %d", got, x.want)
			}
		})
	}
}
