package pool

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"comanda/identity"
)

// Flow is a way to sign in, named as in the API.
type Flow string

// The flows. REFRESH_TOKEN is a synonym of REFRESH_TOKEN_AUTH, and
// ADMIN_NO_SRP_AUTH the older name of ADMIN_USER_PASSWORD_AUTH.
const (
	FlowUserPassword      Flow = "USER_PASSWORD_AUTH"
	FlowAdminUserPassword Flow = "ADMIN_USER_PASSWORD_AUTH"
	FlowAdminNoSRP        Flow = "ADMIN_NO_SRP_AUTH"
	FlowUserSRP           Flow = "USER_SRP_AUTH"
	FlowRefreshToken      Flow = "REFRESH_TOKEN_AUTH"
	FlowRefresh           Flow = "REFRESH_TOKEN"
)

// Names of parameters of a sign-in and of a challenge, as in the API.
const (
	paramUsername     = "USERNAME"
	paramPassword     = "PASSWORD"
	paramRefreshToken = "REFRESH_TOKEN"
	paramNewPassword  = "NEW_PASSWORD"
	paramSRPA         = "SRP_A"
)

// AuthOutput is the answer to a step of a sign-in: tokens, or a challenge that
// has to be answered first.
type AuthOutput struct {
	Tokens    *Tokens
	Challenge *Challenge
}

// InitiateAuth begins a sign-in by a user.
func (p *Pool) InitiateAuth(ctx context.Context, flow Flow, parameters map[string]string) (AuthOutput, error) {
	switch flow {
	case FlowUserPassword:
		return p.passwordAuth(ctx, parameters)
	default:
		return p.commonAuth(ctx, flow, parameters)
	}
}

// AdminInitiateAuth begins a sign-in by a server on behalf of a user. The caller
// has checked that the server may do that.
func (p *Pool) AdminInitiateAuth(ctx context.Context, flow Flow, parameters map[string]string) (AuthOutput, error) {
	switch flow {
	case FlowUserPassword, FlowAdminUserPassword, FlowAdminNoSRP:
		return p.passwordAuth(ctx, parameters)
	default:
		return p.commonAuth(ctx, flow, parameters)
	}
}

// commonAuth begins a sign-in in the flows that users and servers share.
func (p *Pool) commonAuth(ctx context.Context, flow Flow, parameters map[string]string) (AuthOutput, error) {
	switch flow {
	case FlowRefreshToken, FlowRefresh:
		return p.refreshAuth(ctx, parameters)
	case FlowUserSRP:
		return p.srpAuth(ctx, parameters)
	default:
		return AuthOutput{}, invalidParameter("Initiate Auth method not supported.")
	}
}

func require(parameters map[string]string, names ...string) error {
	for _, n := range names {
		if parameters[n] == "" {
			return invalidParameter("Missing required parameter " + n)
		}
	}
	return nil
}

// refreshAuth answers new tokens for a refresh token, which stays good.
func (p *Pool) refreshAuth(ctx context.Context, parameters map[string]string) (AuthOutput, error) {
	if err := require(parameters, paramRefreshToken); err != nil {
		return AuthOutput{}, err
	}
	u, s, err := p.refresh(ctx, parameters[paramRefreshToken])
	if err != nil {
		return AuthOutput{}, err
	}
	tokens, err := p.issue(u, s, "")
	return AuthOutput{Tokens: &tokens}, err
}

// passwordAuth signs in with username and password. Whoever doesn't know the
// password learns the same, after the same work, whether the user exists or not.
func (p *Pool) passwordAuth(ctx context.Context, parameters map[string]string) (AuthOutput, error) {
	if err := require(parameters, paramUsername, paramPassword); err != nil {
		return AuthOutput{}, err
	}
	u, account, err := p.findAccount(ctx, parameters[paramUsername])
	if err != nil {
		return AuthOutput{}, err
	}
	correct, err := p.hasher.verify(ctx, u.Password, parameters[paramPassword])
	if err != nil {
		return AuthOutput{}, err
	}
	if !correct {
		p.failures.failed(account, p.now())
		return AuthOutput{}, notAuthorized(messageIncorrectSignIn)
	}
	p.failures.succeeded(account)
	return p.proved(ctx, u, uuid.NewString())
}

// findAccount returns the user who wants to sign in, and the account. An account
// that has to wait is refused.
func (p *Pool) findAccount(ctx context.Context, username string) (user, string, error) {
	u, account, err := p.account(ctx, username)
	if err == nil && p.failures.blocked(account, p.now()) {
		err = notAuthorized("Password attempts exceeded")
	}
	return u, account, err
}

// account returns the user of a name, without a sub if there is none, and what
// wrong passwords and codes are counted for: the user, whichever of its names is
// given, or else the name.
func (p *Pool) account(ctx context.Context, username string) (user, string, error) {
	u, err := p.findUser(ctx, username)
	if err != nil && !errors.Is(err, userNotFound()) {
		return u, "", err
	}
	if u.Sub != "" {
		return u, u.Sub, nil
	}
	return u, string(p.seal.mac("account", identity.Fold(username))), nil // of one length, however long the name is
}

// proved goes on with a user who has proved the password: with tokens, or with
// the challenge to choose another password.
func (p *Pool) proved(ctx context.Context, u user, originJTI string) (AuthOutput, error) {
	switch {
	case u.Disabled:
		return AuthOutput{}, notAuthorized("User is disabled.")
	case u.Status == StatusUnconfirmed:
		return AuthOutput{}, &Error{CodeUserNotConfirmed, "User is not confirmed."}
	case u.Password.Expires > 0 && p.now().UnixMilli() >= u.Password.Expires:
		return AuthOutput{}, notAuthorized("Temporary password has expired and must be reset by an administrator.")
	case u.Status == StatusForceChangePassword:
		return p.challengeNewPassword(u, originJTI)
	}
	u, s, refresh, err := p.beginSession(ctx, u.Sub, u.Generation, originJTI)
	if err != nil {
		return AuthOutput{}, err
	}
	tokens, err := p.issue(u, s, refresh)
	return AuthOutput{Tokens: &tokens}, err
}
