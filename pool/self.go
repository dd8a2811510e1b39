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
	if err := p.checkPrevious(ctx, p.accountOf(ctx, u), previous); err != nil {
		return err
	}
	stored, err := p.firstPassword(ctx, u.Sub, u.Username, proposed)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, u.Sub, func(now *user, c *storage.Commit) error {
		if now.Generation != u.Generation {
			return notAuthorized(messageRevokedAccess) // previous isn't the password any more
		}
		fresh := *stored
		now.Password, now.Code = &fresh, nil
		return p.endOtherSessions(ctx, now, c, t)
	})
	p.revoke(u.Sub, err)
	return err
}

// checkPrevious refuses a wrong password, and counts it as at a sign-in.
func (p *Pool) checkPrevious(ctx context.Context, acc account, previous string) error {
	err := p.checkPassword(ctx, acc, previous)
	if errors.Is(err, passwordLimit()) {
		return attemptLimit()
	}
	if err != nil {
		return err
	}
	return p.provedPassword(ctx, acc, true)
}

// GlobalSignOut ends all tokens and sessions of the user whose access token it is.
func (p *Pool) GlobalSignOut(ctx context.Context, accessToken string) error {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, u.Sub, func(u *user, _ *storage.Commit) error {
		u.endSessions()
		return nil
	})
	p.revoke(u.Sub, err)
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
	found := false
	err := p.commit(ctx, func() (storage.Commit, error) {
		s, old, err := p.getSession(ctx, t.sub.String(), t.originJTI.String())
		if errors.Is(err, storage.ErrNotFound) || err == nil && subtle.ConstantTimeCompare(s.Refresh, t.hash()) != 1 {
			return storage.Commit{}, nil
		}
		found = err == nil
		return storage.Commit{Writes: []storage.Write{{Old: &old}}}, err
	})
	if found { // a token that no user has makes nothing be looked up again
		p.revoke(t.sub.String(), err)
	}
	return err
}
