package user

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Content is what a profile says about its user. Its members are those of
// documents and answers; "" is none.
type Content struct {
	Name     string `json:"name,omitempty"`
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
	Address  string `json:"address,omitempty"`
}

// initial is what a profile was created with.
type initial struct {
	Content
	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// Profile is a stored profile.
type Profile struct {
	ID string // of the principal
	Content
	CreatedAt time.Time // UTC, to the millisecond
	UpdatedAt time.Time // likewise
	Version   int       // 1 when created, one more with each change; goes on after a deletion

	foreign bool           // other software's document, which has no claims, wherever it was copied to
	deleted bool           // a tombstone: everything personal is gone
	key     string         // digest of the idempotency key it was created under; "" for none
	created *initial       // once the content is something else
	rest    jsontext.Value // members of the document that this release doesn't know
}

// createdWith returns the content of the request that created p.
func (p Profile) createdWith() Content {
	if p.created != nil {
		return p.created.Content
	}
	return p.Content
}

// firstAnswer returns p as it was when it was created.
func (p Profile) firstAnswer() Profile {
	return Profile{ID: p.ID, Content: p.createdWith(), CreatedAt: p.CreatedAt, UpdatedAt: p.CreatedAt, Version: 1}
}

// AnyVersion is what to give in the place of versions to insist only on
// there being a profile.
var AnyVersion = []int{-1}

// current returns the version that a client that asks for p gets, 0 when there is none.
func (p Profile) current() int {
	if p.deleted {
		return 0
	}
	return p.Version
}

// has reports whether a text is in the profile already, whatever it is there.
func (p Profile) has(text string) bool {
	return p.Name == text || p.Username == text || p.Email == text || p.Address == text
}

// matches reports whether p has one of the versions. A profile that isn't there,
// or not any more, has none.
func (p Profile) matches(versions []int) bool {
	if p.current() == 0 {
		return false
	}
	return slices.Equal(versions, AnyVersion) || slices.Contains(versions, p.Version)
}

// put returns the profile with new content, one version later. A tombstone
// comes back to life as a new profile.
func (p Profile) put(c Content, now time.Time) Profile {
	switch {
	case p.deleted:
		return Profile{ID: p.ID, Content: c, CreatedAt: now, UpdatedAt: now, Version: p.Version + 1}
	case p.Content == c:
		return p
	case p.key != "" && p.created == nil:
		p.created = &initial{Content: p.Content}
	}
	p.Content, p.UpdatedAt, p.foreign = c, now, false
	p.Version++
	return p
}

// tombstone returns what is left of a deleted profile.
func (p Profile) tombstone(now time.Time) Profile {
	return Profile{ID: p.ID, CreatedAt: p.CreatedAt, UpdatedAt: now, Version: p.Version + 1, deleted: true, key: p.key}
}
