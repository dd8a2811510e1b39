package pool

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"comanda/storage"
)

// ChallengeName names what a client has to answer, as in the API.
type ChallengeName string

// The challenges.
const (
	ChallengeNewPassword      ChallengeName = "NEW_PASSWORD_REQUIRED"
	ChallengePasswordVerifier ChallengeName = "PASSWORD_VERIFIER"
)

const userAttributePrefix = "userAttributes."

// Challenge is what a client has to answer before it gets tokens.
type Challenge struct {
	Name       ChallengeName
	Session    string // to be sent back with the answer; "" when the parameters carry it
	Parameters map[string]string
}

// challengeState is what the pool has to know when a challenge is answered. The
// client carries it, sealed. It works once without being stored: answering
// creates the session OriginJTI, which can be created once, in the user's
// generation, which a new password raises.
type challengeState struct {
	Sub        string `json:"sub"`
	Decoy      int    `json:"decoy"` // 1 when there is no such user; a number, so that the length tells nothing
	Generation int64  `json:"generation"`
	OriginJTI  string `json:"originJti"`
	Expires    int64  `json:"expires"`
	Account    string `json:"account,omitempty"` // where attempts are counted
	Name       string `json:"name,omitempty"`    // that the proof is about
	A          []byte `json:"a,omitempty"`       // client's public value of the password protocol
	B          []byte `json:"b,omitempty"`       // server's secret of the password protocol
}

// challengeBytes is the length that challenges of the password protocol are filled
// up to: what the state of a user who exists has and a decoy's hasn't would show in it.
const challengeBytes = 2048

func (p *Pool) sealChallenge(name ChallengeName, s challengeState) ([]byte, error) {
	s.Expires = p.now().Add(challengeTTL).UnixMilli()
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode a challenge: %w", err)
	}
	if name == ChallengePasswordVerifier {
		plain = append(plain, bytes.Repeat([]byte(" "), max(0, challengeBytes-len(plain)))...)
	}
	return p.seal.seal(plain, string(name)), nil
}

// openChallenge refuses what this pool didn't seal for this challenge, and what
// is older than three minutes.
func (p *Pool) openChallenge(name ChallengeName, sealed []byte) (challengeState, error) {
	var s challengeState
	plain, err := p.seal.open(sealed, string(name))
	if err != nil {
		return s, notAuthorized("Invalid session for the user.")
	}
	if err := json.Unmarshal(plain, &s); err != nil {
		return s, fmt.Errorf("decode a challenge: %w", err)
	}
	if p.now().UnixMilli() >= s.Expires {
		return s, notAuthorized(messageExpiredSession)
	}
	return s, nil
}

// RespondInput is the input of [Pool.RespondToAuthChallenge].
type RespondInput struct {
	Name      ChallengeName
	Session   string
	Responses map[string]string
}

// RespondToAuthChallenge goes on with a sign-in.
func (p *Pool) RespondToAuthChallenge(ctx context.Context, in RespondInput) (AuthOutput, error) {
	switch in.Name {
	case ChallengeNewPassword:
		return p.respondNewPassword(ctx, in)
	case ChallengePasswordVerifier:
		return p.respondSRP(ctx, in)
	default:
		return AuthOutput{}, invalidParameter("Challenge response is not supported for this challenge.")
	}
}

func (p *Pool) challengeNewPassword(u user, originJTI string) (AuthOutput, error) {
	sealed, err := p.sealChallenge(ChallengeNewPassword, challengeState{Sub: u.Sub, Generation: u.Generation, OriginJTI: originJTI})
	if err != nil {
		return AuthOutput{}, err
	}
	attributes, err := json.Marshal(u.clone().Attributes) // {} and never null, which clients don't expect
	if err != nil {
		return AuthOutput{}, fmt.Errorf("encode attributes: %w", err)
	}
	return AuthOutput{Challenge: &Challenge{
		Name:    ChallengeNewPassword,
		Session: base64.RawURLEncoding.EncodeToString(sealed),
		Parameters: map[string]string{
			"USER_ID_FOR_SRP": u.Username, "requiredAttributes": "[]", "userAttributes": string(attributes),
		},
	}}, nil
}

// respondNewPassword replaces the temporary password and opens the session, in
// one commit.
func (p *Pool) respondNewPassword(ctx context.Context, in RespondInput) (AuthOutput, error) {
	if err := require(in.Responses, paramUsername, paramNewPassword); err != nil {
		return AuthOutput{}, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(in.Session)
	if err != nil {
		return AuthOutput{}, notAuthorized("Invalid session for the user.")
	}
	state, err := p.openChallenge(ChallengeNewPassword, sealed)
	if err != nil {
		return AuthOutput{}, err
	}
	if err := p.checkResponder(ctx, in.Responses[paramUsername], state); err != nil {
		return AuthOutput{}, err
	}
	if err := p.config.Policy.check(in.Responses[paramNewPassword]); err != nil {
		return AuthOutput{}, err
	}
	return p.chooseNewPassword(ctx, state, in.Responses)
}

// checkResponder refuses an answer in another user's name, and an answer to a
// challenge that is over.
func (p *Pool) checkResponder(ctx context.Context, username string, state challengeState) error {
	u, err := p.findUser(ctx, username)
	if errors.Is(err, userNotFound()) || err == nil && u.Sub != state.Sub {
		return notAuthorized("Invalid session for the user.")
	}
	if err != nil {
		return err
	}
	return stillChallenged(u, state)
}

func stillChallenged(u user, state challengeState) error {
	if u.Generation != state.Generation || u.Disabled || u.Status != StatusForceChangePassword {
		return notAuthorized(messageExpiredSession)
	}
	return nil
}

func (p *Pool) chooseNewPassword(ctx context.Context, state challengeState, responses map[string]string) (AuthOutput, error) {
	before, _, err := p.getUser(ctx, state.Sub)
	if err != nil {
		return AuthOutput{}, err
	}
	stored, err := p.firstPassword(ctx, before.Sub, before.Username, responses[paramNewPassword])
	if err != nil {
		return AuthOutput{}, err
	}
	token, err := newRefreshToken(state.Sub, state.OriginJTI)
	if err != nil {
		return AuthOutput{}, err
	}
	var s session
	u, err := p.changeUser(ctx, state.Sub, func(u *user, c *storage.Commit) error {
		if err := stillChallenged(*u, state); err != nil {
			return err
		}
		if err := setAttributes(u, challengeAttributes(responses), false); err != nil {
			return err
		}
		if err := p.checkTokenSize(*u); err != nil {
			return err
		}
		u.Password, u.Status, u.Invitation = stored, StatusConfirmed, nil
		u.endSessions()
		var err error
		s, err = p.openSession(ctx, c, *u, token)
		return err
	})
	p.revoke(state.Sub, err)
	if err != nil {
		return AuthOutput{}, err
	}
	tokens, err := p.issue(u, s, token.text())
	return AuthOutput{Tokens: &tokens}, err
}

// challengeAttributes returns the attributes that a client may set with its
// first own password, as userAttributes.<name>.
func challengeAttributes(responses map[string]string) []Attribute {
	var list []Attribute
	for key, v := range responses {
		if name, ok := strings.CutPrefix(key, userAttributePrefix); ok {
			list = append(list, Attribute{name, v})
		}
	}
	return list
}
