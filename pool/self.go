package pool

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"

	"comanda/storage"
)

// GetUser returns the user whose access token it is.
func (p *Pool) GetUser(ctx context.Context, accessToken string) (User, error) {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return User{}, err
	}
	return u.view(), nil
}

// ChangePassword replaces the password of the user whose access token it is, and
// ends all its sessions but the one of that token, which goes on, together with
// the ID token that was issued beside it.
func (p *Pool) ChangePassword(ctx context.Context, accessToken, previous, proposed string) error {
	u, t, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	if err := p.config.Policy.check(proposed); err != nil {
		return err
	}
	if err := p.checkPrevious(ctx, u, previous); err != nil {
		return err
	}
	stored, err := p.newPassword(ctx, u.Sub, u.Username, proposed)
	if err != nil {
		return err
	}
	defer p.revoke()
	_, err = p.changeUser(ctx, u.Sub, func(now *user, c *storage.Commit) error {
		if now.Generation != u.Generation {
			return notAuthorized(messageRevokedAccess) // previous isn't the password any more
		}
		fresh := *stored
		now.Password, now.Code = &fresh, nil
		return p.endOtherSessions(ctx, now, c, t)
	})
	return err
}

// checkPrevious refuses a wrong password, and counts it as at a sign-in.
func (p *Pool) checkPrevious(ctx context.Context, u user, previous string) error {
	if p.failures.blocked(u.Sub, p.now()) {
		return attemptLimit()
	}
	correct, err := p.hasher.verify(ctx, u.Password, previous)
	if err != nil {
		return err
	}
	if !correct {
		p.failures.failed(u.Sub, p.now())
		return notAuthorized(messageIncorrectSignIn)
	}
	p.failures.succeeded(u.Sub)
	return nil
}

// GlobalSignOut ends all tokens and sessions of the user whose access token it is.
func (p *Pool) GlobalSignOut(ctx context.Context, accessToken string) error {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	defer p.revoke()
	_, err = p.changeUser(ctx, u.Sub, func(u *user, _ *storage.Commit) error {
		u.endSessions()
		return nil
	})
	return err
}

// RevokeToken ends the session of a refresh token, with all ID and access tokens
// that descend from the same sign-in. A token that is of no use, or not any
// more, is no error (RFC 7009 section 2.2); another kind of token is.
func (p *Pool) RevokeToken(ctx context.Context, token string) error {
	if strings.Count(token, ".") == 2 {
		return &Error{CodeUnsupportedTokenType, "Only refresh tokens can be revoked."}
	}
	t, ok := parseRefreshToken(token)
	if !ok {
		return nil
	}
	defer p.revoke()
	return p.commit(ctx, func() (storage.Commit, error) {
		s, old, err := p.getSession(ctx, t.sub.String(), t.originJTI.String())
		if errors.Is(err, storage.ErrNotFound) || err == nil && subtle.ConstantTimeCompare(s.Refresh, t.hash()) != 1 {
			return storage.Commit{}, nil
		}
		return storage.Commit{Writes: []storage.Write{{Old: &old}}}, err
	})
}
