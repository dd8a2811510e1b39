package pool

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"comanda/storage"
)

// ownerName is where the names table says whose accounts these are. It has spaces in
// it, so that no user can be called that.
const ownerName = "owner of the accounts"

// Owner tells with which [Keys] the accounts in a store were made, and shows
// none of them. Two are equal if the keys are of the same pool and have the same seal key. The
// zero value stands for a store that no pool has been opened in.
type Owner struct {
	PoolID string
	mac    string
}

// ForeignKeysError says that accounts were made with other keys: passwords and
// codes in the store couldn't be used, and tokens would be of another pool.
type ForeignKeysError struct {
	Keys  string // pool id in the keys
	Owner string // pool id of the accounts; "": not known
}

// Error says how the two differ.
func (e *ForeignKeysError) Error() string {
	switch e.Owner {
	case "":
		return "the passwords of the accounts are sealed with another key than that of user pool " + e.Keys
	case e.Keys:
		return "the keys are those of user pool " + e.Keys + ", as the accounts are, but with another seal key"
	}
	return "the keys are those of user pool " + e.Keys + ", and the accounts belong to user pool " + e.Owner
}

// Owner returns what a store says that a pool with these keys has been opened in.
func (k Keys) Owner() (Owner, error) {
	seal, err := newSealer(k.SealKey)
	if err != nil {
		return Owner{}, err
	}
	return Owner{k.PoolID, base64.StdEncoding.EncodeToString(seal.mac("owner", k.PoolID))}, nil
}

// Check returns a [*ForeignKeysError] unless the keys are the owner's. Accounts
// without an owner are for every pool.
func (o Owner) Check(k Keys) error {
	theirs, err := k.Owner()
	if err != nil || o == (Owner{}) || o == theirs {
		return err
	}
	return &ForeignKeysError{Keys: k.PoolID, Owner: o.PoolID}
}

// ReadOwner returns whose the accounts in a store are that has [Tables].
func ReadOwner(ctx context.Context, s storage.Store) (Owner, error) {
	r, err := s.Get(ctx, nameKey(ownerName))
	if errors.Is(err, storage.ErrNotFound) {
		return Owner{}, nil
	}
	if err != nil {
		return Owner{}, fmt.Errorf("read whose the accounts are: %w", err)
	}
	o, err := decode[owner](r)
	return Owner{o.PoolID, o.MAC}, err
}

// own makes the store this pool's, for ever, or returns a [*ForeignKeysError].
// Several processes may do so at once: a process with other keys than the first is
// refused, before it has written anything.
func (p *Pool) own(ctx context.Context) error {
	mine, err := p.config.Keys.Owner()
	if err != nil {
		return err
	}
	return p.commit(ctx, func() (storage.Commit, error) {
		found, err := ReadOwner(ctx, p.store)
		if err != nil {
			return storage.Commit{}, err
		}
		if found != (Owner{}) {
			return storage.Commit{}, found.Check(p.config.Keys)
		}
		if err := p.checkSeals(ctx); err != nil {
			return storage.Commit{}, err
		}
		r, err := encode(nameKey(ownerName), &owner{first, mine.PoolID, mine.mac})
		return storage.Commit{Writes: []storage.Write{{New: r}}}, err
	})
}

// checkSeals looks at accounts of a store that doesn't say yet whose they are,
// because they come from an earlier release: one password is proof enough.
func (p *Pool) checkSeals(ctx context.Context) error {
	page, err := p.store.Scan(ctx, usersTable, "", maxPage)
	if err != nil {
		return fmt.Errorf("look whose the accounts are: %w", err)
	}
	for _, r := range page.Records {
		u, err := decode[user](r)
		if err != nil {
			return err
		}
		if u.Password == nil {
			continue
		}
		if _, err := p.seal.open(u.Password.SRPVerifier, u.Sub); err != nil {
			return &ForeignKeysError{Keys: p.ID()}
		}
		return nil
	}
	return nil
}
