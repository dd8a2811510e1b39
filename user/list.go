package user

import (
	"context"
	"errors"
	"fmt"

	"comanda/storage"
)

// MaxPage is the most profiles in one page.
const MaxPage = 100

// Page is a part of the list of profiles. A Next other than "" means that there
// may be more; a page can be short even so.
type Page struct {
	Users []Profile
	Next  storage.Cursor
}

// List returns all profiles in no particular order. One that can't be read
// doesn't fail the others: it is left out and reported, see [Service.ReportUnreadable]. A bad after is [storage.ErrCursor].
func (s *Service) List(ctx context.Context, after storage.Cursor, limit int) (Page, error) {
	found, err := s.store.Scan(ctx, Table.Name, after, limit)
	if err != nil {
		return Page{}, fmt.Errorf("list users: %w", err)
	}
	out := Page{Users: make([]Profile, 0, len(found.Records)), Next: found.Next}
	for _, r := range found.Records {
		p, err := decode(r)
		if unreadable, ok := errors.AsType[*UnreadableError](err); ok {
			s.unreadable(ctx, unreadable)
			continue
		}
		if !p.deleted {
			out.Users = append(out.Users, p)
		}
	}
	return out, nil
}
