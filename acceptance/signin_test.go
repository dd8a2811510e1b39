package acceptance

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-json-experiment/json/jsontext"
)

// poolAccess says where users sign in, and what administration is signed with.
type poolAccess struct {
	endpoint  string // of the Amazon Cognito user pools API
	id        string
	clientID  string
	issuer    string
	region    string
	accessKey string
	secretKey string
	now       func() time.Time // of signatures

	// send sends a request of ours to a pool whose users sign up and in with their e-mail
	// addresses, and reads its answer; nil: they have usernames, and call sends it.
	send func(operation string, in object, out any) error
}

// user is a person who signed up and signed in.
type user struct {
	name, username, email, password string

	signInName string // username or email

	id           string // sub
	idToken      string
	accessToken  string
	refreshToken string
}

// poolError is a refusal by the user pool.
type poolError struct {
	status int
	Type   string `json:"__type"`
}

func (e *poolError) Error() string {
	return fmt.Sprintf("the user pool answers %d %s", e.status, e.Type)
}

type object = map[string]any

// call calls an operation of the pool. Operations of administrators are signed.
func (p poolAccess) call(operation string, in object, out any) error {
	if p.send != nil {
		return p.send(operation, in, out)
	}
	return p.post(operation, in, out, strings.HasPrefix(operation, "Admin") || operation == "CreateGroup")
}

// post sends an operation in the pool's own protocol.
func (p poolAccess) post(operation string, in object, out any, signed bool) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := request{method: "POST", path: "/", body: string(body), header: map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSCognitoIdentityProviderService." + operation,
	}}.made(context.Background(), p.endpoint)
	if err != nil {
		return err
	}
	if signed {
		hash := sha256.Sum256(body)
		keys := aws.Credentials{AccessKeyID: p.accessKey, SecretAccessKey: p.secretKey}
		if err := v4.NewSigner().SignHTTP(context.Background(), keys, req, hex.EncodeToString(hash[:]), "cognito-idp", p.region, p.now()); err != nil {
			return err
		}
	}
	resp, err := web.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		refusal := &poolError{status: resp.StatusCode}
		if err := json.Unmarshal(b.Bytes(), refusal); err != nil {
			return fmt.Errorf("%s: status %d: %w", operation, resp.StatusCode, err)
		}
		return fmt.Errorf("%s: %w", operation, refusal)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(b.Bytes(), out)
}

// signUp makes a user with a name of its own, confirms it, puts it into groups,
// which are created, and signs it in.
func (c *client) signUp(t *testing.T, name string, groups ...string) *user {
	t.Helper()
	u, err := c.pool().newUser(name, groups...)
	if err != nil {
		t.Fatalf("sign up %s: %v", name, err)
	}
	c.known = append(c.known, u)
	return u
}

// signUpBefore signs a user up whose tokens were issued some time before.
func (c *client) signUpBefore(t *testing.T, name string, d time.Duration) *user {
	t.Helper()
	if clock := c.clock(); clock != nil {
		u := c.signUp(t, name)
		clock.Move(d)
		return u
	}
	pool := c.server.(interface{ setBack(time.Duration) })
	pool.setBack(d)
	defer pool.setBack(0)
	return c.signUp(t, name)
}

// secrets are what no log may have of a user, by what it is.
func (u *user) secrets() map[string]string {
	secrets := map[string]string{
		"the password": u.password, "the name": u.name, "the e-mail address": u.email,
		"the ID token": u.idToken, "the access token": u.accessToken, "the refresh token": u.refreshToken,
	}
	if u.username != u.id {
		secrets["the username"] = u.username
	}
	return secrets
}

// private is what the scenarios' bodies have in common: where people live, and what
// they say and eat.
var private = map[string]string{
	"a street": "Quay Street", "a street of an order": "Main St", "a note": "no salt", "another note": "ring twice", "an item": "Spaghetti",
}

// logsStrictly fails the test when a line of JSON in the log isn't well-formed, has a
// name twice, or had to rename one for that. Programs also write other lines, for people.
func (c *client) logsStrictly(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(c.log()) {
		if strings.HasPrefix(line, "{") && (!jsontext.Value(line).IsValid() || strings.Contains(line, `"attr_`)) {
			t.Errorf("a line of the log isn't strict JSON, or says two things under one key: %s", line)
		}
	}
}

// keepsSecret fails the test when the log has one of the secrets.
func (c *client) keepsSecret(t *testing.T, secrets map[string]string) {
	t.Helper()
	log := c.log()
	for what, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %s", what)
		}
	}
}

func (p poolAccess) newUser(name string, groups ...string) (*user, error) {
	unique := strings.ToLower(rand.Text())
	u := &user{
		name: name + " Surname" + unique[:8], username: name + "-" + unique,
		email: name + "." + unique + "@example.com", password: "Pw1-" + rand.Text(),
	}
	u.signInName = u.username
	if p.send != nil {
		u.signInName = u.email
	}
	var created struct{ UserSub string }
	err := p.call("SignUp", object{
		"ClientId": p.clientID, "Username": u.signInName, "Password": u.password,
		"UserAttributes": []object{{"Name": "name", "Value": u.name}, {"Name": "email", "Value": u.email}},
	}, &created)
	if err != nil {
		return nil, err
	}
	u.id = created.UserSub
	if p.send != nil {
		u.username = u.id // as Cognito has it
	}
	named := object{"UserPoolId": p.id, "Username": u.username}
	if err := p.call("AdminConfirmSignUp", named, nil); err != nil {
		return nil, err
	}
	if err := p.prove(u); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := p.join(u, g); err != nil {
			return nil, err
		}
	}
	return u, p.signIn(u)
}

// prove makes a user's address one that counts as verified.
func (p poolAccess) prove(u *user) error {
	return p.call("AdminUpdateUserAttributes", object{
		"UserPoolId": p.id, "Username": u.username, "UserAttributes": []object{{"Name": "email_verified", "Value": "true"}},
	}, nil)
}

// join puts a user into a group, which is created if need be.
func (p poolAccess) join(u *user, group string) error {
	err := p.call("CreateGroup", object{"UserPoolId": p.id, "GroupName": group}, nil)
	var refusal *poolError
	if err != nil && !(errors.As(err, &refusal) && refusal.Type == "GroupExistsException") {
		return err
	}
	return p.call("AdminAddUserToGroup", object{"UserPoolId": p.id, "Username": u.username, "GroupName": group}, nil)
}

// signIn gives a user new tokens for its password.
func (p poolAccess) signIn(u *user) error {
	return p.authenticate(u, "USER_PASSWORD_AUTH", object{"USERNAME": u.signInName, "PASSWORD": u.password})
}

// refresh gives a user new tokens of the same sign-in.
func (c *client) refresh(t *testing.T, users ...*user) {
	t.Helper()
	for _, u := range users {
		if err := c.pool().authenticate(u, "REFRESH_TOKEN_AUTH", object{"REFRESH_TOKEN": u.refreshToken}); err != nil {
			t.Fatalf("refresh the tokens of %s: %v", u.username, err)
		}
	}
}

func (p poolAccess) authenticate(u *user, flow string, parameters object) error {
	var out struct {
		AuthenticationResult struct{ IdToken, AccessToken, RefreshToken string }
	}
	if err := p.call("InitiateAuth", object{"ClientId": p.clientID, "AuthFlow": flow, "AuthParameters": parameters}, &out); err != nil {
		return err
	}
	tokens := out.AuthenticationResult
	if tokens.IdToken == "" {
		return fmt.Errorf("InitiateAuth %s: the answer has no ID token", flow)
	}
	u.idToken, u.accessToken = tokens.IdToken, tokens.AccessToken
	if tokens.RefreshToken != "" {
		u.refreshToken = tokens.RefreshToken
	}
	return nil
}
