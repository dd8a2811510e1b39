package keyset

import "testing"

func TestUserPoolsOfCognito(t *testing.T) {
	cases := []struct {
		id, endpoint string
		want         UserPool
	}{
		{"eu-west-1_AbC123", "", UserPool{
			"eu-west-1", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123",
			"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC123/.well-known/jwks.json",
		}},
		{"us-gov-west-1_x", "http://127.0.0.1:5000/", UserPool{
			"us-gov-west-1", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_x",
			"http://127.0.0.1:5000/us-gov-west-1_x/.well-known/jwks.json",
		}},
		{"cn-north-1_x", "", UserPool{
			"cn-north-1", "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x",
			"https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_x/.well-known/jwks.json",
		}},
	}
	for _, c := range cases {
		if got, err := Cognito(c.id, c.endpoint); err != nil || got != c.want {
			t.Errorf("%s at %q: got %+v, %v, want %+v", c.id, c.endpoint, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"", ""}, {"eu-west-1", ""}, {"eu-west-1_", ""}, {"eu-west-1_a/b", ""}, {"a.example.com/_b", ""}, {"eu-west-1_a", "127.0.0.1"}} {
		if got, err := Cognito(c[0], c[1]); err == nil {
			t.Errorf("%s at %q: got %+v, want an error", c[0], c[1], got)
		}
	}
}
