package pool

import (
	"context"
	"time"
)

// PendingCode is a code that waits for its user.
type PendingCode struct {
	Username string    `json:"username"`        // as it was given
	Email    string    `json:"email,omitempty"` // that the code belongs to
	Purpose  Purpose   `json:"purpose"`         // what it does
	Code     string    `json:"code"`            // six digits, or a temporary password
	Asked    time.Time `json:"asked,omitzero"`  // of a sign-up: when its password was chosen
	Expires  time.Time `json:"expires"`         // when it is of no use any more
}

// PendingCodes returns the codes that users can use at the moment, for an operator who
// tells them: of one user by name, or, with "", a page of all users' and the token of the
// next page, "" after the last.
func (p *Pool) PendingCodes(ctx context.Context, username, pageToken string) ([]PendingCode, string, error) {
	var (
		users []user
		next  string
		err   error
	)
	if username != "" {
		u, findErr := p.findUser(ctx, username)
		users, err = []user{u}, findErr
	} else {
		users, next, err = p.scanUsers(ctx, pageToken, 0, func(user) bool { return true })
	}
	if err != nil {
		return nil, "", err
	}
	var pending []PendingCode
	for _, u := range users {
		codes, err := p.pendingOf(ctx, u)
		if err != nil {
			return nil, "", err
		}
		pending = append(pending, codes...)
	}
	return pending, next, nil
}

// pendingOf returns the codes of one user.
func (p *Pool) pendingOf(ctx context.Context, u user) ([]PendingCode, error) {
	var pending []PendingCode
	add := func(c *code, binding, email string, asked time.Time) {
		if text := p.codeText(c, binding); text != "" {
			pending = append(pending, PendingCode{
				Username: u.Login, Email: email, Purpose: c.Purpose, Code: text, Asked: asked, Expires: time.UnixMilli(c.Expires).UTC(),
			})
		}
	}
	if u.Status == StatusUnconfirmed {
		for _, s := range u.waitingSignUps() {
			add(s.Code, codeBinding(u.Sub, s.Attributes, s.Password), s.Attributes[attributeEmail], time.UnixMilli(s.Created).UTC())
		}
	}
	email := u.Attributes[attributeEmail]
	add(u.Invitation, u.Sub, email, time.Time{})
	a, _, err := p.readAttempts(ctx, p.attemptsKey("user", u.Sub))
	if err == nil {
		add(a.Verify, codeBinding(u.Sub, u.Attributes, nil), email, time.Time{})
	}
	if err == nil && u.recoverable() {
		add(a.Reset, codeBinding(u.Sub, u.Attributes, u.Password), email, time.Time{})
	}
	return pending, err
}
