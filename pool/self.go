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
