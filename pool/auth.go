package pool

import (
	"context"

	"github.com/google/uuid"
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

// passwordAuth signs in with username and password. A caller who doesn't know the
// password learns the same, after the same work, whether the user exists or not.
func (p *Pool) passwordAuth(ctx context.Context, parameters map[string]string) (AuthOutput, error) {
	if err := require(parameters, paramUsername, paramPassword); err != nil {
		return AuthOutput{}, err
	}
	acc, err := p.account(ctx, parameters[paramUsername])
	if err != nil {
		return AuthOutput{}, err
	}
	if err := p.checkPassword(ctx, acc, parameters[paramPassword]); err != nil {
		return AuthOutput{}, err
	}
	return p.proved(ctx, acc, uuid.NewString())
}

// checkPassword refuses a wrong password, and counts it. The account's tries are
// counted before their passwords are looked at.
func (p *Pool) checkPassword(ctx context.Context, acc account, text string) error {
	leave, err := p.enter(ctx, acc)
	if err != nil {
		return err
	}
	defer leave()
	if err := p.tryPassword(ctx, acc); err != nil {
		return err
	}
	if !p.hasher.verify(acc.user.Password, text) {
		return notAuthorized(messageIncorrectSignIn)
	}
	return nil
}

// enter waits for a slot to look at a password. An account that has to wait is refused
// before that, so that what is tried at it takes no place from others.
func (p *Pool) enter(ctx context.Context, acc account) (leave func(), err error) {
	if err := p.passwordAllowed(ctx, acc); err != nil {
		return nil, err
	}
	return p.queue.enter(ctx)
}

// proved goes on with a user who has proved the password: with tokens, or with
// the challenge to choose another password.
func (p *Pool) proved(ctx context.Context, acc account, originJTI string) (AuthOutput, error) {
	u := acc.user
	barred := p.barred(u)
	if err := p.provedPassword(ctx, acc, barred == nil); err != nil {
		return AuthOutput{}, err
	}
	switch {
	case barred != nil:
		return AuthOutput{}, barred
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

// barred says why a user can't sign in whose password is right, or returns nil.
func (p *Pool) barred(u user) error {
	switch {
	case u.Disabled:
		return notAuthorized("User is disabled.")
	case u.Status == StatusUnconfirmed:
		return &Error{CodeUserNotConfirmed, "User is not confirmed."}
	case u.Status == StatusResetRequired:
		return &Error{CodePasswordReset, "Password reset required for the user"}
	case u.Password.Expires > 0 && p.now().UnixMilli() >= u.Password.Expires:
		return notAuthorized("Temporary password has expired and must be reset by an administrator.")
	}
	return nil
}
