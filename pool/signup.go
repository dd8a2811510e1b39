package pool

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"time"

	"github.com/google/uuid"

	"comanda/identity"
	"comanda/storage"
)

// maxSignUps is how many sign-ups wait for their codes under one name.
const maxSignUps = 5

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

// SignUp creates an account that has to be confirmed, and sends it a code. A name
// that isn't confirmed yet belongs to no one: a further sign-up waits beside the ones
// before, each with its own password, attributes and code, and the first that is
// confirmed gets the name. Where sign-up is closed every input is refused alike.
func (p *Pool) SignUp(ctx context.Context, in SignUpInput) (SignUpOutput, error) {
	if p.config.SignUpClosed {
		return SignUpOutput{}, &Error{CodeNotAuthorized, "SignUp is not permitted for this user pool"}
	}
	fresh, err := p.newUser(in.Username, in.Attributes, false)
	if err != nil {
		return SignUpOutput{}, err
	}
	fresh.Status = StatusUnconfirmed
	if err := p.config.Policy.check(in.Password); err != nil {
		return SignUpOutput{}, err
	}
	leave, err := p.queue.enter(ctx)
	if err != nil {
		return SignUpOutput{}, err
	}
	defer leave()
	if err := p.reserveSignUp(ctx, fresh); err != nil {
		return SignUpOutput{}, err
	}
	u, err := p.signUp(ctx, fresh, in.Password)
	if err != nil {
		return SignUpOutput{}, err
	}
	delivery, err := p.send(ctx, p.signUpMessage(u, len(u.SignUps)-1))
	return SignUpOutput{Sub: u.Sub, Delivery: delivery}, err
}

func alreadyExists() error { return &Error{CodeUsernameExists, "User already exists"} }

// reserveSignUp counts a sign-up against the limits of its source and its address,
// unless the name is taken.
func (p *Pool) reserveSignUp(ctx context.Context, fresh user) error {
	if _, err := p.unconfirmed(ctx, fresh.Login); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reserveTimeout)
	defer cancel()
	return reserved(p.commit(ctx, func() (c storage.Commit, err error) {
		if email := fresh.Attributes[attributeEmail]; email != "" {
			err = p.countAddress(ctx, &c, email)
		}
		if err == nil {
			err = p.countSource(ctx, &c)
		}
		return c, err
	}))
}

// unconfirmed returns the user of a name, without a Sub if there is none. A name
// that a user has is refused.
func (p *Pool) unconfirmed(ctx context.Context, username string) (user, error) {
	u, err := p.findUser(ctx, username)
	switch {
	case errors.Is(err, userNotFound()):
		return user{}, nil
	case err == nil && (u.Status != StatusUnconfirmed || u.Disabled):
		return u, alreadyExists()
	}
	return u, err
}

// signUp stores a sign-up, beside those that wait under the same name.
func (p *Pool) signUp(ctx context.Context, fresh user, text string) (user, error) {
	for {
		found, err := p.unconfirmed(ctx, fresh.Login)
		if err != nil {
			return user{}, err
		}
		u := fresh
		if found.Sub != "" {
			u.Sub, u.Login, u.Username = found.Sub, found.Login, found.Username
		}
		if u.Password, err = p.newPassword(u.Sub, u.Username, text); err != nil {
			return user{}, err
		}
		u.SignUps = []signUp{{Source: p.sourceHash(ctx), Created: u.Created, Code: p.newCode(PurposeSignUp, codeBinding(u.Sub, u.Attributes, u.Password))}}
		if found.Sub != "" {
			return p.joinSignUps(ctx, u)
		}
		err = p.createUser(ctx, u, alreadyExists())
		if errors.Is(err, alreadyExists()) {
			continue // another sign-up under this name came between
		}
		return u, err
	}
}

// joinSignUps makes a sign-up the last of those that wait under a name.
func (p *Pool) joinSignUps(ctx context.Context, fresh user) (user, error) {
	return p.changeUser(ctx, fresh.Sub, func(u *user, _ *storage.Commit) error {
		if u.Status != StatusUnconfirmed || u.Disabled {
			return alreadyExists()
		}
		waiting := append(u.waitingSignUps(), fresh.SignUps[0])
		u.SignUps = waiting[max(0, len(waiting)-maxSignUps):]
		u.Password, u.Attributes, u.Code = fresh.Password, maps.Clone(fresh.Attributes), nil
		u.endSessions()
		return nil
	})
}

// waitingSignUps returns the sign-ups that wait, the last one with the user's password
// and attributes.
func (u *user) waitingSignUps() []signUp {
	waiting := append([]signUp(nil), u.SignUps...)
	if len(waiting) == 0 { // made by an earlier release
		waiting = []signUp{{Created: u.Created, Code: u.Code}}
	}
	last := &waiting[len(waiting)-1]
	last.Password, last.Attributes = u.Password, u.Attributes
	return waiting
}

// signUpMessage returns the message with the code of a sign-up that waits.
func (p *Pool) signUpMessage(u user, i int) Message {
	s := u.waitingSignUps()[i]
	return Message{
		Purpose: PurposeSignUp, Email: s.Attributes[attributeEmail], Username: u.Login, Asked: time.UnixMilli(s.Created).UTC(),
		Code: p.codeText(s.Code, codeBinding(u.Sub, s.Attributes, s.Password)),
	}
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
	u.Password, err = p.firstPassword(ctx, u.Sub, u.Username, text)
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

// ofSource returns the places of the sign-ups that a caller may mean: those from
// the caller's own source, and if there are none, all. A person who has signed up from
// here doesn't confirm a stranger's password with a code that came by the same mail.
func ofSource(waiting []signUp, source []byte) []int {
	var own, all []int
	for i, s := range waiting {
		all = append(all, i)
		if bytes.Equal(s.Source, source) {
			own = append(own, i)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}
