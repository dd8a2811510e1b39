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
	u, account, err := p.findAccount(ctx, parameters[paramUsername])
	if err != nil {
		return AuthOutput{}, err
	}
	if u.Sub == "" {
		if u, err = p.decoy(parameters[paramUsername]); err != nil {
			return AuthOutput{}, err
		}
	}
	return p.challengeSRP(u, account, a)
}

// decoy returns a user who doesn't exist, the same one for the same name.
func (p *Pool) decoy(username string) (user, error) {
	seed := p.seal.mac("decoy", identity.Fold(username))
	u := user{Username: username, Password: &password{}}
	if identity.IsEmail(username) {
		id, err := uuid.FromBytes(seed[16:])
		if err != nil {
			return u, err
		}
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // as a random UUID looks
		u.Username = id.String()
	}
	seed[0] = 16 + seed[0]%112 // as newSRPSalt's first byte
	u.Password.SRPSalt = hex.EncodeToString(seed[:srpSaltBytes])
	return u, nil
}

func (p *Pool) challengeSRP(u user, account string, a *big.Int) (AuthOutput, error) {
	v, err := p.srpVerifier(u)
	if err != nil {
		return AuthOutput{}, err
	}
	secret := randomBytes(srpSecretBytes)
	block, err := p.sealChallenge(ChallengePasswordVerifier, challengeState{
		Sub: u.Sub, Generation: u.Generation, OriginJTI: uuid.NewString(), Account: []byte(account), A: a.Bytes(), B: secret,
	})
	if err != nil {
		return AuthOutput{}, err
	}
	public := p.srp.challenge(v, new(big.Int).SetBytes(secret))
	return AuthOutput{Challenge: &Challenge{
		Name: ChallengePasswordVerifier,
		Parameters: map[string]string{
			"USER_ID_FOR_SRP": u.Username, paramUsername: u.Username, "SALT": u.Password.SRPSalt,
			"SRP_B": public.Text(16), "SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		},
	}}, nil
}

// srpVerifier unseals a user's verifier; a decoy's is random.
func (p *Pool) srpVerifier(u user) (*big.Int, error) {
	if u.Sub == "" {
		v := new(big.Int).SetBytes(randomBytes(384))
		return v.Mod(v, p.srp.n), nil
	}
	plain, err := p.seal.open(u.Password.SRPVerifier, u.Sub)
	return new(big.Int).SetBytes(plain), err
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
	account := string(state.Account)
	if p.failures.blocked(account, p.now()) {
		return AuthOutput{}, notAuthorized("Password attempts exceeded")
	}
	u, err := p.challenged(ctx, state)
	if err != nil {
		return AuthOutput{}, err
	}
	v, err := p.srpVerifier(u)
	if err != nil {
		return AuthOutput{}, err
	}
	key, err := p.srp.key(new(big.Int).SetBytes(state.A), v, new(big.Int).SetBytes(state.B))
	if err != nil {
		return AuthOutput{}, err
	}
	if !hmac.Equal(signature, srpProof(key, p.name(), u.Username, block, timestamp)) || u.Sub == "" {
		p.failures.failed(account, p.now())
		return AuthOutput{}, notAuthorized(messageIncorrectSignIn)
	}
	p.failures.succeeded(account)
	return p.proved(ctx, u, state.OriginJTI)
}

// challenged returns the user that a challenge was made for, or for a decoy, one
// without a sub, so that refusing it takes the same computations.
func (p *Pool) challenged(ctx context.Context, state challengeState) (user, error) {
	if state.Sub == "" {
		return user{}, nil
	}
	u, _, err := p.getUser(ctx, state.Sub)
	if errors.Is(err, userNotFound()) || err == nil && u.Generation != state.Generation {
		return u, notAuthorized(messageExpiredSession)
	}
	return u, err
}

// srpProof is the signature by which a client proves that it has the key.
func srpProof(key []byte, poolName, username string, block []byte, timestamp string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(poolName + username))
	h.Write(block)
	h.Write([]byte(timestamp))
	return h.Sum(nil)
}
