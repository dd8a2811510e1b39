package function

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"
	"github.com/golang-jwt/jwt/v5"

	"comanda/identity"
)

const (
	poolID     = "eu-west-1_AbC123"
	poolIssuer = "https://cognito-idp.eu-west-1.amazonaws.com/" + poolID
	methodARN  = "arn:aws:execute-api:eu-west-1:123456789012:api1/prod/GET/users/u-1"
)

// poolKey is made once, because making it takes long.
var poolKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// newPool stands in for Cognito: it publishes the key set of the pool, below the
// URL that it returns.
func newPool(t *testing.T) *httptest.Server {
	encode := base64.RawURLEncoding.EncodeToString
	key := poolKey().PublicKey
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/"+poolID+"/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `{"keys":[{"kty":"RSA","kid":"k1","alg":"RS256","use":"sig","n":%q,"e":%q}]}`,
			encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes()))
	}))
	t.Cleanup(s.Close)
	return s
}

// token returns an ID token of the pool; claims are added or, when nil, taken away.
func token(t *testing.T, claims map[string]any) string {
	t.Helper()
	all := jwt.MapClaims{
		"iss": poolIssuer, "aud": "client", "token_use": "id", "sub": "u-1", "exp": time.Now().Add(time.Hour).Unix(),
		"cognito:username": "ana", "name": "Ana Conceição", "email": "ana@example.com", "cognito:groups": []string{"apiAdmins", "restaurant-7"},
	}
	for name, value := range claims {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	tok := jwt.NewWithClaims(jwt.SigningMethodRS256, all)
	tok.Header["kid"] = "k1"
	text, err := tok.SignedString(poolKey())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func authorizerEvent(t *testing.T, authorization string) []byte {
	t.Helper()
	e, err := json.Marshal(lambda.APIGatewayCustomAuthorizerRequest{Type: "TOKEN", AuthorizationToken: authorization, MethodArn: methodARN})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newAuthorizer(t *testing.T, endpoint string) *Handler {
	t.Helper()
	h, err := New(environment("authorizer", map[string]string{PoolEndpointVariable: endpoint}), io.Discard, "test")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAGoodTokenIsAllowedTheWholeStage(t *testing.T) {
	h := newAuthorizer(t, newPool(t).URL)
	expires := time.Now().Add(time.Hour).Unix()
	text := token(t, map[string]any{"exp": expires, "custom:comanda_id": "old-9"})
	want := fmt.Sprintf(`{"principalId":"u-1","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":["execute-api:Invoke"],"Effect":"Allow",`+
		`"Resource":["arn:aws:execute-api:eu-west-1:123456789012:api1/prod/*/*"]}]},"context":{"comandaId":"old-9","email":"ana@example.com","expires":"%d",`+
		`"groups":"[\"apiAdmins\",\"restaurant-7\"]","name":"Ana Conceição","sub":"u-1","tokenUse":"id","username":"ana"}}`, expires)
	for _, authorization := range []string{text, "Bearer " + text, "bearer  " + text + " "} {
		got, err := h.Invoke(context.Background(), authorizerEvent(t, authorization))
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}

func TestTheContextSaysOfTheCallerWhatTheTokenSaid(t *testing.T) {
	h := newAuthorizer(t, newPool(t).URL)
	for name, claims := range map[string]map[string]any{
		"everything":     {},
		"little":         {"name": nil, "email": nil, "cognito:groups": nil, "cognito:username": nil},
		"an imported id": {"custom:comanda_id": "old-9"},
		"no groups":      {"cognito:groups": []string{}},
	} {
		text := token(t, claims)
		answer, err := h.Invoke(context.Background(), authorizerEvent(t, text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var policy struct{ Context map[string]any }
		if err := json.Unmarshal(answer, &policy); err != nil {
			t.Fatal(err)
		}
		for key, value := range policy.Context {
			if _, text := value.(string); !text {
				t.Errorf("%s: the context's %s is %T, which a gateway doesn't hand on as it is", name, key, value)
			}
		}
		got, err := callers{"apiAdmins", time.Now}.Verify(withAuthorizer(context.Background(), policy.Context), "")
		said, claimErr := claimsOf(text)
		want, wantErr := identity.FromClaims(said, "apiAdmins")
		if err != nil || claimErr != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestBadTokensAreUnauthorizedInTheGatewaysWord(t *testing.T) {
	h := newAuthorizer(t, newPool(t).URL)
	good := token(t, nil)
	for name, authorization := range map[string]string{
		"none":            "",
		"no token":        "Bearer",
		"garbage":         "x.y.z",
		"broken":          good[:len(good)-4] + "AAAA",
		"expired":         token(t, map[string]any{"exp": time.Now().Add(-time.Second).Unix()}),
		"another pool":    token(t, map[string]any{"iss": poolIssuer + "x"}),
		"another client":  token(t, map[string]any{"aud": "other"}),
		"an access token": token(t, map[string]any{"token_use": "access"}),
		"no subject":      token(t, map[string]any{"sub": nil}),
		"far too long":    good + strings.Repeat("A", identity.MaxToken),
	} {
		if got, err := h.Invoke(context.Background(), authorizerEvent(t, authorization)); err == nil || err.Error() != "Unauthorized" || got != nil {
			t.Errorf("%s: got %s, %v, want the error Unauthorized", name, got, err)
		}
	}
}

func TestATokenThatCantBeCheckedNowIsNotRefused(t *testing.T) {
	pool := newPool(t)
	h := newAuthorizer(t, pool.URL)
	pool.Close()
	if got, err := h.Invoke(context.Background(), authorizerEvent(t, token(t, nil))); err == nil || err.Error() == "Unauthorized" || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("got %s, %v, want an error that is not Unauthorized and tells nothing of the inside", got, err)
	}
}

func TestOtherEventsAreNoneOfTheAuthorizers(t *testing.T) {
	h := newAuthorizer(t, newPool(t).URL)
	good := token(t, nil)
	for name, event := range map[string]string{
		"no JSON":            `{`,
		"a REQUEST event":    `{"type":"REQUEST","methodArn":"` + methodARN + `","authorizationToken":"` + good + `"}`,
		"no ARN":             `{"type":"TOKEN","authorizationToken":"` + good + `"}`,
		"an ARN of anything": `{"type":"TOKEN","methodArn":"arn:aws:execute-api:*:*:*/*/GET/","authorizationToken":"` + good + `"}`,
		"an ARN of an API":   `{"type":"TOKEN","methodArn":"arn:aws:execute-api:eu-west-1:1:api1","authorizationToken":"` + good + `"}`,
	} {
		if got, err := h.Invoke(context.Background(), []byte(event)); err == nil || err.Error() == "Unauthorized" {
			t.Errorf("%s: got %s, %v, want another error", name, got, err)
		}
	}
}
