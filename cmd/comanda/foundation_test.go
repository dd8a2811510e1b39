package main

import (
	"strings"
	"testing"
)

func TestAFoundationIsCheckedBeforeAnythingStarts(t *testing.T) {
	const place = "dynamodb:eu-west-1"
	for name, c := range map[string]struct {
		given foundation
		want  string // in the error; "" for none
	}{
		"nothing":                       {foundation{}, ""},
		"the data directory":            {foundation{Store: "sqlite"}, ""},
		"DynamoDB and the pool":         {foundation{Store: place, Identity: "embedded"}, ""},
		"DynamoDB and Cognito":          {foundation{Store: place, UserPool: "eu-west-1_Abc", Client: "c"}, ""},
		"SQLite and Cognito":            {foundation{Identity: "cognito", UserPool: "eu-west-1_Abc", Client: "c"}, ""},
		"another issuer":                {foundation{UserPool: "local_Abc", Client: "c", Issuer: "http://127.0.0.1:1/local_Abc"}, ""},
		"DynamoDB, and nobody signs in": {foundation{Store: place}, "--user-pool and --client of Amazon Cognito, or --identity embedded"},
		"no region":                     {foundation{Store: "dynamodb", Identity: "embedded"}, "set AWS_REGION"},
		"a directory as a store":        {foundation{Store: "sqlite:here"}, "--data names"},
		"an unknown store":              {foundation{Store: "mysql"}, "must be sqlite:DIR or dynamodb:REGION"},
		"an unknown identity":           {foundation{Identity: "google"}, `--identity "google": must be embedded or cognito`},
		"half of a pool":                {foundation{UserPool: "eu-west-1_Abc"}, "needs --user-pool and --client"},
		"Cognito without a pool":        {foundation{Identity: "cognito"}, "needs --user-pool and --client"},
		"both":                          {foundation{Identity: "embedded", UserPool: "eu-west-1_Abc", Client: "c"}, "excludes"},
		"a pool of no form":             {foundation{UserPool: "abc", Client: "c"}, "--user-pool: user pool id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "")
			t.Setenv("AWS_DEFAULT_REGION", "")
			err := c.given.validate()
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
			t.Setenv(endpointOfCognito, c.endpoint)
			f := foundation{UserPool: id, Client: "c", Issuer: c.issuer}
			if err := f.validate(); err != nil {
				t.Fatal(err)
			}
			if f.pool.KeysURL != c.wantKeys || f.pool.Issuer != c.wantIssuer {
				t.Errorf("got keys at %s for the issuer %s, want %s for %s", f.pool.KeysURL, f.pool.Issuer, c.wantKeys, c.wantIssuer)
			}
		})
	}
}
