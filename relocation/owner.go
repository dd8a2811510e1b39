package relocation

import (
	"context"
	"fmt"

	"comanda/installation"
	"comanda/pool"
)

// carried returns the keys that come with the accounts of a copy, if there are any.
func (m Move) carried(from *side) (keys pool.Keys, known bool, err error) {
	if m.Keys != "" {
		keys, err = installation.KeysFile(m.Keys)
		return keys, true, err
	}
	return from.keys, from.dir != nil, nil
}

// checkCarried refuses accounts that come with keys that aren't theirs.
func (m Move) checkCarried(ctx context.Context, from *side) error {
	keys, known, err := m.carried(from)
	if err != nil || !known {
		return err
	}
	owner, err := pool.ReadOwner(ctx, from.Store)
	if err != nil {
		return err
	}
	if err := owner.Check(keys); err != nil {
		place := "data directory " + m.From.Traits().Directory
		if m.Keys != "" {
			place = "--keys " + m.Keys
		}
		return fmt.Errorf("%s: %w: give the keys.json that belongs to the accounts, or --identity none", place, err)
	}
	return nil
}

// checkOwner refuses a destination that has another user pool, be it in the keys
// of its directory or in its tables. On DynamoDB keys aren't at hand, and what the
// tables say about their owner is compared with them, or with what the source's say.
func (m Move) checkOwner(ctx context.Context, from, to *side) error {
	keys, known, err := m.carried(from)
	if err != nil {
		return err
	}
	theirs, err := pool.ReadOwner(ctx, to.Store)
	if err != nil {
		return err
	}
	mine, err := pool.ReadOwner(ctx, from.Store)
	if known {
		mine, err = keys.Owner()
	}
	if err != nil || mine == (pool.Owner{}) {
		return err
	}
	const remedy = "copy to a new place, or give --identity none"
	if to.dir != nil {
		if err := mine.Check(to.keys); err != nil {
			return fmt.Errorf("data directory %s has the keys of another user pool: %w: %s", m.To.Traits().Directory, err, remedy)
		}
	}
	if theirs != (pool.Owner{}) && theirs != mine {
		return fmt.Errorf("%v has the accounts of another user pool, %s, or of servers with another seal key than that of %s: %s", m.To, theirs.PoolID, mine.PoolID, remedy)
	}
	return nil
}
