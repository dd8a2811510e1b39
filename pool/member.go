package pool

import (
	"context"
	"encoding/base64"

	"comanda/storage"
)

// Member is an account that is in groups.
type Member struct {
	Sub    string   `json:"sub"`
	Groups []string `json:"groups"`
}

// Members returns a page of the accounts that are in groups, in no promised order, and the
// token of the next page, "" after the last. A page may be empty and still have a next one.
func (p *Pool) Members(ctx context.Context, after string) ([]Member, string, error) {
	cursor, err := base64.RawURLEncoding.Strict().DecodeString(after)
	if err != nil {
		return nil, "", invalidParameter("Invalid pagination token.")
	}
	page, err := p.store.Scan(ctx, usersTable, storage.Cursor(cursor), storage.MaxPage)
	if err != nil {
		return nil, "", err
	}
	users, err := appendMatching(nil, page.Records, func(u user) bool { return len(u.Groups) > 0 })
	if err != nil {
		return nil, "", err
	}
	members := []Member{}
	for _, u := range users {
		members = append(members, Member{u.Sub, u.Groups})
	}
	return members, base64.RawURLEncoding.EncodeToString([]byte(page.Next)), nil
}
