package pool

import (
	"context"
	"errors"

	"comanda/identity"
	"comanda/storage"
)

// ResendConfirmationCode sends the code of a sign-up anew; the one before is of
// no use then. Whether a user exists, or is disabled, can't be told from the
// answer, which is then that of a code that was sent. An account is sent five
// codes in an hour at most.
func (p *Pool) ResendConfirmationCode(ctx context.Context, username string) (*CodeDelivery, error) {
	u, err := p.askForCode(ctx, username)
	switch {
	case err != nil:
		return nil, err
	case u.Sub == "" || u.Disabled:
		return p.pretendDelivery(username), nil
	}
	return p.sendNewCode(ctx, u.Sub, username, PurposeSignUp, func(u *user) error {
		switch {
		case u.Status != StatusUnconfirmed:
			return invalidParameter("User is already confirmed.")
		case u.Attributes[attributeEmail] == "":
			return invalidParameter("Cannot resend codes. Auto verification not turned on.")
		}
		return nil
	})
}

// ForgotPassword sends a code with which [Pool.ConfirmForgotPassword] sets
// another password. Only a confirmed user with a verified address gets one. For
// everybody else, known or not, the answer is the same, and nothing is sent.
func (p *Pool) ForgotPassword(ctx context.Context, username string) (*CodeDelivery, error) {
	u, err := p.askForCode(ctx, username)
	if err != nil {
		return nil, err
	}
	if u.Sub == "" {
		return p.pretendDelivery(username), nil
	}
	delivery, err := p.sendNewCode(ctx, u.Sub, username, PurposeReset, func(u *user) error {
		if !u.recoverable() {
			return userNotFound() // as far as anybody can tell
		}
		return nil
	})
	if errors.Is(err, userNotFound()) {
		return p.pretendDelivery(username), nil
	}
	return delivery, err
}

// recoverable reports whether a code by mail may replace the password of u.
func (u *user) recoverable() bool {
	return u.Status == StatusConfirmed && !u.Disabled &&
		u.Attributes[attributeEmail] != "" && u.Attributes[attributeEmailVerified] == "true"
}

// askForCode returns the user that somebody wants a code for, without a sub if
// there is none, and counts the wish.
func (p *Pool) askForCode(ctx context.Context, username string) (user, error) {
	u, account, err := p.account(ctx, username)
	if err != nil {
		return u, err
	}
	if !p.sent.take(account, p.now()) {
		return u, attemptLimit()
	}
	return u, nil
}

// sendNewCode replaces the code of a user that may accepts, and sends it.
func (p *Pool) sendNewCode(ctx context.Context, sub, username string, purpose Purpose, may func(*user) error) (*CodeDelivery, error) {
	var text string
	u, err := p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
		if err := may(u); err != nil {
			return err
		}
		text, u.Code = p.newCode(u.Sub, purpose)
		return nil
	})
	if err != nil {
		return nil, err
	}
	delivery, err := p.send(ctx, u, purpose, text)
	if err == nil && identity.IsEmail(username) {
		delivery.Destination = maskEmail(username) // as for an address that nobody has, in the asker's spelling
	}
	return delivery, err
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
// has sent, and ends all sessions. Whatever is wrong, the answer is that of a
// wrong code, after the same computations, whether the user exists or not.
func (p *Pool) ConfirmForgotPassword(ctx context.Context, username, confirmation, text string) error {
	if err := p.config.Policy.check(text); err != nil {
		return err
	}
	found, _, err := p.account(ctx, username)
	if err == nil && found.Sub == "" {
		found, err = p.decoy(username)
	}
	if err != nil {
		return err
	}
	stored, err := p.newPassword(ctx, found.Sub, found.Username, text)
	if err != nil {
		return err
	}
	wrong := &Error{CodeCodeMismatch, messageInvalidCode}
	if found.Sub == "" {
		return wrong
	}
	defer p.revoke()
	err = p.resetByCode(ctx, found.Sub, confirmation, stored)
	if refused := (*Error)(nil); errors.As(err, &refused) {
		return wrong
	}
	if err == nil {
		p.failures.succeeded(found.Sub)
	}
	return err
}

// resetByCode stores a password if the code is right. A wrong code is counted.
func (p *Pool) resetByCode(ctx context.Context, sub, confirmation string, stored *password) error {
	var refused error
	_, err := p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
		if !u.recoverable() {
			return &Error{CodeExpiredCode, messageExpiredCode}
		}
		refused = p.useCode(u, PurposeReset, confirmation)
		switch {
		case errors.Is(refused, &Error{Code: CodeCodeMismatch}):
			return nil // to be stored with its count
		case refused != nil:
			return refused
		}
		fresh := *stored
		u.Password = &fresh
		u.endSessions()
		return nil
	})
	if err != nil {
		return err
	}
	return refused
}
