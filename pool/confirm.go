package pool

import (
	"context"
	"maps"

	"comanda/storage"
)

// ConfirmSignUp confirms an account, and its e-mail address, by the code that
// was sent there. The password and the attributes are from then on those of the
// sign-up that the code was sent for. For a user who doesn't exist the answer is that of
// a code that has expired.
func (p *Pool) ConfirmSignUp(ctx context.Context, username, confirmation string) error {
	acc, leave, err := p.inTurn(ctx, username)
	if err != nil {
		return err
	}
	defer leave()
	if err := p.reserve(ctx, acc, func(_ *attempts, c *class) error { return c.tryCode(p.now()) }); err != nil {
		return err
	}
	if acc.user.Sub == "" || acc.user.Disabled {
		return &Error{CodeExpiredCode, messageExpiredCode}
	}
	_, err = p.changeUser(ctx, acc.user.Sub, func(u *user, c *storage.Commit) error {
		if u.Status != StatusUnconfirmed {
			return cannotConfirm(u.Status)
		}
		if err := p.confirm(u, acc.source, confirmation); err != nil {
			return err
		}
		w, err := p.changeAttempts(ctx, acc.key, func(a *attempts) error {
			a.class(acc.source).codeWasRight()
			return nil
		})
		c.Writes = append(c.Writes, w)
		return err
	})
	return err
}

func cannotConfirm(s Status) error {
	return notAuthorized("User cannot be confirmed. Current status is " + string(s))
}

// confirm makes u a user whose e-mail address, if there is one, has been proved, by
// the sign-up whose code it is.
func (p *Pool) confirm(u *user, source []byte, text string) error {
	waiting, expired := u.waitingSignUps(), true
	for _, i := range ofSource(waiting, source) {
		s := waiting[i]
		if !p.live(s.Code) {
			continue
		}
		expired = false
		if !p.isCode(s.Code, u.Sub, codeBinding(u.Sub, s.Attributes, s.Password), text) {
			continue
		}
		u.Status, u.SignUps, u.Code = StatusConfirmed, nil, nil
		u.Password, u.Attributes = s.Password, maps.Clone(s.Attributes)
		if u.Attributes[attributeEmail] != "" {
			u.Attributes[attributeEmailVerified] = "true"
		}
		return nil
	}
	if expired {
		return &Error{CodeExpiredCode, messageExpiredCode}
	}
	return &Error{CodeCodeMismatch, messageInvalidCode}
}

// AdminConfirmSignUp confirms the latest sign-up of a name without a code. It says
// nothing about the e-mail address, which stays unverified.
func (p *Pool) AdminConfirmSignUp(ctx context.Context, username string) error {
	return p.changeNamed(ctx, username, func(u *user) error {
		if u.Status != StatusUnconfirmed {
			return cannotConfirm(u.Status)
		}
		u.Status, u.Code, u.SignUps = StatusConfirmed, nil, nil
		return nil
	})
}

// ResendConfirmationCode sends the code of a sign-up again. Whether a user exists, or
// is disabled, can't be told from the answer, which is then that of a code that was sent.
// Five codes in an hour are sent at most.
func (p *Pool) ResendConfirmationCode(ctx context.Context, username string) (*CodeDelivery, error) {
	acc, leave, err := p.inTurn(ctx, username)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := p.reserveCode(ctx, acc, func(*attempts) {}); err != nil {
		return nil, err
	}
	switch u := acc.user; {
	case u.Sub == "" || u.Disabled:
		return p.pretendDelivery(username), nil
	case u.Status != StatusUnconfirmed:
		return nil, invalidParameter("User is already confirmed.")
	case u.Attributes[attributeEmail] == "":
		return nil, invalidParameter("Cannot resend codes. Auto verification not turned on.")
	}
	delivery, err := p.resend(ctx, acc)
	if delivery == nil && err == nil {
		delivery = p.pretendDelivery(username)
	}
	return delivery, err
}

// resend sends the code of the caller's sign-up again. When others wait beside it and
// none is from where the caller is, it can't be told whose the code would be, and
// none is sent: signing up again from there helps.
func (p *Pool) resend(ctx context.Context, acc account) (*CodeDelivery, error) {
	waiting := acc.user.waitingSignUps()
	may := ofSource(waiting, acc.source)
	i := may[len(may)-1]
	if len(waiting) > 1 && len(may) == len(waiting) && !sameSource(waiting) {
		return nil, nil
	}
	code := p.renewSignUpCode(acc.user, waiting[i])
	if code == waiting[i].Code {
		return p.send(ctx, p.signUpMessage(acc.user, i))
	}
	u, err := p.changeUser(ctx, acc.user.Sub, func(u *user, _ *storage.Commit) error {
		if u.Status != StatusUnconfirmed || len(u.waitingSignUps()) != len(waiting) {
			return tooManyRequests() // it has changed while this was decided
		}
		again := u.waitingSignUps()
		again[i].Code = code
		again[len(again)-1].Password, again[len(again)-1].Attributes = nil, nil
		u.SignUps, u.Code = again, nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p.send(ctx, p.signUpMessage(u, i))
}

// renewSignUpCode returns the code to send for a sign-up.
func (p *Pool) renewSignUpCode(u user, s signUp) *code {
	return p.renewCode(s.Code, PurposeSignUp, codeBinding(u.Sub, s.Attributes, s.Password))
}

// sameSource reports whether all sign-ups come from one source.
func sameSource(waiting []signUp) bool {
	return len(ofSource(waiting, waiting[0].Source)) == len(waiting)
}
