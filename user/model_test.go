package user

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"comanda/identity"
	"comanda/storage"

	"pgregory.net/rapid"
)

// modeled is what the model knows about one id.
type modeled struct {
	content Content
	version int
	deleted bool
	key     string  // under which it was created
	first   Content // with which it was created
}

// model is the registry as a map. Its ids and addresses begin with a prefix of
// its own, so that one store serves many models.
type model struct {
	registry
	prefix string
	users  map[string]*modeled
}

// holder returns the field of c that a user other than id has, "" for none.
func (m *model) holder(id string, c Content) string {
	for other, u := range m.users {
		switch {
		case other == id || u.deleted:
		case c.Email != "" && identity.Fold(u.content.Email) == identity.Fold(c.Email):
			return "email"
		case c.Username != "" && identity.Fold(u.content.Username) == identity.Fold(c.Username):
			return "username"
		}
	}
	return ""
}

func (m *model) id(t *rapid.T) string {
	return m.prefix + rapid.SampledFrom([]string{"u-1", "u-2", "u-3"}).Draw(t, "id")
}

func (m *model) content(t *rapid.T) Content {
	c := Content{Name: rapid.SampledFrom([]string{"Ana", "Bea"}).Draw(t, "name")}
	if s := rapid.SampledFrom([]string{"", "é@x", "E\u0301@X", "b@x"}).Draw(t, "email"); s != "" {
		c.Email = m.prefix + s
	}
	if s := rapid.SampledFrom([]string{"", "ana", "ANA"}).Draw(t, "username"); s != "" {
		c.Username = m.prefix + s
	}
	return c
}

// match returns versions to insist on, nil most of the time.
func (m *model) match(t *rapid.T) []int {
	if rapid.IntRange(0, 3).Draw(t, "insist") > 0 {
		return nil
	}
	return []int{rapid.IntRange(0, 4).Draw(t, "version")}
}

// refused compares an error with what the model expects: the rules in their order.
func refused(t *rapid.T, what string, got, want error, field string) {
	var taken *TakenError
	switch {
	case want != nil && errors.Is(got, want):
	case want == nil && field != "" && errors.As(got, &taken):
	case want == nil && field == "" && got == nil:
	default:
		t.Fatalf("%s: got %v, want %v, or the %q taken", what, got, want, field)
	}
}

func (m *model) create(t *rapid.T) {
	id, c := m.id(t), m.content(t)
	key := rapid.SampledFrom([]string{"", "k-1", "k-2"}).Draw(t, "key")
	p, replayed, err := m.Create(background, "admin", Creation{ID: id, Content: c}, key)
	u, known := m.users[id]
	switch {
	case known && (key == "" || u.deleted || u.key != key):
		refused(t, "create", err, ErrExists, "")
	case known && u.first != c:
		refused(t, "create", err, ErrReused, "")
	case known:
		if err != nil || !replayed || p.Content != c || p.Version != 1 {
			t.Fatalf("create again: got %+v, %v, %v, want the first answer", p, replayed, err)
		}
	default:
		field := m.holder(id, c)
		refused(t, "create", err, nil, field)
		if field == "" {
			m.users[id] = &modeled{content: c, version: 1, key: key, first: c}
		}
	}
}

func (m *model) replace(t *rapid.T) {
	id, c, match := m.id(t), m.content(t), m.match(t)
	_, err := m.Put(background, id, c, match)
	u, known := m.users[id]
	if !known {
		u = &modeled{key: "", first: c}
	}
	m.change(t, "put", id, u, c, match, err, u.deleted || !known)
}

func (m *model) patch(t *rapid.T) {
	id, c, match := m.id(t), m.content(t), m.match(t)
	_, err := m.Patch(background, id, Patch{Email: &c.Email, Username: &c.Username}, match)
	u, known := m.users[id]
	if !known || u.deleted {
		refused(t, "patch", err, ErrNotFound, "")
		return
	}
	c.Name = u.content.Name
	m.change(t, "patch", id, u, c, match, err, false)
}

// change checks the answer to a change, and changes the model likewise.
func (m *model) change(t *rapid.T, what, id string, u *modeled, c Content, match []int, err error, reborn bool) {
	if match != nil && (reborn || !slices.Contains(match, u.version)) {
		refused(t, what, err, ErrPrecondition, "")
		return
	}
	field := m.holder(id, c)
	refused(t, what, err, nil, field)
	if field != "" || !reborn && u.content == c {
		return
	}
	if reborn {
		u.key, u.first = "", c
	}
	u.content, u.deleted = c, false
	u.version++
	m.users[id] = u
}

func (m *model) remove(t *rapid.T) {
	id, match := m.id(t), m.match(t)
	err := m.Delete(background, id, match)
	u, known := m.users[id]
	switch {
	case !known:
		refused(t, "delete", err, ErrNotFound, "")
	case match != nil && (u.deleted || !slices.Contains(match, u.version)):
		refused(t, "delete", err, ErrPrecondition, "")
	default:
		refused(t, "delete", err, nil, "")
		if !u.deleted {
			u.deleted, u.content = true, Content{}
			u.version++
		}
	}
}

// check compares what can be read with the model, after every step.
func (m *model) check(t *rapid.T) {
	for id, u := range m.users {
		p, err := m.Get(background, id)
		if u.deleted {
			if !errors.Is(err, ErrNotFound) {
				t.Fatalf("get %s: got %+v, %v, want %v", id, p, err, ErrNotFound)
			}
			continue
		}
		if err != nil || p.Content != u.content || p.Version != u.version {
			t.Fatalf("get %s: got %+v, %v, want %+v", id, p, err, *u)
		}
	}
}

func TestProfilesBehaveAsAMapWithUniqueAddresses(t *testing.T) {
	r := newRegistry(t)
	models := 0
	rapid.Check(t, func(t *rapid.T) {
		models++
		m := &model{registry: r, prefix: fmt.Sprintf("m%d-", models), users: map[string]*modeled{}}
		t.Repeat(map[string]func(*rapid.T){
			"create": m.create, "put": m.replace, "patch": m.patch, "delete": m.remove, "": m.check,
			"wait": func(*rapid.T) { m.clock.Move(time.Second) },
		})
		m.checkList(t)
	})
}

// checkList compares the list of everybody with the model's part of it.
func (m *model) checkList(t *rapid.T) {
	live := map[string]int{}
	for after := storage.Cursor(""); ; {
		page, err := m.List(background, after, MaxPage)
		if err != nil {
			t.Fatalf("list: %v", err)
		}
		for _, p := range page.Users {
			if _, ours := m.users[p.ID]; ours {
				live[p.ID] = p.Version
			}
		}
		if after = page.Next; after == "" {
			break
		}
	}
	want := map[string]int{}
	for id, u := range m.users {
		if !u.deleted {
			want[id] = u.version
		}
	}
	if !maps.Equal(live, want) {
		t.Fatalf("list: got versions %v, want %v", live, want)
	}
}
