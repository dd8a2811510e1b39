package webhook

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"comanda/notification"
	"comanda/storage"

	"github.com/go-json-experiment/json/jsontext"
)

// Receiver is a system that wants to be told.
type Receiver struct {
	ID           string              `json:"id"`
	URL          string              `json:"url"`
	Types        []notification.Type `json:"types,omitempty"` // none: all
	AllowPrivate bool                `json:"allowPrivate,omitzero"`
	CreatedAt    time.Time           `json:"createdAt"`
	Disabled     string              `json:"disabled,omitempty"` // why nothing is sent; "": it is sent
}

// wants reports whether a receiver is to be told of something.
func (r Receiver) wants(t notification.Type) bool {
	return r.Disabled == "" && (len(r.Types) == 0 || slices.Contains(r.Types, t))
}

// receiverDoc is the stored form.
type receiverDoc struct {
	storage.Head
	Receiver
	Secrets []secretDoc `json:"secrets"`          // newest first
	Removed bool        `json:"removed,omitzero"` // and only its deliveries are left to be removed
}

type secretDoc struct {
	Value  string    `json:"value"`           // whsec_, or the same sealed
	Sealed bool      `json:"sealed,omitzero"` // Value is the base64 of what the vault made
	Until  time.Time `json:"until,omitzero"`  // when it stops to sign; zero: not yet known

	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// ended reports whether a secret doesn't sign any more.
func (s secretDoc) ended(now time.Time) bool { return !s.Until.IsZero() && !now.Before(s.Until) }

// stored is a receiver as it was read.
type stored struct {
	receiverDoc
	record storage.Record
}

func receiverKey(id string) storage.Key { return storage.Key{Table: receiverTable.Name, Partition: id} }

func (d receiverDoc) encode() (*storage.Record, error) {
	r, err := codec.Encode(receiverKey(d.ID), &d)
	return &r, err
}

// secretPrefix begins every secret, as the specification has it.
const secretPrefix = "whsec_"

// newSecret returns 32 random bytes as a secret of the specification.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// newReceiverID returns wh_ and 13 letters and digits, which a shell takes as
// they are.
func newReceiverID() string {
	b := make([]byte, 8)
	rand.Read(b)
	return "wh_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
