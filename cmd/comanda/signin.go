package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"comanda/datadir"
	"comanda/pool"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	signInTarget  = "AWSCognitoIdentityProviderService."
	signInService = "cognito-idp" // the name in the scope of a signature
	maxAnswer     = 64 << 20      // bytes of an answer that are read at most
)

// signIn speaks the protocol of Amazon Cognito user pools with a server:
// JSON 1.1 over HTTP, administrative operations with Signature Version 4.
type signIn struct {
	base   string
	keys   pool.Keys
	client *http.Client
}

func newSignIn(server datadir.Server, keys pool.Keys) *signIn {
	return &signIn{base: server.URL, keys: keys, client: httpClient(server)}
}

// signInError is a refusal by the user pool.
type signInError struct {
	Code    string `json:"__type"` // UserNotFoundException
	Message string `json:"message"`
}

func (e *signInError) Error() string { return e.Message + " (" + e.Code + ")" }

// targetOf returns the target of an operation: of the user pool, or of this
// installation if it names its service itself, as in Comanda.AddWebhook.
func targetOf(operation string) string {
	if strings.Contains(operation, ".") {
		return operation
	}
	return signInTarget + operation
}

// call sends an operation and reads its answer into out, which can be nil.
func (s *signIn) call(ctx context.Context, operation string, in, out any, sign bool) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", targetOf(operation))
	if sign {
		if err := s.sign(ctx, r, body); err != nil {
			return err
		}
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return unreachable(s.base, err)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return unreachable(s.base, err)
	}
	return readSignIn(resp, answer, out)
}

func readSignIn(resp *http.Response, answer []byte, out any) error {
	if resp.StatusCode == http.StatusOK {
		if out == nil {
			return nil
		}
		return json.Unmarshal(answer, out)
	}
	refused := &signInError{}
	if err := json.Unmarshal(answer, refused); err != nil || refused.Code == "" {
		return fmt.Errorf("the server answered %s: see its log", resp.Status)
	}
	return refused
}

func (s *signIn) sign(ctx context.Context, r *http.Request, body []byte) error {
	sum := sha256.Sum256(body)
	key := aws.Credentials{AccessKeyID: s.keys.AccessKeyID, SecretAccessKey: s.keys.SecretAccessKey}
	return v4.NewSigner().SignHTTP(ctx, key, r, hex.EncodeToString(sum[:]), signInService, s.keys.Region, time.Now())
}

// admin sends a signed operation of the user pool, whose id it adds.
func (s *signIn) admin(ctx context.Context, operation string, in map[string]any) error {
	return s.adminFor(ctx, operation, in, nil)
}

// adminFor is admin for operations that answer something.
func (s *signIn) adminFor(ctx context.Context, operation string, in map[string]any, out any) error {
	in["UserPoolId"] = s.keys.PoolID
	return s.call(ctx, operation, in, out, true)
}

// refusedWith reports whether the user pool has refused with a code.
func refusedWith(err error, code string) bool {
	var refused *signInError
	return errors.As(err, &refused) && refused.Code == code
}

// outcome is the answer to a sign-in: a token, or a challenge to answer first.
type outcome struct {
	ChallengeName        string
	Session              string
	AuthenticationResult struct {
		IDToken string `json:"IdToken"`
	}
}

const newPasswordRequired = "NEW_PASSWORD_REQUIRED"

// start signs a user in with a password.
func (s *signIn) start(ctx context.Context, username, password string) (outcome, error) {
	var out outcome
	err := s.call(ctx, "InitiateAuth", map[string]any{
		"ClientId": s.keys.ClientID, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": username, "PASSWORD": password},
	}, &out, false)
	return out, err
}

// choosePassword answers the challenge that a temporary password leads to.
func (s *signIn) choosePassword(ctx context.Context, username, session, password string) (outcome, error) {
	var out outcome
	err := s.call(ctx, "RespondToAuthChallenge", map[string]any{
		"ClientId": s.keys.ClientID, "ChallengeName": newPasswordRequired, "Session": session,
		"ChallengeResponses": map[string]string{"USERNAME": username, "NEW_PASSWORD": password},
	}, &out, false)
	return out, err
}
