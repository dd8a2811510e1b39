package pool

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"comanda/identity"
	"comanda/storage"
)

// Status is a user's place in the life of an account.
type Status string

// The statuses, named as in the API.
const (
	StatusUnconfirmed         Status = "UNCONFIRMED"           // signed up, and not confirmed yet
	StatusConfirmed           Status = "CONFIRMED"             // may sign in
	StatusForceChangePassword Status = "FORCE_CHANGE_PASSWORD" // has a temporary password
	StatusResetRequired       Status = "RESET_REQUIRED"        // has to choose a password by a code that was sent
)

// User is a user as administrators see it.
type User struct {
	Username   string // cognito:username
	Attributes []Attribute
	Created    time.Time
	Modified   time.Time
	Enabled    bool
	Status     Status
}

func (u user) view() User {
	return User{
		Username:   u.Username,
		Attributes: u.attributes(),
		Created:    time.UnixMilli(u.Created).UTC(),
		Modified:   time.UnixMilli(u.Modified).UTC(),
		Enabled:    !u.Disabled,
		Status:     u.Status,
	}
}

// endTokens ends all ID and access tokens of u; its sessions can be refreshed.
func (u *user) endTokens() { u.Generation++ }

// endSessions ends all tokens and all sessions of u.
func (u *user) endSessions() {
	u.Generation++
	u.SessionsFrom = u.Generation
}

// findSub returns the sub of the user that username stands for: a username, a
// verified e-mail address or a sub.
func (p *Pool) findSub(ctx context.Context, username string) (string, error) {
	if isSub(username) {
		return strings.ToLower(username), nil
	}
	key := nameKey(identity.Fold(username))
	if username == "" || len(key.Partition) > storage.MaxPartition {
		return "", userNotFound()
	}
	r, err := p.store.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return "", userNotFound()
	}
	if err != nil {
		return "", err
	}
	n, err := decode[name](r)
	if err == nil && n.Sub == "" {
		err = userNotFound() // it is what ownerName stands for
	}
	return n.Sub, err
}

// getUser reads a user by sub.
func (p *Pool) getUser(ctx context.Context, sub string) (user, storage.Record, error) {
	r, err := p.store.Get(ctx, userKey(sub))
	if errors.Is(err, storage.ErrNotFound) {
		return user{}, r, userNotFound()
	}
	if err != nil {
		return user{}, r, err
	}
	u, err := decode[user](r)
	return u, r, err
}

// findUser reads a user by username, verified e-mail address or sub.
func (p *Pool) findUser(ctx context.Context, username string) (user, error) {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return user{}, err
	}
	u, _, err := p.getUser(ctx, sub)
	return u, err
}

// createUser stores a new user together with the names that it claims.
func (p *Pool) createUser(ctx context.Context, u user, exists error) error {
	return p.commit(ctx, func() (storage.Commit, error) {
		r, err := encodeUser(u)
		if err != nil {
			return storage.Commit{}, err
		}
		c := storage.Commit{Writes: []storage.Write{{New: r}}}
		for _, text := range u.names() {
			_, err := p.store.Get(ctx, nameKey(text))
			if err == nil {
				return storage.Commit{}, exists
			}
			if !errors.Is(err, storage.ErrNotFound) {
				return storage.Commit{}, err
			}
			if err := claim(&c, text, u.Sub); err != nil {
				return storage.Commit{}, err
			}
		}
		return c, nil
	})
}

func claim(c *storage.Commit, text, sub string) error {
	r, err := encodeName(text, sub)
	if err != nil {
		return err
	}
	c.Writes = append(c.Writes, storage.Write{New: r})
	return nil
}

// changeUser reads the user with this sub, lets decide change it and the commit,
// and stores it with the names that it claims from now on. It returns the user
// as stored. decide is called again when another writer was faster.
func (p *Pool) changeUser(ctx context.Context, sub string, decide func(u *user, c *storage.Commit) error) (user, error) {
	var changed user
	err := p.commit(ctx, func() (storage.Commit, error) {
		before, old, err := p.getUser(ctx, sub)
		if err != nil {
			return storage.Commit{}, err
		}
		changed = before.clone()
		var c storage.Commit
		if err := decide(&changed, &c); err != nil {
			return storage.Commit{}, err
		}
		changed.Modified = max(p.now().UnixMilli(), before.Modified)
		r, err := encodeUser(changed)
		if err != nil {
			return storage.Commit{}, err
		}
		c.Writes = append(c.Writes, storage.Write{Old: &old, New: r})
		err = p.moveNames(ctx, &c, before, changed)
		return c, err
	})
	return changed, err
}

// moveNames adds to c what changes between the names of before and after.
func (p *Pool) moveNames(ctx context.Context, c *storage.Commit, before, after user) error {
	was, is := before.names(), after.names()
	for _, text := range was {
		if slices.Contains(is, text) {
			continue
		}
		if err := p.release(ctx, c, text); err != nil {
			return err
		}
	}
	for _, text := range is {
		if slices.Contains(was, text) {
			continue
		}
		_, err := p.store.Get(ctx, nameKey(text))
		if err == nil {
			return &Error{CodeAliasExists, "An account with the email already exists."}
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err := claim(c, text, after.Sub); err != nil {
			return err
		}
	}
	return nil
}

// release adds to c that a claimed name is free again.
func (p *Pool) release(ctx context.Context, c *storage.Commit, text string) error {
	r, err := p.store.Get(ctx, nameKey(text))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Writes = append(c.Writes, storage.Write{Old: &r})
	return nil
}

// newPassword computes everything that is stored of a password for a user. The
// caller has a slot of the queue.
func (p *Pool) newPassword(sub, username, text string) (*password, error) {
	stored := p.hasher.hash(text)
	stored.SRPSalt = newSRPSalt()
	seal := func(id string) ([]byte, error) {
		v, err := p.srp.verifier(stored.SRPSalt, p.name(), id, text)
		if err != nil {
			return nil, err
		}
		return p.seal.seal(v.Bytes(), sub), nil
	}
	var err error
	if stored.SRPVerifier, err = seal(username); err != nil || username == sub {
		return stored, err
	}
	if stored.SRPSub, err = seal(sub); err != nil {
		return nil, err
	}
	if folded := identity.Fold(username); folded != username {
		stored.SRPFolded, err = seal(folded)
	}
	return stored, err
}

// firstPassword computes what is stored of a password, when it is the caller's turn.
func (p *Pool) firstPassword(ctx context.Context, sub, username, text string) (*password, error) {
	leave, err := p.queue.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return p.newPassword(sub, username, text)
}

// name returns the pool's name as the password protocol uses it: what follows
// the region in the pool's id.
func (p *Pool) name() string {
	_, name, _ := strings.Cut(p.ID(), "_")
	return name
}
