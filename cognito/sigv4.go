package cognito

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// AWS Signature Version 4 in its header form, from the AWS General Reference.
// The query-string form isn't part of this protocol and is refused.
const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigService    = "cognito-idp"
	sigTerminator = "aws4_request"
	sigTimeLayout = "20060102T150405Z"
	sigDateLayout = "20060102"
	sigMaxSkew    = 5 * time.Minute

	headerDate     = "X-Amz-Date"
	headerTarget   = "X-Amz-Target"
	headerToken    = "X-Amz-Security-Token" //nolint:gosec // G101: the name of a header
	headerSHA256   = "X-Amz-Content-Sha256"
	maxCredentials = 8 << 10 // bytes of an Authorization header
)

// sigParameters are what an Authorization header has, all of them required.
var sigParameters = []string{"Credential", "Signature", "SignedHeaders"}

// signatures verifies requests against one key pair.
type signatures struct {
	accessKeyID string
	secret      string
	now         func() time.Time
	signer      *v4.Signer
}

// credential is a parsed Authorization header.
type credential struct {
	accessKeyID string
	date        string // of the scope, YYYYMMDD
	region      string // any, since there is only one pool to reach
	signed      []string
	signature   string
}

func incomplete(message string) error { return &refusal{codeIncompleteSignature, message} }
func invalid(message string) error    { return &refusal{codeInvalidSignature, message} }

// verify returns nil when r, with this body, was signed with the key pair within
// the last minutes, and a *refusal otherwise.
func (s *signatures) verify(r *http.Request, body []byte) error {
	for name := range r.URL.Query() {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-") {
			return incomplete("A signature in the query string is not accepted, sign with the Authorization header.")
		}
	}
	switch n := len(r.Header.Values("Authorization")); {
	case n == 0:
		return &refusal{codeMissingAuthentication, "Missing Authentication Token"}
	case n > 1:
		return incomplete("There should be one Authorization header.")
	}
	c, err := parseCredential(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	known := subtle.ConstantTimeCompare([]byte(c.accessKeyID), []byte(s.accessKeyID)) == 1
	if !known || r.Header.Get(headerToken) != "" {
		return &refusal{codeUnrecognizedClient, "The security token included in the request is invalid."}
	}
	signedAt, err := s.checkTime(r, c)
	if err != nil {
		return err
	}
	if err := checkSignedHeaders(r, c); err != nil {
		return err
	}
	return s.compare(r, body, c, signedAt)
}

// parseCredential reads "AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/
// cognito-idp/aws4_request, SignedHeaders=<a;b>, Signature=<hex>".
func parseCredential(header string) (credential, error) {
	var c credential
	algorithm, rest, _ := strings.Cut(header, " ")
	if algorithm != sigAlgorithm || len(header) > maxCredentials {
		return c, incomplete("Authorization header should be " + sigAlgorithm + " with Credential, SignedHeaders and Signature.")
	}
	fields := make(map[string]string, len(sigParameters))
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := fields[name]; twice || !slices.Contains(sigParameters, name) {
			return c, incomplete("Authorization header has a parameter twice or one that isn't known.")
		}
		fields[name] = value
	}
	for _, name := range sigParameters {
		if fields[name] == "" {
			return c, incomplete("Authorization header requires '" + name + "' parameter.")
		}
	}
	c.signature = fields["Signature"]
	c.signed = strings.Split(fields["SignedHeaders"], ";")
	return c, c.parseScope(fields["Credential"])
}

func (c *credential) parseScope(scope string) error {
	parts := strings.Split(scope, "/")
	if len(parts) != 5 {
		return incomplete("Credential should be an access key id, a date, a region, a service and aws4_request.")
	}
	c.accessKeyID, c.date, c.region = parts[0], parts[1], parts[2]
	switch {
	case c.region == "":
		return invalid("Credential should be scoped to a region.")
	case parts[3] != sigService:
		return invalid("Credential should be scoped to correct service: '" + sigService + "'.")
	case parts[4] != sigTerminator:
		return invalid("Credential should be scoped with a valid terminator: '" + sigTerminator + "'.")
	}
	return nil
}

// checkTime returns when the request was signed, which must be now, more or
// less, and on the day of the scope.
func (s *signatures) checkTime(r *http.Request, c credential) (time.Time, error) {
	values := r.Header.Values(headerDate)
	if len(values) != 1 {
		return time.Time{}, incomplete("Authorization header requires existence of one 'X-Amz-Date' header.")
	}
	t, err := time.Parse(sigTimeLayout, values[0])
	switch {
	case err != nil:
		return t, incomplete("X-Amz-Date should be in the form YYYYMMDD'T'HHMMSS'Z'.")
	case t.Format(sigDateLayout) != c.date:
		return t, invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	case s.now().Sub(t) > sigMaxSkew:
		return t, invalid("Signature expired: the request was signed more than 5 minutes ago.")
	case t.Sub(s.now()) > sigMaxSkew:
		return t, invalid("Signature not yet current: the request was signed for more than 5 minutes in the future.")
	}
	return t, nil
}

// checkSignedHeaders refuses a request whose meaning the signature doesn't
// cover: the host, the time, the operation and every other X-Amz header.
func checkSignedHeaders(r *http.Request, c credential) error {
	required := []string{"host", strings.ToLower(headerDate), strings.ToLower(headerTarget)}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") {
			required = append(required, lower)
		}
	}
	for _, name := range required {
		if !slices.Contains(c.signed, name) {
			return invalid("'" + name + "' must be a signed header.")
		}
	}
	if !slices.IsSorted(c.signed) {
		return invalid("SignedHeaders should be sorted.")
	}
	return nil
}

// compare signs a copy of the request that has nothing but the signed headers,
// and compares the signatures. The hash is the body's own, so a hash that the
// client declares can't stand for another body.
func (s *signatures) compare(r *http.Request, body []byte, c credential, signedAt time.Time) error {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	mismatch := invalid("The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	if declared := r.Header.Get(headerSHA256); declared != "" && declared != hash {
		return mismatch
	}
	again := &http.Request{
		Method: r.Method, Host: r.Host, Header: make(http.Header, len(c.signed)),
		URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	for _, name := range c.signed {
		switch values := r.Header.Values(name); {
		case name == "host":
		case name == "content-length":
			again.ContentLength = int64(len(body))
		case len(values) == 0:
			return invalid("A signed header is not in the request.")
		default:
			again.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	keys := aws.Credentials{AccessKeyID: s.accessKeyID, SecretAccessKey: s.secret}
	if err := s.signer.SignHTTP(context.WithoutCancel(r.Context()), keys, again, hash, sigService, c.region, signedAt); err != nil {
		return fmt.Errorf("recompute a signature: %w", err)
	}
	ours, err := parseCredential(again.Header.Get("Authorization"))
	if err != nil {
		return fmt.Errorf("recompute a signature: %w", err)
	}
	if !hmac.Equal([]byte(ours.signature), []byte(c.signature)) {
		return mismatch
	}
	return nil
}
