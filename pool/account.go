package pool

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"comanda/identity"
	"comanda/storage"
)

const (
	// sharedAttempts is the number of records that count what is tried at names that
	// no user has. It is fixed, so that made-up names fill nothing and push nothing out.
	sharedAttempts = 1 << 16

	reserveTimeout = 2 * time.Second
)

// account is the user that a caller names, and what the caller's tries are counted
// on. What is done with it is the same whether the user exists or not.
type account struct {
	user   user        // without a Sub when no user is called so
	key    storage.Key // of the attempts
	source []byte      // keyed hash of where the caller is
}

// account reads the user of a name. For a name that no user has it takes the
// same steps, so that time tells nothing either.
func (p *Pool) account(ctx context.Context, username string) (account, error) {
	a := account{source: p.sourceHash(ctx)}
	u, err := p.findUser(ctx, username)
	switch {
	case err == nil:
		a.user, a.key = u, p.attemptsKey("user", u.Sub)
		return a, nil
	case !errors.Is(err, userNotFound()):
		return a, err
	}
	folded := identity.Fold(username)
	a.key = p.sharedKey("name", folded)
	if !isSub(username) { // a user is read after its name
		if _, _, err := p.getUser(ctx, p.decoySub(folded)); err != nil && !errors.Is(err, userNotFound()) {
			return a, err
		}
	}
	_, err = decode[user](p.decoy) // as after reading one
	return a, err
}

// inTurn reads the user of a name, and returns when it is the caller's turn to try
// something there. The caller calls leave when it is done.
func (p *Pool) inTurn(ctx context.Context, username string) (acc account, leave func(), err error) {
	if acc, err = p.account(ctx, username); err == nil {
		leave, err = p.queue.enter(ctx)
	}
	return acc, leave, err
}

// sourceHash identifies the host that a call comes from, without telling it.
func (p *Pool) sourceHash(ctx context.Context) []byte {
	return p.seal.mac("source", identity.SourceFrom(ctx).Host)[:16]
}

// attemptsKey returns where attempts are counted that are about what parts say.
func (p *Pool) attemptsKey(parts ...string) storage.Key {
	mac := p.seal.mac(append([]string{"attempts"}, parts...)...)
	return storage.Key{Table: attemptsTable, Partition: base64.RawURLEncoding.EncodeToString(mac[:16])}
}

// sharedKey returns one of a fixed number of places for things that strangers can
// make up: names, addresses, sources.
func (p *Pool) sharedKey(kind, text string) storage.Key {
	n := binary.BigEndian.Uint64(p.seal.mac("shared "+kind, text)) % sharedAttempts
	return p.attemptsKey("shared "+kind, strconv.FormatUint(n, 10))
}

// readAttempts reads what was tried at an account. r is nil when nothing was.
func (p *Pool) readAttempts(ctx context.Context, key storage.Key) (a attempts, r *storage.Record, err error) {
	record, err := p.store.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return attempts{}, nil, nil
	}
	if err != nil {
		return attempts{}, nil, err
	}
	a, err = decode[attempts](record)
	return a, &record, err
}

// passwordAllowed refuses an account whose class has to wait, without a write and
// without a place in the queue.
func (p *Pool) passwordAllowed(ctx context.Context, acc account) error {
	a, _, err := p.readAttempts(ctx, acc.key)
	if err == nil && a.class(acc.source).blocked(p.now()) {
		err = passwordLimit()
	}
	return err
}

// reserve counts a try before it is looked at, with one conditional write: however
// many are tried at once, and in however many processes, no more are looked at than
// try lets through. A refused one writes nothing.
func (p *Pool) reserve(ctx context.Context, acc account, try func(*attempts, *class) error) error {
	ctx, cancel := context.WithTimeout(ctx, reserveTimeout)
	defer cancel()
	return reserved(p.commit(ctx, func() (storage.Commit, error) {
		w, err := p.changeAttempts(ctx, acc.key, func(a *attempts) error { return try(a, a.class(acc.source)) })
		return storage.Commit{Writes: []storage.Write{w}}, err
	}))
}

// reserved turns the failure of a reservation into what the caller is answered: a
// try that couldn't be counted in time isn't looked at, and may be made again.
func reserved(err error) error {
	again := errors.Is(err, storage.ErrBusy) || errors.Is(err, storage.ErrUnknown) || errors.Is(err, context.DeadlineExceeded)
	if !again || errors.Is(err, storage.ErrFull) {
		return err
	}
	return &causedError{Error{CodeTooManyRequests, messageTooManyRequests}, err}
}

// changeAttempts returns the write by which change alters attempts.
func (p *Pool) changeAttempts(ctx context.Context, key storage.Key, change func(*attempts) error) (storage.Write, error) {
	a, old, err := p.readAttempts(ctx, key)
	if err == nil {
		err = change(&a)
	}
	if err != nil {
		return storage.Write{}, err
	}
	a.Format = documentFormat
	r, err := encode(key, &a)
	return storage.Write{Old: old, New: r}, err
}

// tryPassword reserves the try of a password.
func (p *Pool) tryPassword(ctx context.Context, acc account) error {
	return p.reserve(ctx, acc, func(_ *attempts, c *class) error { return c.tryPassword(p.now()) })
}

// provedPassword takes the try back that was the right password. Where the caller is
// becomes known as a source of the account's owner if the password lets the caller in.
func (p *Pool) provedPassword(ctx context.Context, acc account, letIn bool) error {
	return p.reserve(ctx, acc, func(a *attempts, c *class) error {
		if letIn {
			a.signedIn(acc.source, p.now())
		} else {
			c.Failures = max(0, c.Failures-1)
		}
		return nil
	})
}
