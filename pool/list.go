package pool

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"comanda/storage"
)

// maxScans is how often one call reads on in the store when few users match.
const maxScans = 20

// ListUsersInput is the input of [Pool.ListUsers].
type ListUsersInput struct {
	Limit           int      // up to 60; 0: 60
	PaginationToken string   // of the page before; "" for the first
	Filter          string   // attribute = "value" or attribute ^= "prefix"; "" for all users
	AttributesToGet []string // empty: all
}

// ListUsers returns a page of users in no promised order, and the token of the
// next page, "" after the last. A page may be short, even empty, and still have a
// next one.
func (p *Pool) ListUsers(ctx context.Context, in ListUsersInput) ([]User, string, error) {
	matches := func(user) bool { return true }
	if in.Filter != "" {
		f, err := parseFilter(in.Filter)
		if err != nil {
			return nil, "", err
		}
		if name, ok := f.name(); ok && in.PaginationToken == "" {
			return p.listOne(ctx, name, f, in.AttributesToGet)
		}
		matches = f.matches
	}
	users, next, err := p.scanUsers(ctx, in.PaginationToken, in.Limit, matches)
	return views(users, in.AttributesToGet), next, err
}

// ListUsersInGroupInput is the input of [Pool.ListUsersInGroup].
type ListUsersInGroupInput struct {
	GroupName string
	Limit     int    // up to 60; 0: 60
	NextToken string // of the page before; "" for the first
}

// ListUsersInGroup returns a page of the users in a group, and the token of the
// next page, as [Pool.ListUsers] does.
func (p *Pool) ListUsersInGroup(ctx context.Context, in ListUsersInGroupInput) ([]User, string, error) {
	if _, err := p.getGroup(ctx, in.GroupName); err != nil {
		return nil, "", err
	}
	users, next, err := p.scanUsers(ctx, in.NextToken, in.Limit, func(u user) bool {
		_, found := slices.BinarySearch(u.Groups, in.GroupName)
		return found
	})
	return views(users, nil), next, err
}

// listOne returns the user of a name if it passes the filter.
func (p *Pool) listOne(ctx context.Context, name string, f filter, attributes []string) ([]User, string, error) {
	u, err := p.findUser(ctx, name)
	switch {
	case errors.Is(err, userNotFound()) || err == nil && !f.matches(u):
		return nil, "", nil
	case err != nil:
		return nil, "", err
	}
	return views([]user{u}, attributes), "", nil
}

// scanUsers reads users from where a page ended, until enough match, a good part
// of them does, or it has read often enough.
func (p *Pool) scanUsers(ctx context.Context, after string, limit int, matches func(user) bool) ([]user, string, error) {
	if limit < 0 || limit > maxPage {
		return nil, "", invalidParameter("Limit should be 0 to 60.")
	}
	if limit == 0 {
		limit = maxPage
	}
	cursor, err := base64.RawURLEncoding.Strict().DecodeString(after)
	if err != nil {
		return nil, "", invalidParameter("Invalid pagination token.")
	}
	var users []user
	next := storage.Cursor(cursor)
	for range maxScans {
		page, err := p.store.Scan(ctx, usersTable, next, limit-len(users))
		if errors.Is(err, storage.ErrCursor) {
			return nil, "", invalidParameter("Invalid pagination token.")
		}
		if err != nil {
			return nil, "", err
		}
		if users, err = appendMatching(users, page.Records, matches); err != nil {
			return nil, "", err
		}
		if next = page.Next; next == "" || 2*len(users) >= limit {
			break
		}
	}
	return users, base64.RawURLEncoding.EncodeToString([]byte(next)), nil
}

func appendMatching(users []user, records []storage.Record, matches func(user) bool) ([]user, error) {
	for _, r := range records {
		u, err := decode[user](r)
		if err != nil {
			return nil, err
		}
		if matches(u) {
			users = append(users, u)
		}
	}
	return users, nil
}

// views shows users with the attributes that were asked for.
func views(users []user, attributes []string) []User {
	out := make([]User, 0, len(users))
	for _, u := range users {
		out = append(out, u.view().only(attributes))
	}
	return out
}

// only leaves the attributes that were asked for.
func (u User) only(names []string) User {
	if len(names) > 0 {
		u.Attributes = slices.DeleteFunc(u.Attributes, func(a Attribute) bool { return !slices.Contains(names, a.Name) })
	}
	return u
}
