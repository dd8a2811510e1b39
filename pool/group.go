package pool

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"comanda/storage"
)

const (
	maxGroupName     = 128 // characters
	maxGroupsPerUser = 100 // Amazon Cognito's quota
	maxPage          = 60  // of lists in the API
)

// Group is a group as administrators see it.
type Group struct {
	Name        string
	Description string
	RoleARN     string
	Precedence  *int
	Created     time.Time
	Modified    time.Time
}

func (g group) view() Group {
	return Group{
		Name: g.Name, Description: g.Description, RoleARN: g.RoleARN, Precedence: g.Precedence,
		Created: time.UnixMilli(g.Created).UTC(), Modified: time.UnixMilli(g.Modified).UTC(),
	}
}

func checkGroupName(name string) error {
	n := utf8.RuneCountInString(name)
	if n == 0 || n > maxGroupName || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) }) {
		return invalidParameter("Group name should be 1 to 128 characters without white space.")
	}
	return nil
}

// CreateGroupInput is the input of [Pool.CreateGroup].
type CreateGroupInput struct {
	Name        string
	Description string
	RoleARN     string // kept and shown; nothing here assumes roles
	Precedence  *int
}

// CreateGroup creates a group, or answers GroupExistsException.
func (p *Pool) CreateGroup(ctx context.Context, in CreateGroupInput) (Group, error) {
	if err := checkGroupName(in.Name); err != nil {
		return Group{}, err
	}
	now := p.now().UnixMilli()
	g := group{
		Name: in.Name, Description: in.Description, RoleARN: in.RoleARN, Precedence: in.Precedence,
		Created: now, Modified: now,
	}
	err := p.commit(ctx, func() (storage.Commit, error) {
		_, err := p.store.Get(ctx, groupKey(in.Name))
		if err == nil {
			return storage.Commit{}, &Error{CodeGroupExists, "A group with the name already exists."}
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return storage.Commit{}, err
		}
		r, err := encodeGroup(g)
		return storage.Commit{Writes: []storage.Write{{New: r}}}, err
	})
	return g.view(), err
}

// EnsureGroup creates a group unless it exists.
func (p *Pool) EnsureGroup(ctx context.Context, name string) error {
	_, err := p.CreateGroup(ctx, CreateGroupInput{Name: name})
	if errors.Is(err, &Error{Code: CodeGroupExists}) {
		return nil
	}
	return err
}

// AdminAddUserToGroup puts a user into a group. The user's next tokens have it.
func (p *Pool) AdminAddUserToGroup(ctx context.Context, username, groupName string) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	_, err = p.changeUser(ctx, sub, func(u *user, c *storage.Commit) error {
		if err := p.joinGroup(ctx, u, c, groupName); err != nil {
			return err
		}
		return p.checkTokenSize(*u)
	})
	return err
}

// joinGroup adds the group to u, and to c that the group must still exist.
func (p *Pool) joinGroup(ctx context.Context, u *user, c *storage.Commit, groupName string) error {
	r, err := p.getGroup(ctx, groupName)
	if err != nil {
		return err
	}
	c.Checks = append(c.Checks, r)
	i, found := slices.BinarySearch(u.Groups, groupName)
	if !found {
		u.Groups = slices.Insert(u.Groups, i, groupName)
	}
	if len(u.Groups) > maxGroupsPerUser {
		return &Error{CodeLimitExceeded, "A user can be in 100 groups at most."}
	}
	return nil
}

func (p *Pool) getGroup(ctx context.Context, groupName string) (storage.Record, error) {
	notFound := &Error{CodeResourceNotFound, "Group not found."}
	if checkGroupName(groupName) != nil {
		return storage.Record{}, notFound
	}
	r, err := p.store.Get(ctx, groupKey(groupName))
	if errors.Is(err, storage.ErrNotFound) {
		return r, notFound
	}
	return r, err
}

// AdminRemoveUserFromGroup takes a user out of a group. Tokens that still name
// the group end at once; the user's sessions go on and are refreshed without it.
func (p *Pool) AdminRemoveUserFromGroup(ctx context.Context, username, groupName string) error {
	sub, err := p.findSub(ctx, username)
	if err != nil {
		return err
	}
	if _, err := p.getGroup(ctx, groupName); err != nil {
		return err
	}
	return p.leave(ctx, sub, groupName)
}

// ListGroupsInput is the input of [Pool.AdminListGroupsForUser].
type ListGroupsInput struct {
	Username  string
	Limit     int    // up to 60; 0: 60
	NextToken string // of the page before; "" for the first
}

// AdminListGroupsForUser returns a page of a user's groups by name, and the
// token of the next page, "" after the last.
func (p *Pool) AdminListGroupsForUser(ctx context.Context, in ListGroupsInput) ([]Group, string, error) {
	after, err := base64.RawURLEncoding.Strict().DecodeString(in.NextToken)
	if err != nil || in.Limit < 0 || in.Limit > maxPage {
		return nil, "", invalidParameter("Limit or NextToken is not valid.")
	}
	u, err := p.findUser(ctx, in.Username)
	if err != nil {
		return nil, "", err
	}
	names := u.Groups
	if i, found := slices.BinarySearch(names, string(after)); found {
		names = names[i+1:]
	} else {
		names = names[i:]
	}
	limit, next := in.Limit, ""
	if limit == 0 {
		limit = maxPage
	}
	if len(names) > limit {
		names = names[:limit]
		next = base64.RawURLEncoding.EncodeToString([]byte(names[limit-1]))
	}
	groups, err := p.readGroups(ctx, names)
	return groups, next, err
}

func (p *Pool) readGroups(ctx context.Context, names []string) ([]Group, error) {
	groups := make([]Group, 0, len(names))
	for _, n := range names {
		r, err := p.store.Get(ctx, groupKey(n))
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		g, err := decode[group](r)
		if err != nil {
			return nil, err
		}
		groups = append(groups, g.view())
	}
	return groups, nil
}
