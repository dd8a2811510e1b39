package installation

import (
	"strings"
	"testing"
)

func TestAFoundationIsCheckedBeforeAnythingStarts(t *testing.T) {
	const place = "dynamodb:eu-west-1"
	for name, c := range map[string]struct {
		given Names
		want  string // in the error; "" for none
	}{
		"nothing":                       {Names{}, ""},
		"the data directory":            {Names{Store: "sqlite"}, ""},
		"DynamoDB and the pool":         {Names{Store: place, Identity: "embedded"}, ""},
		"DynamoDB and Cognito":          {Names{Store: place, UserPool: "eu-west-1_Abc", Client: "c"}, ""},
		"SQLite and Cognito":            {Names{Identity: "cognito", UserPool: "eu-west-1_Abc", Client: "c"}, ""},
		"another issuer":                {Names{UserPool: "local_Abc", Client: "c", Issuer: "http://127.0.0.1:1/local_Abc"}, ""},
		"DynamoDB, and nobody signs in": {Names{Store: place}, "--user-pool and --client of Amazon Cognito, or --identity embedded"},
		"no region":                     {Names{Store: "dynamodb", Identity: "embedded"}, "set AWS_REGION"},
		"a directory as a store":        {Names{Store: "sqlite:here"}, "--data names"},
		"memory":                        {Names{Store: "memory:"}, ""},
		"memory, by its name":           {Names{Store: "memory"}, ""},
		"an unknown store":              {Names{Store: "mysql"}, "it must be sqlite:DIR, dynamodb:REGION"},
		"an unknown identity":           {Names{Identity: "google"}, `--identity "google": must be embedded or cognito`},
		"half of a pool":                {Names{UserPool: "eu-west-1_Abc"}, "needs --user-pool and --client"},
		"Cognito without a pool":        {Names{Identity: "cognito"}, "needs --user-pool and --client"},
		"both":                          {Names{Identity: "embedded", UserPool: "eu-west-1_Abc", Client: "c"}, "excludes"},
		"a pool of no form":             {Names{UserPool: "abc", Client: "c"}, "--user-pool: user pool id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "")
			t.Setenv("AWS_DEFAULT_REGION", "")
			_, err := c.given.Check("data")
			if c.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestKeysOfAUserPoolAreWhereItsStandInIs(t *testing.T) {
	const id = "eu-west-1_Abc"
	for name, c := range map[string]struct{ endpoint, issuer, wantKeys, wantIssuer string }{
		"Cognito":               {"", "", "https://cognito-idp.eu-west-1.amazonaws.com/" + id + "/.well-known/jwks.json", "https://cognito-idp.eu-west-1.amazonaws.com/" + id},
		"a stand-in":            {"http://127.0.0.1:5000", "", "http://127.0.0.1:5000/" + id + "/.well-known/jwks.json", "https://cognito-idp.eu-west-1.amazonaws.com/" + id},
		"an issuer":             {"", "http://127.0.0.1:8080/" + id + "/", "http://127.0.0.1:8080/" + id + "/.well-known/jwks.json", "http://127.0.0.1:8080/" + id},
		"an issuer, keys apart": {"http://127.0.0.1:5000", "http://a/" + id, "http://127.0.0.1:5000/" + id + "/.well-known/jwks.json", "http://a/" + id},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(EndpointOfCognito, c.endpoint)
			f, err := Names{UserPool: id, Client: "c", Issuer: c.issuer}.Check("data")
			if err != nil {
				t.Fatal(err)
			}
			if f.pool.KeysURL != c.wantKeys || f.pool.Issuer != c.wantIssuer {
				t.Errorf("got keys at %s for the issuer %s, want %s for %s", f.pool.KeysURL, f.pool.Issuer, c.wantKeys, c.wantIssuer)
			}
		})
	}
}
