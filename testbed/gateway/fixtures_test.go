package gateway

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// stage is a gateway on a port, in front of functions that echo.
type stage struct {
	url       string
	functions *Functions
	keys      *keyServer
	logged    bytes.Buffer
	gateway   *Gateway
}

const (
	issuer   = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEf123"
	audience = "client"
)

// newStage opens one until t ends.
func newStage(t *testing.T, runtime Runtime, c Config) *stage {
	t.Helper()
	var err error
	if runtime.Binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	s := &stage{keys: newKeyServer(t)}
	runtime.Output = t.Output()
	if s.functions, err = NewFunctions(runtime); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.functions.Close(); err != nil {
			t.Error(err)
		}
	})
	c.Functions, c.AccessLog = s.functions, &s.logged
	c.Pool.Issuer, c.Pool.Audience, c.Pool.KeysURL = issuer, audience, s.keys.server.URL
	if s.gateway, err = New(c); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.gateway)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	echo   echoed
	event  proxyEvent
}

// send sends a request. Header lines are as Name: value.
func (s *stage) send(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	a, err := s.try(method, path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (s *stage) try(method, path, body string, header ...string) (answer, error) {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: b.String()}
	if json.Unmarshal(b.Bytes(), &a.echo) == nil && a.echo.Event != nil {
		err = json.Unmarshal(a.echo.Event, &a.event)
	}
	return a, err
}

// keyServer publishes a pool's keys.
type keyServer struct {
	server *httptest.Server
	mu     sync.Mutex
	keys   map[string]*rsa.PrivateKey
	asked  int
}

var testKeys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newKeyServer(t *testing.T) *keyServer {
	t.Helper()
	key, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	k := &keyServer{keys: map[string]*rsa.PrivateKey{"one": key}}
	k.server = httptest.NewServer(http.HandlerFunc(k.serve))
	t.Cleanup(k.server.Close)
	return k
}

func (k *keyServer) serve(w http.ResponseWriter, _ *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	for kid, key := range k.keys {
		set.Keys = append(set.Keys, map[string]string{"kid": kid, "kty": "RSA", "alg": "RS256", "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()), "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes())})
	}
	if err := json.NewEncoder(w).Encode(set); err != nil {
		panic(err)
	}
}

// rename gives the one key another id, as a rotation does.
func (k *keyServer) rename(kid string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys = map[string]*rsa.PrivateKey{kid: k.keys["one"]}
}

// token signs a token with changed claims; nil removes one.
func (k *keyServer) token(t *testing.T, kid string, changes map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": "s-1", "token_use": "id", "cognito:username": "ana", "cognito:groups": []string{"apiAdmins", "restaurant-1"},
		"email_verified": true, "auth_time": 1469814773, "iat": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	for name, v := range changes {
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = kid
	key, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
