package pool

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"comanda/storage"
)

// GetGroup returns a group.
func (p *Pool) GetGroup(ctx context.Context, groupName string) (Group, error) {
	r, err := p.getGroup(ctx, groupName)
	if err != nil {
		return Group{}, err
	}
	g, err := decode[group](r)
	return g.view(), err
}

// ListGroups returns a page of all groups by name, and the token of the next page, ""
// after the last. There are as many groups as restaurants, at most: all are read.
func (p *Pool) ListGroups(ctx context.Context, limit int, pageToken string) ([]Group, string, error) {
	after, err := base64.RawURLEncoding.Strict().DecodeString(pageToken)
	if err != nil || limit < 0 || limit > maxPage {
		return nil, "", invalidParameter("Limit or NextToken is not valid.")
	}
	all, err := ReadGroups(ctx, p.store)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	i, found := slices.BinarySearchFunc(all, string(after), func(g Group, name string) int { return strings.Compare(g.Name, name) })
	if found {
		i++
	}
	if limit == 0 {
		limit = maxPage
	}
	if page := all[i:]; len(page) > limit {
		return page[:limit], base64.RawURLEncoding.EncodeToString([]byte(page[limit-1].Name)), nil
	}
	return all[i:], "", nil
}

// DeleteGroup removes a group, and then takes its members out of it, whose tokens end at
// once. A deletion that failed halfway can be repeated: no user can join meanwhile.
func (p *Pool) DeleteGroup(ctx context.Context, groupName string) error {
	err := p.commit(ctx, func() (storage.Commit, error) {
		r, err := p.getGroup(ctx, groupName)
		return storage.Commit{Writes: []storage.Write{{Old: &r}}}, err
	})
	absent := errors.Is(err, &Error{Code: CodeResourceNotFound})
	if err != nil && !absent {
		return err
	}
	members, sweepErr := p.leaveAll(ctx, groupName)
	switch {
	case sweepErr != nil:
		return sweepErr
	case absent && members == 0:
		return err
	}
	return nil
}

// leaveAll takes every member out of a group and returns how many there were.
func (p *Pool) leaveAll(ctx context.Context, groupName string) (members int, err error) {
	err = readAll(ctx, p.store, usersTable, func(u user) error {
		if _, found := slices.BinarySearch(u.Groups, groupName); !found {
			return nil
		}
		members++
		err := p.leave(ctx, u.Sub, groupName)
		if errors.Is(err, userNotFound()) {
			return nil
		}
		return err
	})
	return members, err
}

// leave takes a user out of a group, and ends the tokens that name it.
func (p *Pool) leave(ctx context.Context, sub, groupName string) error {
	_, err := p.changeUser(ctx, sub, func(u *user, _ *storage.Commit) error {
		if i, found := slices.BinarySearch(u.Groups, groupName); found {
			u.Groups = slices.Delete(u.Groups, i, i+1)
			u.endTokens()
		}
		return nil
	})
	p.revoke(sub, err)
	return err
}
