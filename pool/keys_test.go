package pool_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"comanda/pool"
)

func TestNewKeysHaveTheFormsThatClientsExpect(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(keys.PoolID, "local_") || len(keys.PoolID) != 15 || len(keys.ClientID) != 26 || keys.Issuer != "http://127.0.0.1:8080/"+keys.PoolID {
		t.Errorf("got pool %q, client %q, issuer %q", keys.PoolID, keys.ClientID, keys.Issuer)
	}
	if !strings.HasPrefix(keys.AccessKeyID, "AKIALOCAL") || len(keys.AccessKeyID) != 20 || len(keys.SecretAccessKey) != 40 {
		t.Errorf("got access key id %q and a secret of %d characters", keys.AccessKeyID, len(keys.SecretAccessKey))
	}
	saved, err := json.Marshal(keys)
	if err != nil {
		t.Fatal(err)
	}
	var read pool.Keys
	if err := json.Unmarshal(saved, &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Validate(); err != nil {
		t.Errorf("keys that were saved and read: %v", err)
	}
	for _, text := range []string{fmt.Sprint(keys), fmt.Sprintf("%+v %#v", keys, keys), fmt.Sprintf("%v", keys.Signing), keys.LogValue().String()} {
		if strings.Contains(text, keys.SecretAccessKey) || strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("printing the keys shows a secret")
		}
	}
}

func TestBrokenKeysAreRefused(t *testing.T) {
	good, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	for name, breakIt := range map[string]func(*pool.Keys){
		"format":     func(k *pool.Keys) { k.Format = 2 },
		"pool id":    func(k *pool.Keys) { k.PoolID = "x" },
		"client id":  func(k *pool.Keys) { k.ClientID = "X" },
		"issuer":     func(k *pool.Keys) { k.Issuer = "ftp://x/" + k.PoolID },
		"region":     func(k *pool.Keys) { k.Region = "" },
		"seal key":   func(k *pool.Keys) { k.SealKey = k.SealKey[1:] },
		"access key": func(k *pool.Keys) { k.AccessKeyID = "" },
		"secret":     func(k *pool.Keys) { k.SecretAccessKey += "x" },
		"no signing": func(k *pool.Keys) { k.Signing = nil },
		"bad PEM":    func(k *pool.Keys) { k.Signing = []pool.SigningKey{{ID: "a", PEM: "b"}} },
		"kid twice":  func(k *pool.Keys) { k.Signing = append(k.Signing[:1:1], k.Signing[0]) },
	} {
		broken := good
		breakIt(&broken)
		if err := broken.Validate(); err == nil {
			t.Errorf("%s: got no error, want one", name)
		} else if strings.Contains(err.Error(), good.SecretAccessKey) {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
	if _, err := pool.NewKeys("127.0.0.1:8080"); err == nil {
		t.Error("NewKeys with a base that is no URL succeeded, want an error")
	}
}

// nextKeys returns a list of keys with a new one at its end.
func nextKeys(t *testing.T, keys []pool.SigningKey) []pool.SigningKey {
	t.Helper()
	key, err := pool.NewSigningKey(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return append(keys[:len(keys):len(keys)], key)
}

func TestAfterARotationOldTokensVerifyAndTheNewKeySigns(t *testing.T) {
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t)
	f.addUser("ana")
	v, rotated := f.verifier(), nextKeys(t, keys.Signing)
	before := f.signIn("ana")
	if err := f.SetSigningKeys(rotated); err != nil {
		t.Fatalf("SetSigningKeys: %v", err)
	}
	after := f.signIn("ana")
	wantLive(t, v, before.ID, "after the rotation, an old token that nobody has seen")
	wantLive(t, v, after.ID, "after the rotation, a new token")
	if _, err := f.GetUser(t.Context(), before.Access); err != nil {
		t.Errorf("GetUser by an old access token: %v", err)
	}
	if kid(before.ID) == kid(after.ID) {
		t.Errorf("both tokens were signed by key %s, want the newest to sign", kid(after.ID))
	}
	for name, bad := range map[string][]pool.SigningKey{"none": nil, "one twice": append(rotated, rotated[0]), "no key": {{ID: "x", PEM: "y"}}} {
		if err := f.SetSigningKeys(bad); err == nil {
			t.Errorf("%s: got no error, want the list refused", name)
		}
	}
	jwks, err := f.JWKS()
	if err != nil || strings.Count(string(jwks), `"kid"`) != 2 || strings.Index(string(jwks), rotated[1].ID) > strings.Index(string(jwks), rotated[0].ID) {
		t.Errorf("got key set %s and error %v, want both keys, the newest first", jwks, err)
	}
	wantLive(t, f.verifier(), after.ID, "after lists that were refused")
}

// kid returns a token's header, which differs between keys by the kid alone.
func kid(token string) string {
	header, _, _ := strings.Cut(token, ".")
	return header
}
