package pool

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"time"

	"github.com/google/uuid"

	"comanda/identity"
	"comanda/storage"
)

const (
	maxSRPA = 2*384 + 2 // hexadecimal digits of a public value, which may have a sign byte

	// srpTimeLayout is the form of TIMESTAMP in the answer: the time in UTC, the
	// day without a leading zero.
	srpTimeLayout = "Mon Jan 2 15:04:05 UTC 2006"
	srpMaxSkew    = 5 * time.Minute
)

// srpAuth begins the password protocol with the challenge PASSWORD_VERIFIER. A
// user who doesn't exist gets a challenge like any other, with a salt that stays
// the same, and can't answer it.
func (p *Pool) srpAuth(ctx context.Context, parameters map[string]string) (AuthOutput, error) {
	if err := require(parameters, paramUsername, paramSRPA); err != nil {
		return AuthOutput{}, err
	}
	a, ok := new(big.Int).SetString(parameters[paramSRPA], 16)
	if !ok || len(parameters[paramSRPA]) > maxSRPA || a.Sign() <= 0 || new(big.Int).Mod(a, p.srp.n).Sign() == 0 {
		return AuthOutput{}, invalidParameter("SRP_A is not a public value of the protocol.")
	}
	acc, err := p.account(ctx, parameters[paramUsername])
	if err != nil {
		return AuthOutput{}, err
	}
	leave, err := p.enter(ctx, acc)
	if err != nil {
		return AuthOutput{}, err
	}
	defer leave()
	who, err := p.partner(acc.user, parameters[paramUsername])
	if err != nil {
		return AuthOutput{}, err
	}
	return p.challengeSRP(who, acc, a)
}

// partner is whom a client runs the password protocol with: a user, or a decoy.
type partner struct {
	sub        string
	decoy      int
	generation int64
	name       string // that both sides hash
	salt       string
	verifier   *big.Int
}

// partner returns the partner of a sign-in in a username that a client gave. The
// name that the client is told is made from what it gave and is no other user's name:
// the same for a user as for a decoy. A username is told folded, an address as the sub.
// Users whose password was set by an earlier release have one verifier, for the
// username, which has to be told then.
func (p *Pool) partner(u user, given string) (partner, error) {
	if u.Sub == "" {
		return p.decoyPartner(given), nil
	}
	name, folded := u.Username, identity.Fold(given)
	switch byName := folded == identity.Fold(u.Login); {
	case u.Username == u.Sub:
	case byName && u.Password.SRPFolded != nil:
		name = folded
	case !byName && u.Password.SRPSub != nil:
		name = u.Sub
	}
	return p.partnerNamed(u, name)
}

// partnerNamed returns a user as the partner whom a client knows by this name.
func (p *Pool) partnerNamed(u user, name string) (partner, error) {
	sealed := u.Password.SRPVerifier
	switch name {
	case u.Username:
	case u.Sub:
		sealed = u.Password.SRPSub
	default:
		sealed = u.Password.SRPFolded
	}
	plain, err := p.seal.open(sealed, u.Sub)
	return partner{
		sub: u.Sub, generation: u.Generation, name: name, salt: u.Password.SRPSalt, verifier: new(big.Int).SetBytes(plain),
	}, err
}

// decoyPartner returns what a client gets for a name that no user has, the same one for
// the same name.
func (p *Pool) decoyPartner(given string) partner {
	folded := identity.Fold(given)
	seed := p.seal.mac("decoy", folded)
	seed[0] = 16 + seed[0]%112 // as newSRPSalt's first byte
	v := new(big.Int).SetBytes(randomBytes(384))
	d := partner{
		sub: p.decoySub(folded), decoy: 1, generation: 1, name: folded, salt: hex.EncodeToString(seed[:srpSaltBytes]), verifier: v.Mod(v, p.srp.n),
	}
	if identity.IsEmail(given) {
		d.name = d.sub
	}
	return d
}

// decoySub returns the sub of a user who doesn't exist.
func (p *Pool) decoySub(folded string) string {
	var id uuid.UUID
	copy(id[:], p.seal.mac("decoy sub", folded))
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // as a random UUID looks
	return id.String()
}

func (p *Pool) challengeSRP(who partner, acc account, a *big.Int) (AuthOutput, error) {
	secret := randomBytes(srpSecretBytes)
	block, err := p.sealChallenge(ChallengePasswordVerifier, challengeState{
		Sub: who.sub, Decoy: who.decoy, Generation: who.generation, OriginJTI: uuid.NewString(),
		Account: acc.key.Partition, Name: who.name, A: a.Bytes(), B: secret,
	})
	if err != nil {
		return AuthOutput{}, err
	}
	public := p.srp.challenge(who.verifier, new(big.Int).SetBytes(secret))
	return AuthOutput{Challenge: &Challenge{
		Name: ChallengePasswordVerifier,
		Parameters: map[string]string{
			"USER_ID_FOR_SRP": who.name, paramUsername: who.name, "SALT": who.salt,
			"SRP_B": public.Text(16), "SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		},
	}}, nil
}

// respondSRP checks the proof: an HMAC under the session key over the pool's
// name, the username, the secret block and the time.
func (p *Pool) respondSRP(ctx context.Context, in RespondInput) (AuthOutput, error) {
	const blockParam, signatureParam, timeParam = "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"
	if err := require(in.Responses, paramUsername, blockParam, signatureParam, timeParam); err != nil {
		return AuthOutput{}, err
	}
	signed, err := time.Parse(srpTimeLayout, in.Responses[timeParam])
	if err != nil || signed.Sub(p.now()).Abs() > srpMaxSkew {
		return AuthOutput{}, invalidParameter("TIMESTAMP should be the time in the form EEE MMM d HH:mm:ss z yyyy in english.")
	}
	block, err := base64.StdEncoding.DecodeString(in.Responses[blockParam])
	if err != nil {
		return AuthOutput{}, notAuthorized(messageIncorrectSignIn)
	}
	state, err := p.openChallenge(ChallengePasswordVerifier, block)
	if err != nil {
		return AuthOutput{}, err
	}
	signature, err := base64.StdEncoding.DecodeString(in.Responses[signatureParam])
	if err != nil {
		signature = nil // wrong like any other, and counted
	}
	return p.checkProof(ctx, state, signature, block, in.Responses[timeParam])
}

func (p *Pool) checkProof(ctx context.Context, state challengeState, signature, block []byte, timestamp string) (AuthOutput, error) {
	acc := account{key: storage.Key{Table: attemptsTable, Partition: state.Account}, source: p.sourceHash(ctx)}
	leave, err := p.enter(ctx, acc)
	if err != nil {
		return AuthOutput{}, err
	}
	defer leave()
	if err := p.tryPassword(ctx, acc); err != nil {
		return AuthOutput{}, err
	}
	who, err := p.challenged(ctx, state, &acc)
	if err != nil {
		return AuthOutput{}, err
	}
	key, err := p.srp.key(new(big.Int).SetBytes(state.A), who.verifier, new(big.Int).SetBytes(state.B))
	if err != nil {
		return AuthOutput{}, err
	}
	if !hmac.Equal(signature, srpProof(key, p.name(), state.Name, block, timestamp)) || who.decoy == 1 {
		return AuthOutput{}, notAuthorized(messageIncorrectSignIn)
	}
	leave()
	return p.proved(ctx, acc, state.OriginJTI)
}

// challenged returns the partner that a challenge was made for, and completes the
// account. Refusing a decoy takes the same steps as refusing a user.
func (p *Pool) challenged(ctx context.Context, state challengeState, acc *account) (partner, error) {
	u, _, err := p.getUser(ctx, state.Sub)
	if state.Decoy == 1 {
		if err == nil || errors.Is(err, userNotFound()) {
			_, err = decode[user](p.decoy) // as after reading a user
		}
		return p.decoyPartner(state.Name), err
	}
	if errors.Is(err, userNotFound()) || err == nil && u.Generation != state.Generation {
		return partner{}, notAuthorized(messageExpiredSession)
	}
	if err != nil {
		return partner{}, err
	}
	acc.user = u
	return p.partnerNamed(u, state.Name)
}

// srpProof is the signature by which a client proves that it has the key.
func srpProof(key []byte, poolName, username string, block []byte, timestamp string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(poolName + username))
	h.Write(block)
	h.Write([]byte(timestamp))
	return h.Sum(nil)
}
