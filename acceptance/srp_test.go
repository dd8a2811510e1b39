package acceptance

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// srpScenarios sign in with the Secure Remote Password protocol, in which the
// password is proved and never sent, and with wrong passwords.
func srpScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	u, admin := c.signUp(t, "ana"), c.signUp(t, "admin", "apiAdmins")
	for _, name := range []string{u.username, strings.ToUpper(u.username)} {
		s.scenario(t, "a proved password signs in as "+map[bool]string{true: "typed", false: "typed in capitals"}[name == u.username], func(t *testing.T) {
			u.idToken = ""
			if err := c.pool().proveIn(u, name, u.password); err != nil {
				t.Fatal(err)
			}
			c.post(t, u, "/orders", soup).expect(t, want{status: 200, json: fields{"userId": u.id}})
		})
	}
	s.scenario(t, "a proved password of an administrator gives the group's power", func(t *testing.T) {
		if err := c.pool().proveIn(admin, admin.username, admin.password); err != nil {
			t.Fatal(err)
		}
		c.get(t, admin, "/users").expect(t, want{status: 200})
	})
	s.scenario(t, "a wrong proof is refused, for a user and for nobody alike", func(t *testing.T) {
		for _, name := range []string{u.username, "nobody-" + newID()} {
			stranger := &user{}
			if err := c.pool().proveIn(stranger, name, u.password+"x"); refusalOf(err) != "NotAuthorizedException" || stranger.idToken != "" {
				t.Errorf("%s: got %v, want NotAuthorizedException", name, err)
			}
		}
	})
}

// lockScenarios are about wrong passwords.
func lockScenarios(t *testing.T, s *suite) {
	c := s.open(t, options{})
	s.scenario(t, "wrong passwords lock for a growing time, and then the right one works", func(t *testing.T) { c.locksForAWhile(t) })
}

// locksForAWhile sends twenty wrong passwords, each as soon as one is looked at
// again, and in between the right one, which is refused while the lock holds.
func (c *client) locksForAWhile(t *testing.T) {
	p, u := c.pool(), c.signUp(t, "ana")
	const free, longest = 5, 15 * time.Minute
	locked := func(what string, n int) {
		t.Helper()
		if err := p.signIn(u); refusalOf(err) != "NotAuthorizedException" {
			t.Fatalf("the right password %s after %d wrong ones: got %v, want NotAuthorizedException", what, n, err)
		}
	}
	for n := 1; n <= 20; n++ {
		wrong := *u
		wrong.password += "x"
		err := p.signIn(&wrong)
		if n%2 == 0 { // both ways of signing in count
			err = p.proveIn(&wrong, u.username, wrong.password)
		}
		if refusalOf(err) != "NotAuthorizedException" {
			t.Fatalf("wrong password %d: got %v, want NotAuthorizedException", n, err)
		}
		if n < free {
			continue
		}
		wait := min(longest, time.Second<<(n-free))
		locked("at once", n)
		c.clock().Move(wait - time.Millisecond)
		locked("a moment too early", n)
		c.clock().Move(time.Millisecond)
	}
	if err := p.signIn(u); err != nil {
		t.Fatalf("the right password after the lock: %v", err)
	}
	if err := p.proveIn(u, u.username, u.password); err != nil {
		t.Fatalf("the right password again: %v", err)
	}
}

// srpPrime is the 3072-bit group of RFC 3526, section 4, which Amazon Cognito's
// protocol uses with the generator 2.
const srpPrime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD" +
	"EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F" +
	"83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510" +
	"15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C" +
	"BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

func fromHex(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 16)
	return n
}

// signedBytes are the bytes of a number as Java's BigInteger has them, which the
// protocol hashes: with a zero in front when the first bit is set.
func signedBytes(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0] >= 0x80 {
		return append([]byte{0}, b...)
	}
	return b
}

func hashed(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// proveIn gives a user new tokens for the proof of a password.
func (p poolAccess) proveIn(u *user, name, password string) error {
	n, g := fromHex(srpPrime), big.NewInt(2)
	a, err := rand.Int(rand.Reader, n)
	if err != nil {
		return err
	}
	public := new(big.Int).Exp(g, a, n)
	var challenge struct{ ChallengeParameters map[string]string }
	err = p.call("InitiateAuth", object{"ClientId": p.clientID, "AuthFlow": "USER_SRP_AUTH", "AuthParameters": object{"USERNAME": name, "SRP_A": public.Text(16)}}, &challenge)
	if err != nil {
		return err
	}
	got := challenge.ChallengeParameters
	_, poolName, _ := strings.Cut(p.id, "_")
	identity := poolName + got["USER_ID_FOR_SRP"]
	b := fromHex(got["SRP_B"])
	inner := sha256.Sum256([]byte(identity + ":" + password))
	x := hashed(signedBytes(fromHex(got["SALT"])), inner[:])
	scramble := hashed(signedBytes(public), signedBytes(b))
	base := new(big.Int).Mul(hashed(signedBytes(n), signedBytes(g)), new(big.Int).Exp(g, x, n))
	base.Sub(b, base).Mod(base, n)
	secret := base.Exp(base, new(big.Int).Add(a, new(big.Int).Mul(scramble, x)), n)
	key, err := hkdf.Key(sha256.New, signedBytes(secret), signedBytes(scramble), "Caldera Derived Key", 16)
	if err != nil {
		return err
	}
	return p.respond(u, got, key, identity)
}

// respond answers the challenge of [poolAccess.proveIn] with a signature by the
// key that only who knows the password has.
func (p poolAccess) respond(u *user, challenge map[string]string, key []byte, identity string) error {
	block, err := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	if err != nil {
		return err
	}
	timestamp := p.now().UTC().Format("Mon Jan 2 15:04:05 UTC 2006")
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s%s%s", identity, block, timestamp)
	var out struct {
		AuthenticationResult struct{ IdToken, AccessToken, RefreshToken string }
	}
	err = p.call("RespondToAuthChallenge", object{"ClientId": p.clientID, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": object{
		"USERNAME": challenge["USERNAME"], "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}}, &out)
	u.idToken, u.accessToken, u.refreshToken = out.AuthenticationResult.IdToken, out.AuthenticationResult.AccessToken, out.AuthenticationResult.RefreshToken
	return err
}

// refusalOf returns the type of the pool's refusal, "" when there is none.
func refusalOf(err error) string {
	var refusal *poolError
	if errors.As(err, &refusal) {
		return refusal.Type
	}
	return ""
}

// groupsAreSigned asks for the administrators' power without the keys.
func (c *client) groupsAreSigned(t *testing.T) {
	p := c.pool()
	group := object{"UserPoolId": p.id, "GroupName": "restaurant-" + newID()}
	otherSecret, otherKey := p, p
	otherSecret.secretKey = strings.Repeat("x", len(p.secretKey))
	otherKey.accessKey = strings.Repeat("X", len(p.accessKey))
	for _, x := range []struct {
		name, want string
		call       func() error
	}{
		{"not signed", "MissingAuthenticationTokenException", func() error { return p.post("CreateGroup", group, nil, false) }},
		{"signed with another secret", "InvalidSignatureException", func() error { return otherSecret.call("CreateGroup", group, nil) }},
		{"signed with another key", "UnrecognizedClientException", func() error { return otherKey.call("CreateGroup", group, nil) }},
	} {
		if err := x.call(); refusalOf(err) != x.want {
			t.Errorf("CreateGroup %s: got %v, want %s", x.name, err, x.want)
		}
	}
	u := c.signUp(t, "grace")
	err := p.call("AdminAddUserToGroup", object{"UserPoolId": p.id, "Username": u.username, "GroupName": group["GroupName"]}, nil)
	if refusalOf(err) != "ResourceNotFoundException" {
		t.Errorf("the group of the refused requests: got %v, want that there is none", err)
	}
}
