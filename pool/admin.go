package pool

import (
	"context"
	"errors"

	"comanda/storage"
)

// MessageAction says what [Pool.AdminCreateUser] does about the invitation.
type MessageAction string

// The message actions, named as in the API.
const (
	MessageSend     MessageAction = ""         // sends an invitation to the new user
	MessageSuppress MessageAction = "SUPPRESS" // sends nothing
	MessageResend   MessageAction = "RESEND"   // sends a new temporary password to a user who hasn't used the last
)

// sessionsPerDeletion leaves room in a commit for the user and its names.
const sessionsPerDeletion = storage.MaxWrites - 10

// AdminCreateUserInput is the input of [Pool.AdminCreateUser].
type AdminCreateUserInput struct {
	Username          string
	TemporaryPassword string // "": generated, and known to the invited user only
	Attributes        []Attribute
	MessageAction     MessageAction
}

// AdminCreateUser creates a user who has to choose a password at the first
// sign-in. The temporary password is good for seven days.
func (p *Pool) AdminCreateUser(ctx context.Context, in AdminCreateUserInput) (User, error) {
	text := in.TemporaryPassword
	if text == "" {
		text = p.config.Policy.generate()
	}
	if err := p.config.Policy.check(text); err != nil {
		return User{}, err
	}
	var (
		u   user
		err error
	)
	switch in.MessageAction {
	case MessageSend, MessageSuppress:
		u, err = p.invite(ctx, in, text)
	case MessageResend:
		u, err = p.reinvite(ctx, in, text)
	default:
		err = invalidParameter("MessageAction should be RESEND or SUPPRESS.")
	}
	if err != nil {
		return User{}, err
	}
	if in.MessageAction != MessageSuppress {
		_, err = p.send(ctx, Message{
			Purpose: PurposeInvitation, Email: u.Attributes[attributeEmail], Username: u.Login, Code: text, Asked: p.now(),
		})
	}
	return u.view(), err
}

func (p *Pool) invite(ctx context.Context, in AdminCreateUserInput, text string) (user, error) {
	u, err := p.newUser(in.Username, in.Attributes, true)
	if err != nil {
		return user{}, err
	}
	exists := &Error{CodeUsernameExists, "User account already exists"}
	if err := p.makeWay(ctx, in.Username); err != nil {
		return user{}, err
	}
	if err := p.setFirstPassword(ctx, &u, text, exists); err != nil {
		return user{}, err
	}
	p.makeTemporary(&u)
	p.keepInvitation(&u, in, text)
	return u, p.createUser(ctx, u, exists)
}

// makeWay removes a user of this name whom only a sign-up has made, and who hasn't
// been confirmed.
func (p *Pool) makeWay(ctx context.Context, username string) error {
	found, err := p.findUser(ctx, username)
	if err == nil && found.Status == StatusUnconfirmed && !found.Disabled {
		err = p.deleteUser(ctx, found.Sub)
	}
	if errors.Is(err, userNotFound()) {
		return nil
	}
	return err
}

// keepInvitation keeps a generated password for [Pool.PendingCodes] when nothing
// delivers it and the administrator hasn't chosen it.
func (p *Pool) keepInvitation(u *user, in AdminCreateUserInput, text string) {
	if p.config.Sender == nil && in.TemporaryPassword == "" && in.MessageAction != MessageSuppress {
		u.Invitation = p.sealCode(PurposeInvitation, u.Sub, text)
	}
}

func (p *Pool) reinvite(ctx context.Context, in AdminCreateUserInput, text string) (user, error) {
	state := &Error{CodeUnsupportedUserState, "The user has chosen a password already."}
	return p.replacePassword(ctx, in.Username, text, func(u *user) error {
		if u.Status != StatusForceChangePassword {
			return state
		}
		p.makeTemporary(u)
		p.keepInvitation(u, in, text)
		return nil
	})
}

// makeTemporary has u choose another password at the next sign-in.
func (p *Pool) makeTemporary(u *user) {
	u.Status = StatusForceChangePassword
	u.Password.Expires = p.now().Add(PurposeInvitation.Validity()).UnixMilli()
}

// replacePassword gives a user a new password, ends all sessions, and lets
// finish set the status.
func (p *Pool) replacePassword(ctx context.Context, username, text string, finish func(*user) error) (user, error) {
	before, err := p.findUser(ctx, username)
	if err != nil {
		return user{}, err
	}
	stored, err := p.firstPassword(ctx, before.Sub, before.Username, text)
	if err != nil {
		return user{}, err
	}
	u, err := p.changeUser(ctx, before.Sub, func(u *user, c *storage.Commit) error {
		w, err := p.changeAttempts(ctx, p.attemptsKey("user", u.Sub), func(a *attempts) error {
			a.forgive()
			return nil
		})
		c.Writes = append(c.Writes, w)
		fresh := *stored
		u.Password, u.Code, u.SignUps, u.Invitation = &fresh, nil, nil, nil
		u.endSessions()
		return errors.Join(err, finish(u))
	})
	p.revoke(before.Sub, err)
	return u, err
}

// AdminSetUserPassword gives a user a password, permanent or to be changed at
// the next sign-in, and ends all sessions.
func (p *Pool) AdminSetUserPassword(ctx context.Context, username, text string, permanent bool) error {
	if err := p.config.Policy.check(text); err != nil {
		return err
	}
	_, err := p.replacePassword(ctx, username, text, func(u *user) error {
		if !permanent {
			p.makeTemporary(u)
			return nil
		}
		u.Status = StatusConfirmed
		return nil
	})
	return err
}

// AdminGetUser returns a user.
func (p *Pool) AdminGetUser(ctx context.Context, username string) (User, error) {
	u, err := p.findUser(ctx, username)
	return u.view(), err
}

// AdminDeleteUser removes a user, the names that it has, and its sessions. All
// its tokens end at once, and a later user of the same name gets another sub.
func (p *Pool) AdminDeleteUser(ctx context.Context, username string) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	return p.deleteUser(ctx, sub)
}

func (p *Pool) deleteUser(ctx context.Context, sub string) error {
	for {
		more := false
		err := p.commit(ctx, func() (c storage.Commit, err error) {
			c, more, err = p.deletion(ctx, sub)
			return c, err
		})
		p.revoke(sub, err)
		if err != nil || !more {
			return err
		}
	}
}

// deletion returns the commit that removes a user with its sessions, or, when
// these are more than a commit can hold, some of the sessions, and true. The
// user goes last, so that a deletion that failed halfway can be repeated.
func (p *Pool) deletion(ctx context.Context, sub string) (c storage.Commit, more bool, err error) {
	u, old, err := p.getUser(ctx, sub)
	if err != nil {
		return c, false, err
	}
	page, err := p.store.Query(ctx, storage.Query{Table: sessionsTable, Partition: sub, Limit: sessionsPerDeletion})
	if err != nil {
		return c, false, err
	}
	for i := range page.Records {
		c.Writes = append(c.Writes, storage.Write{Old: &page.Records[i]})
	}
	if page.Next != "" && len(page.Records) > 0 {
		return c, true, nil
	}
	c.Writes = append(c.Writes, storage.Write{Old: &old})
	if _, tried, err := p.readAttempts(ctx, p.attemptsKey("user", sub)); err != nil {
		return c, false, err
	} else if tried != nil {
		c.Writes = append(c.Writes, storage.Write{Old: tried})
	}
	for _, text := range u.names() {
		if err := p.release(ctx, &c, text); err != nil {
			return c, false, err
		}
	}
	return c, false, nil
}

// FirstAdministrator creates the user "admin" in the administrators' group, with
// a generated permanent password, when the pool has no user at all. It returns
// the password, which is stored nowhere, and whether it created the user.
func (p *Pool) FirstAdministrator(ctx context.Context) (username, password string, created bool, err error) {
	page, err := p.store.Scan(ctx, usersTable, "", 1)
	if err != nil || len(page.Records) > 0 {
		return "", "", false, err
	}
	username, password = "admin", p.config.Policy.generate()
	u, err := p.newUser(username, nil, true)
	if err != nil {
		return "", "", false, err
	}
	u.Status = StatusConfirmed
	u.Groups = []string{p.config.AdminGroup}
	exists := &Error{CodeUsernameExists, "User account already exists"}
	if err = p.setFirstPassword(ctx, &u, password, exists); err == nil {
		err = p.createUser(ctx, u, exists)
	}
	if errors.Is(err, exists) {
		return "", "", false, nil // another process was faster
	}
	if err != nil {
		return "", "", false, err
	}
	return username, password, true, nil
}
