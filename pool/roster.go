package pool

import (
	"context"
	"fmt"
	"slices"

	"comanda/storage"
)

// Account is a user with what another user pool needs to know beside the
// attributes.
type Account struct {
	User
	Sub    string
	Login  string   // the username as it was given, perhaps an e-mail address
	Groups []string // sorted
}

// ReadAccounts calls do with every user in a store that has [Tables], in no
// promised order. Unlike a [Pool] it needs no keys and writes nothing. It stops
// at an error of do and returns it.
func ReadAccounts(ctx context.Context, s storage.Store, do func(Account) error) error {
	return readAll(ctx, s, usersTable, func(u user) error {
		return do(Account{User: u.view(), Sub: u.Sub, Login: u.Login, Groups: slices.Clone(u.Groups)})
	})
}

// ReadGroups returns all groups in a store that has [Tables].
func ReadGroups(ctx context.Context, s storage.Store) ([]Group, error) {
	var groups []Group
	err := readAll(ctx, s, groupsTable, func(g group) error {
		groups = append(groups, g.view())
		return nil
	})
	return groups, err
}

func readAll[T any, P documentOf[T]](ctx context.Context, s storage.Store, table string, do func(T) error) error {
	for r, err := range storage.All(ctx, s, table) {
		if err != nil {
			return fmt.Errorf("read the user pool: %w", err)
		}
		document, err := decode[T, P](r)
		if err != nil {
			return err
		}
		if err := do(document); err != nil {
			return err
		}
	}
	return nil
}
