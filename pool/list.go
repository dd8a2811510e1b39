package pool

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"comanda/storage"
)

// ListUsersInput is the input of [Pool.ListUsers].
type ListUsersInput struct {
	Limit           int      // up to 60; 0: 60
	PaginationToken string   // of the page before; "" for the first
	Filter          string   // must be "": there are no filters yet
	AttributesToGet []string // empty: all
}

// ListUsers returns a page of users in no promised order, and the token of the
// next page, "" after the last. A page may be short and still have a next one.
func (p *Pool) ListUsers(ctx context.Context, in ListUsersInput) ([]User, string, error) {
	if in.Filter != "" {
		return nil, "", invalidParameter("Filter is not supported, list all users instead.")
	}
	if in.Limit < 0 || in.Limit > maxPage {
		return nil, "", invalidParameter("Limit should be 0 to 60.")
	}
	if in.Limit == 0 {
		in.Limit = maxPage
	}
	invalidToken := invalidParameter("Invalid pagination token.")
	cursor, err := base64.RawURLEncoding.Strict().DecodeString(in.PaginationToken)
	if err != nil {
		return nil, "", invalidToken
	}
	page, err := p.store.Scan(ctx, usersTable, storage.Cursor(cursor), in.Limit)
	if errors.Is(err, storage.ErrCursor) {
		return nil, "", invalidToken
	}
	if err != nil {
		return nil, "", err
	}
	users := make([]User, 0, len(page.Records))
	for _, r := range page.Records {
		u, err := decode[user](r)
		if err != nil {
			return nil, "", err
		}
		users = append(users, u.view().only(in.AttributesToGet))
	}
	return users, base64.RawURLEncoding.EncodeToString([]byte(page.Next)), nil
}

// only leaves the attributes that were asked for.
func (u User) only(names []string) User {
	if len(names) > 0 {
		u.Attributes = slices.DeleteFunc(u.Attributes, func(a Attribute) bool { return !slices.Contains(names, a.Name) })
	}
	return u
}
