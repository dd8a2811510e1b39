package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// TokenSource has ID tokens of one user. [StaticToken] and [SignIn] make one;
// a program that signs its user in by other means writes its own.
type TokenSource interface {
	// Token returns a token that is good now. refused is the token that the server
	// has just refused, "" if there is none: a source that can get another one
	// does, and any other returns the same. Token is called for every request,
	// from any goroutine, so that it has to remember what it got.
	Token(ctx context.Context, refused string) (string, error)
}

// StaticToken returns a source of one token, which is good until it expires.
func StaticToken(idToken string) TokenSource { return &static{idToken} }

type static struct{ token string }

// Token implements [TokenSource].
func (s *static) Token(context.Context, string) (string, error) { return s.token, nil }

// Credentials are what a user signs in with.
type Credentials struct {
	// URL of the user pool: the server's own for its embedded pool, or, for a pool of
	// Amazon Cognito, https://cognito-idp.eu-west-1.amazonaws.com with its region.
	URL string

	ClientID string // of the pool's app client, which allows USER_PASSWORD_AUTH
	Username string
	Password string

	HTTP *http.Client // as in [Config]
}

// SignIn returns a source of tokens that signs a user in when the first token is
// needed, refreshes it when it is about to expire, and signs in again when that is
// refused. A refusal by the user pool is an [*Error] whose Type is the pool's
// name for it, such as NotAuthorizedException.
func SignIn(c Credentials) TokenSource {
	return &session{credentials: c, http: sender(c.HTTP), turn: make(chan struct{}, 1)}
}

// session is a sign-in and what came of it.
type session struct {
	credentials Credentials
	http        *http.Client

	turn    chan struct{} // who has put something in has the rest
	token   string        // "" for none
	refresh string        // likewise
	expires time.Time     // of token, with a margin
}

// Token implements [TokenSource]. Those who come while a token is fetched wait for
// that one.
func (s *session) Token(ctx context.Context, refused string) (string, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if s.token != "" && s.token != refused && time.Now().Before(s.expires) {
		return s.token, nil
	}
	s.token = ""
	if s.refresh != "" {
		err := s.initiate(ctx, "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": s.refresh})
		if e, ok := errors.AsType[*Error](err); !ok || e.Type != "NotAuthorizedException" {
			return s.token, err
		}
		s.refresh = "" // the session has ended
	}
	err := s.initiate(ctx, "USER_PASSWORD_AUTH", map[string]string{"USERNAME": s.credentials.Username, "PASSWORD": s.credentials.Password})
	return s.token, err
}

// authenticated is the answer to InitiateAuth.
type authenticated struct {
	ChallengeName        string
	AuthenticationResult struct {
		IDToken      string `json:"IdToken"`
		RefreshToken string // of a sign-in only
		ExpiresIn    int    // seconds
	}
}

// initiate asks the pool for tokens and keeps them.
func (s *session) initiate(ctx context.Context, flow string, parameters map[string]string) error {
	body, err := encode("sign in", map[string]any{"ClientId": s.credentials.ClientID, "AuthFlow": flow, "AuthParameters": parameters})
	if err != nil {
		return err
	}
	a, err := s.ask(ctx, "InitiateAuth", body)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	var out authenticated
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return fmt.Errorf("sign in: read the user pool's answer: %w", err)
	}
	got := out.AuthenticationResult
	if got.IDToken == "" {
		return fmt.Errorf("sign in: the user pool asks for %q first: the user has to sign in where that can be answered, once", out.ChallengeName)
	}
	life := time.Duration(got.ExpiresIn) * time.Second
	s.token, s.expires = got.IDToken, time.Now().Add(life-min(life/10, time.Minute))
	if got.RefreshToken != "" {
		s.refresh = got.RefreshToken
	}
	return nil
}

// ask calls an operation of the user pool that isn't signed.
func (s *session) ask(ctx context.Context, operation string, body []byte) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(s.credentials.URL, "/")+"/", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	resp, err := s.http.Do(r)
	if err != nil {
		return Answer{}, noAnswer(err)
	}
	a, err := readAnswer(resp)
	if err == nil && a.Status != http.StatusOK {
		err = poolRefusal(a)
	}
	return a, err
}

// poolRefusal returns the error that an answer of a user pool is.
func poolRefusal(a Answer) *Error {
	var p struct {
		Type    string `json:"__type"` // alone, or after a name space and #
		Message string `json:"message"`
	}
	if err := json.Unmarshal(a.Body, &p); err != nil || p.Type == "" {
		return &Error{Status: a.Status, Title: http.StatusText(a.Status), RetryAfter: retryAfter(a.Header)}
	}
	return &Error{
		Status: a.Status, Type: p.Type[strings.LastIndexByte(p.Type, '#')+1:], Title: p.Message,
		RequestID: a.Header.Get("X-Amzn-RequestId"), RetryAfter: retryAfter(a.Header),
	}
}
