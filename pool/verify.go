package pool

import (
	"context"

	"comanda/storage"
)

// UpdateUserAttributes writes attributes of the user whose access token it is; an empty
// value removes one. Another e-mail address counts as unverified, and is sent a code for
// [Pool.VerifyUserAttribute]; then where it went is returned.
func (p *Pool) UpdateUserAttributes(ctx context.Context, accessToken string, attributes []Attribute) (*CodeDelivery, error) {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	changed, err := p.changeUser(ctx, u.Sub, func(u *user, _ *storage.Commit) error {
		if err := setAttributes(u, attributes, false); err != nil {
			return err
		}
		return p.checkTokenSize(*u)
	})
	if err != nil || changed.Attributes[attributeEmail] == u.Attributes[attributeEmail] {
		return nil, err
	}
	return p.sendAttributeCode(ctx, changed)
}

// DeleteUserAttributes removes attributes of the user whose access token it is.
func (p *Pool) DeleteUserAttributes(ctx context.Context, accessToken string, names []string) error {
	removed := make([]Attribute, len(names))
	for i, n := range names {
		removed[i] = Attribute{Name: n}
	}
	_, err := p.UpdateUserAttributes(ctx, accessToken, removed)
	return err
}

// SendAttributeCode sends the user whose access token it is a code that proves an attribute,
// which can be the e-mail address only.
func (p *Pool) SendAttributeCode(ctx context.Context, accessToken, attribute string) (*CodeDelivery, error) {
	u, _, err := p.accessToken(ctx, accessToken)
	switch {
	case err != nil:
		return nil, err
	case attribute != attributeEmail:
		return nil, invalidParameter("Only the attribute email can be verified by a code.")
	case u.Attributes[attributeEmail] == "":
		return nil, invalidParameter("User does not have an email address.")
	}
	return p.sendAttributeCode(ctx, u)
}

// sendAttributeCode sends a code to the address of u.
func (p *Pool) sendAttributeCode(ctx context.Context, u user) (*CodeDelivery, error) {
	if u.Attributes[attributeEmail] == "" {
		return nil, nil
	}
	acc, text, binding := p.accountOf(ctx, u), "", codeBinding(u.Sub, u.Attributes, nil)
	err := p.reserveCode(ctx, acc, func(a *attempts) {
		a.Verify = p.renewCode(a.Verify, PurposeVerify, binding)
		text = p.codeText(a.Verify, binding)
	})
	if err != nil {
		return nil, err
	}
	return p.send(ctx, Message{Purpose: PurposeVerify, Email: u.Attributes[attributeEmail], Username: u.Login, Code: text, Asked: p.now()})
}

// accountOf returns the account of a user who has been read.
func (p *Pool) accountOf(ctx context.Context, u user) account {
	return account{user: u, key: p.attemptsKey("user", u.Sub), source: p.sourceHash(ctx)}
}

// VerifyUserAttribute proves the e-mail address of the user whose access token it is, by
// the code that was sent there.
func (p *Pool) VerifyUserAttribute(ctx context.Context, accessToken, attribute, text string) error {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	if attribute != attributeEmail {
		return invalidParameter("Only the attribute email can be verified by a code.")
	}
	acc := p.accountOf(ctx, u)
	if err := p.reserve(ctx, acc, func(_ *attempts, c *class) error { return c.tryCode(p.now()) }); err != nil {
		return err
	}
	_, err = p.changeUser(ctx, u.Sub, func(u *user, c *storage.Commit) error {
		w, err := p.changeAttempts(ctx, acc.key, func(a *attempts) error {
			switch binding := codeBinding(u.Sub, u.Attributes, nil); {
			case !p.live(a.Verify):
				return &Error{CodeExpiredCode, messageExpiredCode}
			case !p.isCode(a.Verify, u.Sub, binding, text):
				return wrongCode()
			}
			a.Verify = nil
			a.class(acc.source).codeWasRight()
			return nil
		})
		c.Writes = append(c.Writes, w)
		u.Attributes[attributeEmailVerified] = "true"
		return err
	})
	return err
}

// DeleteUser removes the user whose access token it is, as [Pool.AdminDeleteUser] does.
func (p *Pool) DeleteUser(ctx context.Context, accessToken string) error {
	u, _, err := p.accessToken(ctx, accessToken)
	if err != nil {
		return err
	}
	return p.deleteUser(ctx, u.Sub)
}

// AdminUserGlobalSignOut ends all tokens and sessions of a user.
func (p *Pool) AdminUserGlobalSignOut(ctx context.Context, username string) error {
	sub := ""
	err := p.changeNamed(ctx, username, func(u *user) error {
		sub = u.Sub
		u.endSessions()
		return nil
	})
	p.revoke(sub, err)
	return err
}

// AdminResetUserPassword makes a user's password useless, ends all sessions, and sends a
// code with which [Pool.ConfirmForgotPassword] sets another.
func (p *Pool) AdminResetUserPassword(ctx context.Context, username string) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	u, err := p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
		if !u.recoverable() {
			return invalidParameter("Cannot reset password for the user as there is no registered/verified email or phone_number")
		}
		u.Status = StatusResetRequired
		u.endSessions()
		return nil
	})
	p.revoke(sub, err)
	if err != nil {
		return err
	}
	acc, text, binding := p.accountOf(ctx, u), "", codeBinding(u.Sub, u.Attributes, u.Password)
	err = p.reserveCode(ctx, acc, func(a *attempts) {
		a.Reset = p.renewCode(a.Reset, PurposeReset, binding)
		text = p.codeText(a.Reset, binding)
	})
	if err != nil {
		return err
	}
	_, err = p.send(ctx, Message{Purpose: PurposeReset, Email: u.Attributes[attributeEmail], Username: u.Login, Code: text, Asked: p.now()})
	return err
}
