package gateway

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"comanda/deploy"
)

// UserPool is the pool of the Cognito authorizer.
type UserPool struct {
	Issuer   string // of its tokens
	KeysURL  string // of its JSON Web Key Set
	Audience string // that tokens must have, as an identity validation expression asks; "": any
	Groups   Groups // how the claim cognito:groups is handed on
}

// Groups is a rendering of a list of groups in one text. AWS's documentation
// doesn't say which; each has been reported of some gateway and payload version.
type Groups int

// The renderings.
const (
	GroupsWithCommas   Groups = iota // A,B
	GroupsInBrackets                 // [A B]
	GroupsAsJSON                     // ["A","B"]
	numberOfRenderings               // to choose from
)

// AnyGroups returns another rendering each time that number goes up.
func AnyGroups(number int) Groups { return Groups(number % int(numberOfRenderings)) }

// cognito is the authorizer that is part of the gateway. It doesn't use what our
// own code verifies tokens with, so that one mistake can't be on both sides.
type cognito struct {
	pool UserPool
	now  func() time.Time

	mu   sync.Mutex
	keys map[string]*rsa.PublicKey
}

// authorize says whether the route's authorizer lets the request through, or else
// what the gateway answers.
func (x *exchange) authorize() (refusal Refusal, message string) {
	token := x.request.Header.Get("Authorization")
	switch {
	case x.route.Authorizer == deploy.Nobody:
		return "", ""
	case strings.TrimSpace(token) == "":
		return Unauthorized, "Unauthorized"
	case x.route.Authorizer == deploy.Token:
		return x.askAuthorizer(token)
	}
	claims, err := x.gateway.cognito.verify(x.request.Context(), token)
	if err != nil {
		return Unauthorized, "Unauthorized"
	}
	x.found = map[string]any{"claims": claims}
	return "", ""
}

// verify returns the claims of an ID token in the form that they are handed on:
// every value is a text.
//
// The word Bearer in front of the token is accepted and not needed. AWS's
// documentation sends the token alone, and so does the workshop; console and clients of
// others send it after Bearer, with success.
func (c *cognito) verify(ctx context.Context, header string) (map[string]string, error) {
	text := header
	if scheme, rest, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		text = rest
	}
	checks := []jwt.ParserOption{
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(), jwt.WithIssuer(c.pool.Issuer), jwt.WithIssuedAt(), jwt.WithTimeFunc(c.now), jwt.WithJSONNumber(),
	}
	if c.pool.Audience != "" {
		checks = append(checks, jwt.WithAudience(c.pool.Audience))
	}
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(checks...).ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		return c.key(ctx, kid)
	})
	if err != nil {
		return nil, err
	}
	if claims["token_use"] != "id" { // an access token needs scopes on the method, which there are none
		return nil, errors.New("it isn't an ID token")
	}
	out := map[string]string{}
	for name, v := range claims {
		out[name] = c.pool.rendered(name, v)
	}
	return out, nil
}

// rendered returns a claim as text. Times of the token itself are spelled as
// people have reported them of AWS: Fri Jul 29 18:52:53 UTC 2016.
func (p UserPool) rendered(name string, v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil && (name == "exp" || name == "iat") {
			return time.Unix(n, 0).UTC().Format("Mon Jan 02 15:04:05 MST 2006")
		}
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return p.list(v)
	default:
		return fmt.Sprint(v)
	}
}

func (p UserPool) list(v []any) string {
	var names []string
	for _, name := range v {
		names = append(names, fmt.Sprint(name))
	}
	switch p.Groups {
	case GroupsInBrackets:
		return "[" + strings.Join(names, " ") + "]"
	case GroupsAsJSON:
		if text, err := json.Marshal(names); err == nil {
			return string(text)
		}
	}
	return strings.Join(names, ",")
}

// key returns a signing key of the pool. The set is fetched again for a key that
// isn't in it.
func (c *cognito) key(ctx context.Context, kid string) (*rsa.PublicKey, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.keys[kid]; k != nil {
		return k, nil
	}
	keys, err := fetchKeys(ctx, c.pool.KeysURL)
	if err != nil {
		return nil, err
	}
	c.keys = keys
	if k := keys[kid]; k != nil {
		return k, nil
	}
	return nil, errors.New("no key of the pool has signed it")
}

func fetchKeys(ctx context.Context, url string) (map[string]*rsa.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch the pool's keys: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // it was only read
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the pool's keys: status %d, %w", answer.StatusCode, err)
	}
	out := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		if err != nil {
			return nil, fmt.Errorf("read the pool's key %s: %w", k.Kid, err)
		}
		e, err := base64.RawURLEncoding.DecodeString(k.E)
		if err != nil {
			return nil, fmt.Errorf("read the pool's key %s: %w", k.Kid, err)
		}
		out[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return out, nil
}
