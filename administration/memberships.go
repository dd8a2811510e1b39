package administration

import (
	"context"
	"iter"

	"comanda/pool"
	"comanda/storage"
)

// membersAfter and listedMembers are a page of accounts with their groups.
type membersAfter struct {
	After storage.Cursor `json:"after,omitempty"` // from the page before
}

type listedMembers struct {
	Members []pool.Member  `json:"members"`
	Next    storage.Cursor `json:"next,omitempty"`
}

var listMembers = operation[membersAfter, listedMembers]{"Comanda.ListMembers", func(ctx context.Context, l Local, in membersAfter) (listedMembers, error) {
	found, next, err := l.members(ctx, in.After)
	return listedMembers{found, next}, err
}}

func (l Local) members(ctx context.Context, after storage.Cursor) ([]pool.Member, storage.Cursor, error) {
	found, next, err := l.Users.Members(ctx, string(after))
	return found, storage.Cursor(next), err
}

// Memberships implements [Administration].
func (l Local) Memberships(ctx context.Context) iter.Seq2[pool.Member, error] {
	return pages(func(after storage.Cursor) ([]pool.Member, storage.Cursor, error) { return l.members(ctx, after) })
}

// Memberships implements [Administration].
func (r Remote) Memberships(ctx context.Context) iter.Seq2[pool.Member, error] {
	return pages(func(after storage.Cursor) ([]pool.Member, storage.Cursor, error) {
		out, err := listMembers.ask(ctx, r, membersAfter{after})
		return out.Members, out.Next, err
	})
}

// GroupsOfAll returns the groups of every account that is in one, by its sub.
func (r Remote) GroupsOfAll(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	for m, err := range r.Memberships(ctx) {
		if err != nil {
			return nil, err
		}
		all[m.Sub] = m.Groups
	}
	return all, nil
}
