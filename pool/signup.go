package pool

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"comanda/identity"
	"comanda/storage"
)

// SignUpInput is the input of [Pool.SignUp].
type SignUpInput struct {
	Username   string
	Password   string
	Attributes []Attribute
}

// SignUpOutput is the output of [Pool.SignUp].
type SignUpOutput struct {
	Sub       string
	Confirmed bool          // always false: a code or an administrator confirms
	Delivery  *CodeDelivery // nil without an e-mail address
}

// SignUp creates an account that has to be confirmed, and sends it a code.
func (p *Pool) SignUp(ctx context.Context, in SignUpInput) (SignUpOutput, error) {
	u, err := p.newUser(in.Username, in.Attributes, false)
	if err != nil {
		return SignUpOutput{}, err
	}
	u.Status = StatusUnconfirmed
	if err := p.config.Policy.check(in.Password); err != nil {
		return SignUpOutput{}, err
	}
	exists := &Error{CodeUsernameExists, "User already exists"}
	if err := p.setFirstPassword(ctx, &u, in.Password, exists); err != nil {
		return SignUpOutput{}, err
	}
	var text string
	text, u.Code = p.newCode(u.Sub, PurposeSignUp)
	if err := p.createUser(ctx, u, exists); err != nil {
		return SignUpOutput{}, err
	}
	delivery, err := p.send(ctx, u, PurposeSignUp, text)
	return SignUpOutput{Sub: u.Sub, Delivery: delivery}, err
}

// setFirstPassword gives a password to a user who isn't stored yet. It looks
// first whether the name is taken, which is cheaper to find out than a hash.
func (p *Pool) setFirstPassword(ctx context.Context, u *user, text string, exists error) error {
	_, err := p.findSub(ctx, u.Login)
	if err == nil {
		return exists
	}
	if !errors.Is(err, userNotFound()) {
		return err
	}
	u.Password, err = p.newPassword(ctx, u.Sub, u.Username, text)
	return err
}

// ConfirmSignUp confirms an account, and its e-mail address, by the code that
// was sent there. For a user who doesn't exist the answer is that of a code that
// has expired.
func (p *Pool) ConfirmSignUp(ctx context.Context, username, confirmation string) error {
	sub, err := p.findSub(ctx, username)
	if err == nil {
		var refused error
		_, err = p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
			if u.Status != StatusUnconfirmed {
				return notAuthorized("User cannot be confirmed. Current status is " + string(u.Status))
			}
			// A refusal is stored as well: it counts the wrong codes.
			if refused = p.useCode(u, PurposeSignUp, confirmation); refused == nil {
				u.confirm()
			}
			return nil
		})
		if err == nil {
			return refused
		}
	}
	if errors.Is(err, userNotFound()) {
		return &Error{CodeExpiredCode, messageExpiredCode}
	}
	return err
}

// confirm makes u a user whose e-mail address, if there is one, has been proved.
func (u *user) confirm() {
	u.Status = StatusConfirmed
	if u.Attributes[attributeEmail] != "" {
		u.Attributes[attributeEmailVerified] = "true"
	}
}

// AdminConfirmSignUp confirms an account without a code. It says nothing about
// the e-mail address, which stays unverified.
func (p *Pool) AdminConfirmSignUp(ctx context.Context, username string) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
		if u.Status != StatusUnconfirmed {
			return notAuthorized("User cannot be confirmed. Current status is " + string(u.Status))
		}
		u.Status, u.Code = StatusConfirmed, nil
		return nil
	})
	return err
}

// newUser returns a user who isn't stored yet and has no password.
func (p *Pool) newUser(username string, attributes []Attribute, byAdmin bool) (user, error) {
	if err := checkUsername(username); err != nil {
		return user{}, err
	}
	now := p.now().UnixMilli()
	u := user{
		Sub: uuid.NewString(), Login: username, Username: username, Attributes: make(map[string]string),
		Created: now, Modified: now, Generation: 1,
	}
	if identity.IsEmail(username) {
		u.Username = u.Sub
	}
	if err := setAttributes(&u, attributes, byAdmin); err != nil {
		return user{}, err
	}
	return u, p.checkTokenSize(u)
}
