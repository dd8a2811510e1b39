package user

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"comanda/identity"
	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Table declares where profiles are kept, and Claims where the claims on
// addresses and usernames are.
var (
	Table  = storage.Table{Name: "users", Partition: "userid", Doc: "data"}
	Claims = storage.Table{Name: "user_claims", Partition: "claim", Doc: "data"}
)

// format numbers the documents of profiles and of claims. Documents of other software
// have none. The next number is 3, because the first edition takes 2 for a format that
// it may read.
const format = 1

var codec = storage.Codec{Newest: format}

type document struct {
	storage.Head
	Version int `json:"version"`
	Content
	CreatedAt string         `json:"createdAt"`
	UpdatedAt string         `json:"updatedAt,omitempty"` // absent: createdAt
	Deleted   bool           `json:"deleted,omitzero"`
	Key       string         `json:"key,omitempty"`
	Created   *initial       `json:"created,omitempty"`
	Timestamp jsontext.Value `json:"timestamp,omitempty"` // of other software only: the last change
}

type claimDoc struct {
	storage.Head
	UserID string `json:"userid"`
	Proved bool   `json:"proved,omitzero"` // the user pool or an administrator has vouched for it
}

func encode(p Profile) (*storage.Record, error) {
	d := document{
		Head: storage.Head{Format: format, Rest: p.rest}, Version: p.Version, Content: p.Content,
		CreatedAt: stamp(p.CreatedAt), Deleted: p.deleted, Key: p.key, Created: p.created,
	}
	if !p.UpdatedAt.Equal(p.CreatedAt) {
		d.UpdatedAt = stamp(p.UpdatedAt)
	}
	r, err := codec.Encode(keyOf(p.ID), &d)
	return &r, err
}

// decode returns the profile of a record of [Table]. Records of the workshop's own
// functions, which are flat items with at most one time, are profiles too.
// What is none is an [*UnreadableError], as is one of a later release.
func decode(r storage.Record) (Profile, error) {
	p, err := decodeDoc(r)
	if err != nil {
		return Profile{}, &UnreadableError{r.Key.Partition, err}
	}
	return p, nil
}

func decodeDoc(r storage.Record) (Profile, error) {
	var d document
	if err := codec.Decode(r.Key, r.Doc, &d); err != nil {
		return Profile{}, err
	}
	created, updated, err := d.times()
	if err != nil {
		return Profile{}, err
	}
	return Profile{
		ID: r.Key.Partition, Content: d.Content, CreatedAt: created.UTC(), UpdatedAt: updated.UTC(), Version: max(1, d.Version),
		foreign: d.Format == 0, deleted: d.Deleted, key: d.Key, created: d.Created, rest: d.Rest,
	}, nil
}

// times returns when a profile was created and changed.
func (d document) times() (created, updated time.Time, err error) {
	if d.Format == 0 {
		at := foreignTime(d.Timestamp)
		return at, at, nil
	}
	if created, err = time.Parse(time.RFC3339, d.CreatedAt); err != nil {
		return created, updated, fmt.Errorf("createdAt is no RFC 3339 time: %w", err)
	}
	if d.UpdatedAt == "" {
		return created, created, nil
	}
	if updated, err = time.Parse(time.RFC3339, d.UpdatedAt); err != nil {
		return created, updated, fmt.Errorf("updatedAt is no RFC 3339 time: %w", err)
	}
	return created, updated, nil
}

// isoTime is how Python prints a time without a zone, with or without a fraction.
const isoTime = "2006-01-02T15:04:05"

// foreignTime reads the time of a profile of other software, where it wasn't
// checked. The beginning of 1970 stands for none.
func foreignTime(v jsontext.Value) time.Time {
	var text string
	if json.Unmarshal(v, &text) == nil {
		for _, layout := range []string{time.RFC3339, isoTime} {
			if t, err := time.Parse(layout, text); err == nil {
				return t.UTC().Truncate(time.Millisecond)
			}
		}
	}
	return time.Unix(0, 0).UTC()
}

// claim is a hold on an e-mail address or username.
type claim struct {
	field string // email or username
	key   storage.Key
}

// claims returns what a content holds.
func claims(c Content) []claim {
	var out []claim
	if c.Email != "" {
		out = append(out, newClaim("email", c.Email))
	}
	if c.Username != "" {
		out = append(out, newClaim("username", c.Username))
	}
	return out
}

// newClaim names a claim by a digest of the folded text, because that text is
// personal and keys show up in places where documents don't.
func newClaim(field, text string) claim {
	return claim{field, storage.Key{Table: Claims.Name, Partition: field + "#" + digest(identity.Fold(text))}}
}

func encodeClaim(c claim, userID string) (*storage.Record, error) {
	r, err := codec.Encode(c.key, &claimDoc{storage.Head{Format: format}, userID, true})
	return &r, err
}

func decodeClaim(r storage.Record) (claimDoc, error) {
	var d claimDoc
	err := codec.Decode(r.Key, r.Doc, &d)
	return d, err
}

func keyOf(id string) storage.Key { return storage.Key{Table: Table.Name, Partition: id} }

// digest returns a SHA-256 over the parts, in 43 characters.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
