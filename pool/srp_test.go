package pool_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"comanda/pool"
)

// srpClient is the client's side of Amazon Cognito's password protocol as the
// public client libraries compute it: on hexadecimal text, which is padded to an
// even number of digits and with "00" before a first digit of 8 or more. It
// shares nothing with the server's side, not even the prime.
type srpClient struct {
	n, g, a, public *big.Int
}

// rfc3526Group15 is 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 pi) + 1690314),
// written as RFC 3526 section 4 prints it.
const rfc3526Group15 = `
	FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74 020BBEA6 3B139B22 514A0879 8E3404DD
	EF9519B3 CD3A431B 302B0A6D F25F1437 4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A637ED6B 0BFF5CB6 F406B7ED
	EE386BFB 5A899FA5 AE9F2411 7C4B1FE6 49286651 ECE45B3D C2007CB8 A163BF05 98DA4836 1C55D39A 69163FA8 FD24CF5F
	83655D23 DCA3AD96 1C62F356 208552BB 9ED52907 7096966D 670C354E 4ABC9804 F1746C08 CA18217C 32905E46 2E36CE3B
	E39E772C 180E8603 9B2783A2 EC07A28F B5C55DF0 6F4C52C9 DE2BCBF6 95581718 3995497C EA956AE5 15D22618 98FA0510
	15728E5A 8AAAC42D AD33170D 04507A33 A85521AB DF1CBA64 ECFB8504 58DBEF0A 8AEA7157 5D060C7D B3970F85 A6E1E4C7
	ABF5AE8C DB0933D7 1E8C94E0 4A25619D CEE3D226 1AD2EE6B F12FFA06 D98A0864 D8760273 3EC86A64 521F2B18 177B200C
	BBE11757 7A615D6C 770988C0 BAD946E2 08E24FA0 74E5AB31 43DB5BFC E0FD108E 4B82D120 A93AD2CA FFFFFFFF FFFFFFFF`

func newSRPClient(t *testing.T) *srpClient {
	t.Helper()
	secret := make([]byte, 128)
	if _, err := rand.Read(secret); err != nil {
		t.Fatal(err)
	}
	c := &srpClient{n: fromHex(t, strings.Join(strings.Fields(rfc3526Group15), "")), g: big.NewInt(2), a: new(big.Int).SetBytes(secret)}
	c.public = new(big.Int).Exp(c.g, c.a, c.n)
	return c
}

func fromHex(t *testing.T, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		t.Fatalf("%.20q… is not hexadecimal", text)
	}
	return n
}

func padHex(n *big.Int) string {
	text := n.Text(16)
	if len(text)%2 == 1 {
		return "0" + text
	}
	if strings.ContainsAny(text[:1], "89abcdef") {
		return "00" + text
	}
	return text
}

func hashHex(t *testing.T, text string) string {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// respond computes the answer to a PASSWORD_VERIFIER challenge.
func (c *srpClient) respond(t *testing.T, poolID, password, timestamp string, challenge map[string]string) map[string]string {
	t.Helper()
	_, poolName, _ := strings.Cut(poolID, "_")
	user := challenge["USER_ID_FOR_SRP"]
	b := fromHex(t, challenge["SRP_B"])
	u := fromHex(t, hashHex(t, padHex(c.public)+padHex(b)))
	inner := sha256.Sum256([]byte(poolName + user + ":" + password))
	x := fromHex(t, hashHex(t, padHex(fromHex(t, challenge["SALT"]))+hex.EncodeToString(inner[:])))
	k := fromHex(t, hashHex(t, "00"+c.n.Text(16)+"0"+c.g.Text(16)))

	base := new(big.Int).Sub(b, new(big.Int).Mul(k, new(big.Int).Exp(c.g, x, c.n)))
	exponent := new(big.Int).Add(c.a, new(big.Int).Mul(u, x))
	s := new(big.Int).Exp(base.Mod(base, c.n), exponent, c.n)

	block, err := base64.StdEncoding.DecodeString(challenge["SECRET_BLOCK"])
	if err != nil {
		t.Fatal(err)
	}
	key := mac(mac(unhex(t, padHex(u)), unhex(t, padHex(s))), []byte("Caldera Derived Key\x01"))[:16]
	proof := mac(key, []byte(poolName+user), block, []byte(timestamp))
	return map[string]string{
		"USERNAME": user, "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": challenge["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(proof),
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

const srpNow = "Tue Nov 3 12:00:00 UTC 2026" // the fixture's time

func (f *fixture) srpChallenge(c *srpClient, username string) map[string]string {
	f.t.Helper()
	out, err := f.InitiateAuth(f.t.Context(), pool.FlowUserSRP, map[string]string{"USERNAME": username, "SRP_A": c.public.Text(16)})
	if err != nil || out.Challenge == nil || out.Challenge.Name != pool.ChallengePasswordVerifier {
		f.t.Fatalf("InitiateAuth: got %+v and error %v, want a challenge", out, err)
	}
	return out.Challenge.Parameters
}

func (f *fixture) srpRespond(responses map[string]string) (pool.AuthOutput, error) {
	return f.RespondToAuthChallenge(f.t.Context(), pool.RespondInput{Name: pool.ChallengePasswordVerifier, Responses: responses})
}

func TestThePasswordProtocolSignsInWithoutSendingThePassword(t *testing.T) {
	f := newFixture(t)
	for _, username := range []string{"Ana", "ana@example.com", "Zoë"} {
		f.addUser(username)
		c := newSRPClient(t)
		challenge := f.srpChallenge(c, strings.ToUpper(username))
		answer := c.respond(t, f.ID(), goodPassword, srpNow, challenge)
		out, err := f.srpRespond(answer)
		if err != nil || out.Tokens == nil {
			t.Fatalf("%s: got %+v and error %v, want tokens", username, out, err)
		}
		wantLive(t, f.verifier(), out.Tokens.ID, "after the password protocol")
		_, err = f.srpRespond(answer)
		wantMessage(t, err, pool.CodeNotAuthorized, "Invalid session for the user, session is expired.")
	}
}

// The name that a client is told to hash is made from the one that it gave, and is nothing
// that it didn't know.
func TestThePasswordProtocolTellsNoName(t *testing.T) {
	f := newFixture(t)
	f.addUser("Ana", pool.Attribute{Name: "email", Value: "boss@example.com"}, pool.Attribute{Name: "email_verified", Value: "true"})
	u, err := f.AdminGetUser(t.Context(), "ana")
	if err != nil {
		t.Fatal(err)
	}
	sub := attribute(u, "sub")
	for given, want := range map[string]string{"Ana": "ana", "aNA": "ana", "boss@example.com": sub, "BOSS@example.com": sub, sub: sub, strings.ToUpper(sub): sub} {
		c := newSRPClient(t)
		challenge := f.srpChallenge(c, given)
		if challenge["USER_ID_FOR_SRP"] != want || challenge["USERNAME"] != want {
			t.Errorf("%s: got the names %s and %s, want %s", given, challenge["USER_ID_FOR_SRP"], challenge["USERNAME"], want)
		}
		if out, err := f.srpRespond(c.respond(t, f.ID(), goodPassword, srpNow, challenge)); err != nil || out.Tokens == nil {
			t.Errorf("%s: got %+v and error %v, want tokens", given, out, err)
		}
	}
}

func TestThePasswordProtocolRefuses(t *testing.T) {
	f := newFixture(t)
	f.addUser("ana")
	f.addUser("bob")
	c := newSRPClient(t)
	answer := func(username, password string, change func(map[string]string)) error {
		responses := c.respond(t, f.ID(), password, srpNow, f.srpChallenge(c, username))
		if change != nil {
			change(responses)
		}
		_, err := f.srpRespond(responses)
		return err
	}
	wrong := answer("ana", otherPassword, nil)
	wantMessage(t, wrong, pool.CodeNotAuthorized, "Incorrect username or password.")
	if unknown := answer("nobody", goodPassword, nil); unknown.Error() != wrong.Error() {
		t.Errorf("got %v for an unknown user and %v for a wrong password, want the same", unknown, wrong)
	}
	wantCode(t, answer("ana", goodPassword, func(r map[string]string) { r["TIMESTAMP"] = "Tue Nov 3 12:06:00 UTC 2026" }), pool.CodeInvalidParameter)
	wantCode(t, answer("ana", goodPassword, func(r map[string]string) { r["TIMESTAMP"] = "Tue Nov 3 12:00:01 UTC 2026" }), pool.CodeNotAuthorized)
	wantCode(t, answer("ana", goodPassword, func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = "" }), pool.CodeInvalidParameter)
	wantCode(t, answer("ana", goodPassword, func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = "AAAA" }), pool.CodeNotAuthorized)
	wantCode(t, answer("ana", goodPassword, func(map[string]string) {
		if err := f.AdminSetUserPassword(t.Context(), "ana", otherPassword, true); err != nil {
			t.Fatal(err)
		}
	}), pool.CodeNotAuthorized)
	for name, public := range map[string]string{"zero": "0", "the prime": c.n.Text(16), "negative": "-2", "text": "x", "too long": strings.Repeat("f", 800)} {
		_, err := f.InitiateAuth(t.Context(), pool.FlowUserSRP, map[string]string{"USERNAME": "ana", "SRP_A": public})
		if err == nil {
			t.Errorf("a public value that is %s was accepted", name)
		}
		wantCode(t, err, pool.CodeInvalidParameter)
	}
}

func TestAnUnknownUsersChallengeLooksLikeAnyOther(t *testing.T) {
	f := newFixture(t)
	c := newSRPClient(t)
	first, second := f.srpChallenge(c, "nobody@example.com"), f.srpChallenge(c, "Nobody@example.com")
	if first["SALT"] != second["SALT"] || first["USER_ID_FOR_SRP"] != second["USER_ID_FOR_SRP"] || first["SRP_B"] == second["SRP_B"] {
		t.Errorf("got %v and %v, want the same salt and user and another public value", first, second)
	}
	f.addUser("ana@example.com")
	real := f.srpChallenge(c, "ana@example.com")
	for _, name := range []string{"SALT", "USER_ID_FOR_SRP"} {
		if len(first[name]) != len(real[name]) {
			t.Errorf("%s: got %d characters for an unknown user and %d for a known one", name, len(first[name]), len(real[name]))
		}
	}
}

func TestATemporaryPasswordIsReplacedAfterThePasswordProtocolToo(t *testing.T) {
	f := newFixture(t)
	if _, err := f.AdminCreateUser(t.Context(), pool.AdminCreateUserInput{Username: "ana", TemporaryPassword: goodPassword}); err != nil {
		t.Fatal(err)
	}
	f.clock.Move(time.Minute)
	c := newSRPClient(t)
	out, err := f.srpRespond(c.respond(t, f.ID(), goodPassword, "Tue Nov 3 12:01:00 UTC 2026", f.srpChallenge(c, "ana")))
	if err != nil || out.Challenge == nil || out.Challenge.Name != pool.ChallengeNewPassword {
		t.Fatalf("got %+v and error %v, want the challenge to choose a password", out, err)
	}
	if got := out.Challenge.Parameters["userAttributes"]; got != "{}" {
		t.Errorf("got userAttributes %s of a user without any, want {}", got)
	}
}
