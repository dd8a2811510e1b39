package pool

import (
	"context"
	"time"
)

// Description is what administrators are told of a pool and its one client.
type Description struct {
	ID, ClientID string
	Created      time.Time // when its oldest signing key was made: nothing else is kept
	Policy       Policy
	SignUpClosed bool // only administrators create users
	Users        int  // in the pool now
	TokenTTL     time.Duration
	RefreshTTL   time.Duration
}

// Describe returns what there is to tell of the pool. It counts the users only if they
// are asked for, because it has to read them all.
func (p *Pool) Describe(ctx context.Context, countUsers bool) (Description, error) {
	d := Description{
		ID: p.ID(), ClientID: p.ClientID(), Created: p.config.Keys.Signing[0].Created, Policy: p.config.Policy,
		SignUpClosed: p.config.SignUpClosed,
		TokenTTL:     p.config.TokenTTL, RefreshTTL: p.config.RefreshTokenTTL,
	}
	if !countUsers {
		return d, nil
	}
	err := readAll(ctx, p.store, usersTable, func(user) error {
		d.Users++
		return nil
	})
	return d, err
}
