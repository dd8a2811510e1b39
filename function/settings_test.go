package function

import (
	"io"
	"maps"
	"strings"
	"testing"
)

// environment returns a look-up of variables, on top of those that every
// function needs.
func environment(handler string, more map[string]string) func(string) string {
	all := map[string]string{
		HandlerVariable: handler, RegionVariable: "eu-west-1", keyVariable: "comanda", secretVariable: "comanda",
		UserPoolVariable: "eu-west-1_AbC123", ClientVariable: "client",
	}
	maps.Copy(all, more)
	return func(name string) string { return all[name] }
}

func TestEveryFunctionOfTheTableStartsOrSaysWhyNot(t *testing.T) {
	for _, f := range Functions {
		h, err := New(environment(f.Name, nil), io.Discard, "test")
		if _, ok := events[f.Trigger]; !ok {
			if err == nil || !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%s: got %v, want an error that names the function", f.Name, err)
			}
			continue
		}
		if err != nil || h == nil {
			t.Errorf("%s: got %v", f.Name, err)
		}
	}
}

func TestAnUnknownHandlerIsToldTheKnownOnes(t *testing.T) {
	for _, name := range []string{"", "bootstrap", "ADD_ORDER"} {
		_, err := New(environment(name, nil), io.Discard, "test")
		if err == nil {
			t.Errorf("%q: got no error", name)
			continue
		}
		for _, f := range Functions {
			if !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%q: the error doesn't name %s: %v", name, f.Name, err)
			}
		}
	}
}

func TestEveryBadVariableIsNamedAtOnce(t *testing.T) {
	cases := []struct {
		function string
		env      map[string]string
		want     []string
	}{
		{
			"erasure", map[string]string{
				TotalPolicyVariable: "maybe", UnknownVariable: "warn", CurrencyVariable: "Euro", ZoneVariable: "Mars/Base", LogLevelVariable: "loud", OriginsVariable: "https://a.example/x,b",
				NamespaceVariable: "AWS/Mine", RegionVariable: "", secretVariable: "", "ORDERS_TABLE": "a b", "USERS_TABLE": "x", "CLAIMS_TABLE": "é",
				dynamoVariable: "here",
			},
			[]string{
				`TOTAL_POLICY="maybe"`, `UNKNOWN_FIELDS="warn"`, `CURRENCY="Euro"`, `ZONE="Mars/Base"`, `POWERTOOLS_LOG_LEVEL="loud"`, `CORS_ORIGINS="https://a.example/x"`, `CORS_ORIGINS="b"`,
				`POWERTOOLS_METRICS_NAMESPACE="AWS/Mine"`, `AWS_REGION=""`, secretVariable, `ORDERS_TABLE="a b"`, `USERS_TABLE="x"`, `CLAIMS_TABLE="é"`,
				`AWS_ENDPOINT_URL_DYNAMODB="here"`,
			},
		},
		{
			"authorizer", map[string]string{UserPoolVariable: "pool", ClientVariable: ""},
			[]string{`user pool id "pool"`, `USER_POOL_CLIENT_ID=""`},
		},
	}
	for _, c := range cases {
		_, err := New(environment(c.function, c.env), io.Discard, "test")
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want it to name %s", c.function, err, want)
			}
		}
	}
}

func TestAFunctionNeedsOnlyWhatItUses(t *testing.T) {
	if _, err := New(environment("add_order", map[string]string{UserPoolVariable: "", ClientVariable: "", "USERS_TABLE": "?"}), io.Discard, "test"); err != nil {
		t.Errorf("add_order without a user pool, and with a bad name of a table of others: got %v", err)
	}
	if _, err := New(environment("authorizer", map[string]string{RegionVariable: "", keyVariable: "", "ORDERS_TABLE": "?"}), io.Discard, "test"); err != nil {
		t.Errorf("authorizer without region and credentials: got %v", err)
	}
}

func TestTablesHaveTheNamesThatTheEnvironmentGives(t *testing.T) {
	f, err := find("erasure")
	if err != nil {
		t.Fatal(err)
	}
	s, err := readSettings(environment("erasure", map[string]string{TablePrefixVariable: "shop-", "CLAIMS_TABLE": "Claims-1X"}), f)
	want := map[string]string{"orders": "shop-orders", "users": "shop-users", "user_claims": "Claims-1X"}
	if err != nil || !maps.Equal(s.names, want) {
		t.Errorf("got %v, %v, want %v", s.names, err, want)
	}
}
