package cognito_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestSignedOperationsAreRefused(t *testing.T) {
	f := newFixture(t)
	f.admin("AdminCreateUser", object{"Username": "ana", "TemporaryPassword": goodPassword})
	groupBody := f.encode(object{"UserPoolId": f.pool.ID(), "GroupName": "g"})
	deleteBody := f.encode(object{"UserPoolId": f.pool.ID(), "Username": "ana"})
	changed := func(change func(*aws.Credentials, *string, *string, *time.Time)) func(string, string) *http.Request {
		return func(operation, body string) *http.Request { return f.sign(f.request(operation, body), body, change) }
	}
	after := func(change func(*http.Request)) func(string, string) *http.Request {
		return func(operation, body string) *http.Request {
			r := f.sign(f.request(operation, body), body, nil)
			change(r)
			return r
		}
	}
	replace := func(old, new string) func(string, string) *http.Request {
		return after(func(r *http.Request) {
			header := r.Header.Get("Authorization")
			if !strings.Contains(header, old) {
				t.Fatalf("header %q has no %q", header, old)
			}
			r.Header.Set("Authorization", strings.Replace(header, old, new, 1))
		})
	}
	other := strings.Repeat("A", 20)
	cases := []struct {
		name    string
		request func(operation, body string) *http.Request
		want    string
	}{
		{"without a signature", f.request, "MissingAuthenticationTokenException"},
		{"with a user's token", after(func(r *http.Request) { r.Header.Set("Authorization", "Bearer x.y.z") }), "IncompleteSignatureException"},
		{"with two signatures", after(func(r *http.Request) { r.Header.Add("Authorization", "x") }), "IncompleteSignatureException"},
		{"with another secret", changed(func(c *aws.Credentials, _, _ *string, _ *time.Time) { c.SecretAccessKey = other + other }), "InvalidSignatureException"},
		{"with an empty secret", changed(func(c *aws.Credentials, _, _ *string, _ *time.Time) { c.SecretAccessKey = "" }), "InvalidSignatureException"},
		{"with another key id", changed(func(c *aws.Credentials, _, _ *string, _ *time.Time) { c.AccessKeyID = other }), "UnrecognizedClientException"},
		{"with a session token", changed(func(c *aws.Credentials, _, _ *string, _ *time.Time) { c.SessionToken = "x" }), "UnrecognizedClientException"},
		{"for another service", changed(func(_ *aws.Credentials, service, _ *string, _ *time.Time) { *service = "dynamodb" }), "InvalidSignatureException"},
		{"for no region", changed(func(_ *aws.Credentials, _, region *string, _ *time.Time) { *region = "" }), "InvalidSignatureException"},
		{"for another region than signed", replace("/local/", "/eu-west-1/"), "InvalidSignatureException"},
		{"six minutes late", changed(func(_ *aws.Credentials, _, _ *string, at *time.Time) { *at = testNow.Add(-6 * time.Minute) }), "InvalidSignatureException"},
		{"six minutes early", changed(func(_ *aws.Credentials, _, _ *string, at *time.Time) { *at = testNow.Add(6 * time.Minute) }), "InvalidSignatureException"},
		{"on another day than signed", replace("/20261103/", "/20261102/"), "InvalidSignatureException"},
		{"with another terminator", replace("aws4_request", "aws5_request"), "InvalidSignatureException"},
		{"with a short scope", replace("/aws4_request", ""), "IncompleteSignatureException"},
		{"without the signature part", replace("Signature=", "Sig="), "IncompleteSignatureException"},
		{"with a part twice", replace("Signature=", "Signature=x, Signature="), "IncompleteSignatureException"},
		{"with a changed date", after(func(r *http.Request) { r.Header.Set("X-Amz-Date", testNow.Add(time.Second).Format("20060102T150405Z")) }), "InvalidSignatureException"},
		{"without a date", after(func(r *http.Request) { r.Header.Del("X-Amz-Date") }), "IncompleteSignatureException"},
		{"with a date of another form", after(func(r *http.Request) { r.Header.Set("X-Amz-Date", "today") }), "IncompleteSignatureException"},
		{"with a changed content type", after(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }), "InvalidSignatureException"},
		{"with a changed host", after(func(r *http.Request) { r.Host = "example.com" }), "InvalidSignatureException"},
		{"with a changed query", after(func(r *http.Request) { r.URL.RawQuery = "a=b" }), "InvalidSignatureException"},
		{"with an X-Amz header that isn't signed", after(func(r *http.Request) { r.Header.Set("X-Amz-User-Agent", "x") }), "InvalidSignatureException"},
		{"with a declared hash of another body", func(operation, body string) *http.Request {
			r := f.request(operation, body)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			return f.sign(r, body, nil)
		}, "InvalidSignatureException"},
		{"with an unsigned target", func(operation, body string) *http.Request {
			r := f.request(operation, body)
			r.Header.Del("X-Amz-Target")
			r = f.sign(r, body, nil)
			r.Header.Set("X-Amz-Target", target+operation)
			return r
		}, "InvalidSignatureException"},
		{"with an unsigned date", replace("x-amz-date;", ""), "InvalidSignatureException"},
		{"with an unsigned host", replace("host;", ""), "InvalidSignatureException"},
		{"with signed headers out of order", replace("host;x-amz-date", "x-amz-date;host"), "InvalidSignatureException"},
		{"with a signed header that isn't there", replace("content-type;", "accept;content-type;"), "InvalidSignatureException"},
		{"signed in the query", func(operation, body string) *http.Request {
			r := f.request(operation, body)
			r.URL.RawQuery = url.Values{"X-Amz-Signature": {"x"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}}.Encode()
			return r
		}, "IncompleteSignatureException"},
		{"with the signature of another operation", func(operation, body string) *http.Request {
			r := f.sign(f.request("AdminGetUser", body), body, nil)
			r.Header.Set("X-Amz-Target", target+operation)
			return r
		}, "InvalidSignatureException"},
		{"with the signature of another body", func(operation, body string) *http.Request {
			return f.sign(f.request(operation, body), body+" ", nil)
		}, "InvalidSignatureException"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for operation, body := range map[string]string{"CreateGroup": groupBody, "AdminDeleteUser": deleteBody} {
				status, out, _ := f.do(c.request(operation, body))
				if status != http.StatusBadRequest || out["__type"] != c.want {
					t.Errorf("%s: got %d %v, want 400 %s", operation, status, out, c.want)
				}
			}
		})
	}
	if groups := f.admin("AdminListGroupsForUser", object{"Username": "ana"}); len(groups["Groups"].([]any)) != 0 {
		t.Errorf("ana has groups %v, want none", groups)
	}
	if status, out := f.tryAdmin("AdminAddUserToGroup", object{"Username": "ana", "GroupName": "g"}); status == 200 {
		t.Errorf("a refused CreateGroup made the group: %v", out)
	}
}

func TestSignaturesAreAcceptedFromEveryRegionAndWithMoreHeaders(t *testing.T) {
	f := newFixture(t)
	body := f.encode(object{"UserPoolId": f.pool.ID(), "Limit": 1})
	for _, region := range []string{"local", "us-east-1", "eu-central-1"} {
		r := f.request("ListUsers", body)
		r.Header.Set("X-Amz-User-Agent", "aws-sdk-js/3.0.0   spaced")
		r.Header.Set("Amz-Sdk-Request", "attempt=1; max=3")
		r.Header.Set("User-Agent", "not signed")
		f.sign(r, body, func(_ *aws.Credentials, _, rg *string, at *time.Time) { *rg, *at = region, at.Add(4*time.Minute) })
		if status, out, _ := f.do(r); status != http.StatusOK {
			t.Errorf("%s: got %d %v, want 200", region, status, out)
		}
	}
}
