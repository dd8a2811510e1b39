package pool

import (
	"fmt"
	"time"

	"comanda/identity"
	"comanda/storage"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Names of the tables and of the one index.
const (
	usersTable    = "pool-users"
	namesTable    = "pool-names"
	groupsTable   = "pool-groups"
	sessionsTable = "pool-sessions"
	attemptsTable = "pool-attempts"
	expiryIndex   = "expiry"
)

// documentFormat is the number of the documents of all tables; the next one is 2. The
// options write them as encoding/json did, to the byte.
const documentFormat = 1

var (
	first = storage.Head{Format: documentFormat}
	codec = storage.Codec{Oldest: 1, Newest: documentFormat, Options: json.JoinOptions(
		json.Deterministic(true), json.FormatNilSliceAsNull(true), jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true),
	)}
)

// Tables returns the tables of the user pool. A user is found by sub, a name by
// its folded text (and beside them whose the accounts are, owner.go), a group by its name, and a session by sub and sign-in, with a
// local index of a user's sessions by expiry, oldest first. What was tried at an account is found by a keyed hash of it.
func Tables() []storage.Table {
	return []storage.Table{
		{Name: usersTable, Partition: "sub", Doc: "data"},
		{Name: namesTable, Partition: "name", Doc: "data"},
		{Name: groupsTable, Partition: "name", Doc: "data"},
		{Name: sessionsTable, Partition: "sub", Sort: "originJti", Doc: "data", Indexes: []storage.Index{
			{Name: expiryIndex, Partition: "sub", Sort: "expiry"},
		}},
		{Name: attemptsTable, Partition: "account", Doc: "data"},
	}
}

// user is the document of a user. Times are milliseconds since 1970.
type user struct {
	storage.Head
	Sub          string            `json:"sub"`      // UUIDv4, for ever
	Login        string            `json:"login"`    // the username as it was given
	Username     string            `json:"username"` // cognito:username: Login, or Sub when Login is an e-mail address
	Attributes   map[string]string `json:"attributes,omitempty"`
	Status       Status            `json:"status"`
	Disabled     bool              `json:"disabled,omitzero"`
	Groups       []string          `json:"groups,omitempty"` // sorted
	Created      int64             `json:"created"`
	Modified     int64             `json:"modified"`
	Generation   int64             `json:"generation"`   // in every token; a token with another one has ended
	SessionsFrom int64             `json:"sessionsFrom"` // sessions that began in an earlier generation have ended
	Password     *password         `json:"password,omitempty"`
	Code         *code             `json:"code,omitempty"`       // of a release that kept codes here
	SignUps      []signUp          `json:"signUps,omitempty"`    // of an unconfirmed user, oldest first
	Invitation   *code             `json:"invitation,omitempty"` // the temporary password, while it waits to be told
}

// signUp is one sign-up under a name that isn't confirmed yet. Several can wait for
// their codes, and the code decides which one was its owner's. Password and
// Attributes of the last one are those of the user.
type signUp struct {
	Source     []byte            `json:"source"` // keyed hash of where it came from
	Created    int64             `json:"created"`
	Code       *code             `json:"code,omitempty"`
	Password   *password         `json:"password,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`

	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// password is everything that is stored of one. Hash is argon2id of the
// parameters beside it; the verifiers are sealed under the seal key with the
// user's sub as additional data. Each is for one name that a client may have to use.
type password struct {
	Memory      uint32 `json:"memory"` // KiB
	Time        uint32 `json:"time"`   // passes
	Threads     uint8  `json:"threads"`
	Salt        []byte `json:"salt"`
	Hash        []byte `json:"hash"`
	SRPSalt     string `json:"srpSalt"`             // hexadecimal
	SRPVerifier []byte `json:"srpVerifier"`         // for the username
	SRPFolded   []byte `json:"srpFolded,omitempty"` // for the folded username, if that is another
	SRPSub      []byte `json:"srpSub,omitempty"`    // for the sub, if that isn't the username
	Expires     int64  `json:"expires,omitzero"`    // of a temporary password; 0: never

	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// code is a code that was sent to the user, sealed under the seal key together
// with what it is good for (code.go).
type code struct {
	Purpose Purpose `json:"purpose"`
	Sealed  []byte  `json:"sealed,omitempty"`
	MAC     []byte  `json:"mac,omitempty"` // in place of Sealed, of an earlier release: an HMAC under a key derived from the seal key
	Expires int64   `json:"expires"`
	Tries   int     `json:"tries"` // counted by an earlier release

	Rest jsontext.Value `json:",embed"` // as in [storage.Head]
}

// name is the document of a claimed username or e-mail address.
type name struct {
	storage.Head
	Sub string `json:"sub"` // of the user who has it
}

// owner is the document that says whose the accounts are. It is the same for the same
// keys, so that it can be copied with them.
type owner struct {
	storage.Head
	PoolID string `json:"poolId"`
	MAC    string `json:"mac"` // of the pool's id, under a key derived from the seal key; Base64
}

// group is the document of a group.
type group struct {
	storage.Head
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	RoleARN     string `json:"roleArn,omitempty"`
	Precedence  *int   `json:"precedence,omitempty"`
	Created     int64  `json:"created"`
	Modified    int64  `json:"modified"`
}

// session is the document of one sign-in, the family of all tokens with its
// origin_jti.
type session struct {
	storage.Head
	Sub        string `json:"sub"`
	OriginJTI  string `json:"originJti"`
	Generation int64  `json:"generation"`    // of the user at sign-in, or since the user's other sessions ended
	Kept       int64  `json:"kept,omitzero"` // earlier generation whose tokens are good while the user is of Generation
	Refresh    []byte `json:"refresh"`       // SHA-256 of the refresh token's secret
	AuthTime   int64  `json:"authTime"`
	Expires    int64  `json:"expires"`
}

func userKey(sub string) storage.Key   { return storage.Key{Table: usersTable, Partition: sub} }
func nameKey(text string) storage.Key  { return storage.Key{Table: namesTable, Partition: text} }
func groupKey(name string) storage.Key { return storage.Key{Table: groupsTable, Partition: name} }

func sessionKey(sub, originJTI string) storage.Key {
	return storage.Key{Table: sessionsTable, Partition: sub, Sort: originJTI}
}

func encodeUser(u user) (*storage.Record, error) {
	u.Format = documentFormat
	return encode(userKey(u.Sub), &u)
}

func encodeName(text, sub string) (*storage.Record, error) {
	return encode(nameKey(text), &name{first, sub})
}

func encodeGroup(g group) (*storage.Record, error) {
	g.Format = documentFormat
	return encode(groupKey(g.Name), &g)
}

func encodeSession(s session) (*storage.Record, error) {
	s.Format = documentFormat
	r, err := encode(sessionKey(s.Sub, s.OriginJTI), &s)
	if err != nil {
		return nil, err
	}
	r.Index = map[string]storage.IndexKey{
		expiryIndex: {Partition: s.Sub, Sort: expirySort(time.UnixMilli(s.Expires)) + s.OriginJTI},
	}
	return r, nil
}

// expirySort is the beginning of a session's place in the expiry index: 16
// digits, so that bytes sort as times do, and a separator.
func expirySort(t time.Time) string {
	return fmt.Sprintf("%016d#", t.UnixMilli())
}

func encode(key storage.Key, document storage.Document) (*storage.Record, error) {
	r, err := codec.Encode(key, document)
	return &r, err
}

// documentOf is a pointer to a document of one type.
type documentOf[T any] interface {
	*T
	storage.Document
}

// decode reads a document.
func decode[T any, P documentOf[T]](r storage.Record) (T, error) {
	var document T
	err := codec.Decode(r.Key, r.Doc, P(&document))
	return document, err
}

// clone copies u deeply enough that changing the copy leaves u alone.
func (u user) clone() user {
	attributes := make(map[string]string, len(u.Attributes))
	for k, v := range u.Attributes {
		attributes[k] = v
	}
	u.Attributes = attributes
	u.Groups = append([]string(nil), u.Groups...)
	u.SignUps = append([]signUp(nil), u.SignUps...)
	if u.Code != nil {
		c := *u.Code
		u.Code = &c
	}
	return u
}

// names returns the texts that u claims: its username, and its e-mail address
// once that is verified. An address that isn't proved must not keep its
// owner from using it.
func (u user) names() []string {
	names := []string{identity.Fold(u.Login)}
	email := u.Attributes[attributeEmail]
	if email == "" || u.Attributes[attributeEmailVerified] != "true" {
		return names
	}
	if alias := identity.Fold(email); alias != names[0] {
		names = append(names, alias)
	}
	return names
}
