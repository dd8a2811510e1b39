package pool

import (
	"context"
	"slices"

	"comanda/identity"
	"comanda/storage"
)

// AdminDisableUser keeps a user from signing in, and ends all its tokens and
// sessions at once.
func (p *Pool) AdminDisableUser(ctx context.Context, username string) error {
	sub := ""
	err := p.changeNamed(ctx, username, func(u *user) error {
		sub = u.Sub
		u.Disabled = true
		u.endSessions()
		return nil
	})
	p.revoke(sub, err)
	return err
}

// AdminEnableUser lets a user who was disabled sign in again. Tokens from before
// stay dead.
func (p *Pool) AdminEnableUser(ctx context.Context, username string) error {
	return p.changeNamed(ctx, username, func(u *user) error {
		u.Disabled = false
		return nil
	})
}

// AdminUpdateUserAttributes writes attributes of a user; an empty value removes
// one. An address counts as unverified unless the same call says otherwise, and a
// code that went to the old one is of no use. A user who signs in with an address
// does so with the new one from then on.
func (p *Pool) AdminUpdateUserAttributes(ctx context.Context, username string, attributes []Attribute) error {
	for _, a := range attributes {
		if err := checkMutable(a.Name); err != nil {
			return err
		}
	}
	return p.changeNamed(ctx, username, func(u *user) error {
		for _, a := range attributes {
			if a.Name == attributeEmail && identity.IsEmail(a.Value) && identity.IsEmail(u.Login) {
				u.Login = a.Value
			}
		}
		if err := setAttributes(u, attributes, true); err != nil {
			return err
		}
		return p.checkTokenSize(*u)
	})
}

// AdminDeleteUserAttributes removes attributes of a user.
func (p *Pool) AdminDeleteUserAttributes(ctx context.Context, username string, names []string) error {
	for _, n := range names {
		if err := checkMutable(n); err != nil {
			return err
		}
		if !slices.Contains(clientAttributes, n) && !slices.Contains(adminAttributes, n) {
			return invalidParameter("Attributes did not conform to the schema: an attribute is not in the schema.")
		}
	}
	return p.changeNamed(ctx, username, func(u *user) error {
		for _, n := range names {
			if n == attributeEmail {
				if identity.IsEmail(u.Login) {
					return invalidParameter("The email attribute should be the same as the username.")
				}
				u.forgetProof()
			}
			delete(u.Attributes, n)
		}
		return nil
	})
}

// checkMutable refuses attributes that stay what they were when the user was
// created. One of them names the user in our records: another value would hand
// over another user's orders.
func checkMutable(name string) error {
	if name == identity.ClaimComandaID {
		return invalidParameter("user." + name + ": Attribute cannot be updated.")
	}
	if name == attributeSub {
		return invalidParameter("Cannot modify an immutable attribute: sub.")
	}
	return nil
}

// changeNamed changes the user of a name.
func (p *Pool) changeNamed(ctx context.Context, username string, decide func(*user) error) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error { return decide(u) })
	return err
}
