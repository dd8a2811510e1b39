package user

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// maxScans is how often one call reads on where nearly everything was deleted.
const maxScans = 32

// List returns all profiles in no particular order. One that can't be read
// doesn't fail the others: it is left out and reported, see [Service.ReportUnreadable].
// Deleted ones are passed over, so that a page is short at the end of the list only, or
// after some ten thousand of them. A bad after is [storage.ErrCursor].
func (s *Service) List(ctx context.Context, after storage.Cursor, limit int) (Page, error) {
	out := Page{Users: make([]Profile, 0, limit), Next: after}
	for read, n := limit, 0; n < maxScans; n++ {
		found, err := s.store.Scan(ctx, Table.Name, out.Next, read)
		if err != nil {
			return Page{}, fmt.Errorf("list users: %w", err)
		}
		live, unreadable := profiles(found.Records)
		missing := limit - len(out.Users)
		if len(live) > missing { // more than the page takes: the same stretch again, as far as it does
			read = missing
			continue
		}
		for _, u := range unreadable {
			s.unreadable(ctx, u)
		}
		out.Users, out.Next = append(out.Users, live...), found.Next
		if len(out.Users) == limit || out.Next == "" {
			break
		}
		if read = limit - len(out.Users); len(live) == 0 {
			read = min(storage.MaxPage, 4*len(found.Records)+read)
		}
	}
	return out, nil
}

// profiles returns the profiles of records, without those that were deleted, and
// what can't be read.
func profiles(records []storage.Record) (live []Profile, unreadable []*UnreadableError) {
	for _, r := range records {
		p, err := decode(r)
		if u, ok := errors.AsType[*UnreadableError](err); ok {
			unreadable = append(unreadable, u)
			continue
		}
		if !p.deleted {
			live = append(live, p)
		}
	}
	return live, unreadable
}

// Key names a profile by what is unique beside its id. One of the two is given.
type Key struct{ Username, Email string }

// Find returns the profile that has a username or an e-mail address, in any spelling
// that is the same one, or [ErrNotFound]. It reads the claim and the profile, and
// searches nothing: a profile of other software, which claims nothing before its
// first change here, isn't found.
func (s *Service) Find(ctx context.Context, k Key) (Profile, error) {
	wanted := claims(Content{Username: k.Username, Email: k.Email})
	if len(wanted) == 0 {
		return Profile{}, ErrNotFound
	}
	c := wanted[0]
	r, err := s.store.Get(ctx, c.key)
	if errors.Is(err, storage.ErrNotFound) {
		return Profile{}, ErrNotFound
	}
	if err != nil {
		return Profile{}, fmt.Errorf("look for who has the %s: %w", c.field, err)
	}
	held, err := decodeClaim(r)
	if err != nil {
		return Profile{}, &UnreadableError{r.Key.Partition, err}
	}
	p, err := s.Get(ctx, held.UserID)
	if err == nil && !slices.Contains(claims(p.Content), c) { // given up between the two readings
		err = ErrNotFound
	}
	return p, err
}
