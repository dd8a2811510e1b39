package pool

import (
	"context"
	"errors"

	"comanda/identity"
	"comanda/storage"
)

// ForgotPassword sends a code with which [Pool.ConfirmForgotPassword] sets
// another password. Only a confirmed user with a verified address gets one. For
// everybody else, known or not, the same is stored and answered, and nothing is sent.
func (p *Pool) ForgotPassword(ctx context.Context, username string) (*CodeDelivery, error) {
	acc, leave, err := p.inTurn(ctx, username)
	if err != nil {
		return nil, err
	}
	defer leave()
	var text string
	binding := resetBinding(acc)
	err = p.reserveCode(ctx, acc, func(a *attempts) {
		a.Reset = p.renewCode(a.Reset, PurposeReset, binding)
		text = p.codeText(a.Reset, binding)
	})
	if err != nil {
		return nil, err
	}
	pretended := p.pretendDelivery(username)
	if !acc.user.recoverable() {
		return pretended, nil
	}
	delivery, err := p.send(ctx, Message{
		Purpose: PurposeReset, Email: acc.user.Attributes[attributeEmail], Username: acc.user.Login, Code: text, Asked: p.now(),
	})
	if err != nil { // an answer would tell that there is such an account
		p.config.Logger.ErrorContext(ctx, "a code was not delivered", "purpose", string(PurposeReset), "error", Cause(err).Error())
		return pretended, nil
	}
	if identity.IsEmail(username) {
		delivery.Destination = maskEmail(username) // as for an address that no account has, in the asker's spelling
	}
	return delivery, nil
}

// resetBinding is what a code that replaces a password is good for.
func resetBinding(acc account) string {
	return codeBinding(acc.user.Sub, acc.user.Attributes, acc.user.Password)
}

// recoverable reports whether a code by mail may replace the password of u.
func (u *user) recoverable() bool {
	return u.Sub != "" && (u.Status == StatusConfirmed || u.Status == StatusResetRequired) && !u.Disabled &&
		u.Attributes[attributeEmail] != "" && u.Attributes[attributeEmailVerified] == "true"
}

// reserveCode counts a code that is about to be sent, for the account and for the
// source of the call, and lets change the attempts in the same write.
func (p *Pool) reserveCode(ctx context.Context, acc account, change func(*attempts)) error {
	ctx, cancel := context.WithTimeout(ctx, reserveTimeout)
	defer cancel()
	return reserved(p.commit(ctx, func() (c storage.Commit, err error) {
		w, err := p.changeAttempts(ctx, acc.key, func(a *attempts) error {
			if err := a.class(acc.source).send(p.now()); err != nil {
				return err
			}
			change(a)
			return nil
		})
		if err == nil {
			c.Writes = append(c.Writes, w)
			err = p.countSource(ctx, &c)
		}
		return c, err
	}))
}

// pretendDelivery is the answer about a code that isn't sent, the same one for
// the same name.
func (p *Pool) pretendDelivery(username string) *CodeDelivery {
	email := username
	if !identity.IsEmail(username) {
		mac := p.seal.mac("delivery", identity.Fold(username))
		email = string(lowercase[int(mac[0])%len(lowercase)]) + "@" + string(lowercase[int(mac[1])%len(lowercase)])
	}
	return &CodeDelivery{Destination: maskEmail(email), Medium: "EMAIL", Attribute: attributeEmail}
}

// ConfirmForgotPassword sets a password by the code that [Pool.ForgotPassword]
// has sent, and ends all sessions. What is wrong is answered alike, after the same
// steps, whether the user exists or not.
func (p *Pool) ConfirmForgotPassword(ctx context.Context, username, confirmation, text string) error {
	if err := p.config.Policy.check(text); err != nil {
		return err
	}
	acc, leave, err := p.inTurn(ctx, username)
	if err != nil {
		return err
	}
	defer leave()
	right := false
	err = p.reserve(ctx, acc, func(a *attempts, c *class) error {
		right = p.isReset(acc.user, *a, confirmation)
		return c.tryCode(p.now())
	})
	if errors.Is(err, &Error{Code: CodeTooManyFailedAttempts}) {
		return wrongCode()
	}
	if err != nil {
		return err
	}
	if !right || !acc.user.recoverable() {
		return wrongCode()
	}
	stored, err := p.newPassword(acc.user.Sub, acc.user.Username, text)
	if err != nil {
		return err
	}
	return p.resetByCode(ctx, acc, confirmation, stored)
}

func wrongCode() error { return &Error{CodeCodeMismatch, messageInvalidCode} }

// isReset reports whether text is the code that replaces the password of u.
func (p *Pool) isReset(u user, a attempts, text string) bool {
	binding := codeBinding(u.Sub, u.Attributes, u.Password)
	if p.isCode(a.Reset, u.Sub, binding, text) {
		return true
	}
	return u.Code != nil && u.Code.Purpose == PurposeReset && p.isCode(u.Code, u.Sub, binding, text) // of an earlier release
}

// resetByCode stores a password if the code is still right, and takes the code away.
func (p *Pool) resetByCode(ctx context.Context, acc account, confirmation string, stored *password) error {
	_, err := p.changeUser(ctx, acc.user.Sub, func(u *user, c *storage.Commit) error {
		w, err := p.changeAttempts(ctx, acc.key, func(a *attempts) error {
			if !u.recoverable() || !p.isReset(*u, *a, confirmation) {
				return wrongCode()
			}
			a.Reset = nil
			a.forgive()
			a.class(acc.source).codeWasRight()
			return nil
		})
		c.Writes = append(c.Writes, w)
		fresh := *stored
		u.Password, u.Code, u.Status = &fresh, nil, StatusConfirmed
		u.endSessions()
		return err
	})
	p.revoke(acc.user.Sub, err)
	if errors.Is(err, userNotFound()) {
		return wrongCode()
	}
	return err
}
