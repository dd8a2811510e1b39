package order

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// ID names a restaurant, a product or a courier. Its identity is its text: the
// number 1 and the string "1" are the same id. The form in which it came is kept and echoed.
type ID struct {
	text   string
	number bool
}

// Limits of ids.
const (
	MaxID       = 64 // characters of an id given as a string, and of an order id
	MaxIDDigits = 15 // digits of an id given as a number: exact in every JSON reader
)

// IDPattern and OrderIDPattern are the rules for ids as regular expressions, for the documentation of the API.
const (
	IDPattern      = `^[A-Za-z0-9._:-]{1,64}$`
	OrderIDPattern = `^[A-Za-z0-9_-]{1,64}$`
)

var errID = errors.New("is not an id: use an integer of at most 15 digits, or 1 to 64 characters of A-Z a-z 0-9 . _ : -")

// ParseID returns the id with this text. isNumber says that it was spelled as a
// JSON number.
func ParseID(text string, isNumber bool) (ID, error) {
	if isNumber {
		digits := strings.TrimPrefix(text, "-")
		if text == "-0" || len(digits) == 0 || len(digits) > MaxIDDigits || strings.Trim(digits, "0123456789") != "" {
			return ID{}, errID
		}
		return ID{text, true}, nil
	}
	if !only(text, "._:-") {
		return ID{}, errID
	}
	return ID{text, false}, nil
}

// NumberID returns the id that is spelled as the number n. A number of more
// than [MaxIDDigits] digits is no id.
func NumberID(n int64) ID {
	id, err := ParseID(strconv.FormatInt(n, 10), true)
	if err != nil {
		return ID{}
	}
	return id
}

// String returns the text of the id, which is its identity.
func (id ID) String() string { return id.text }

// IsZero reports whether id is no id at all.
func (id ID) IsZero() bool { return id.text == "" }

// Same reports whether two ids name the same thing.
func (id ID) Same(o ID) bool { return id.text == o.text }

// MarshalJSONTo writes id in the form in which it came.
func (id ID) MarshalJSONTo(enc *jsontext.Encoder) error {
	if id.number {
		return enc.WriteValue(jsontext.Value(id.text))
	}
	return enc.WriteToken(jsontext.String(id.text))
}

// UnmarshalJSONFrom reads an id in either form. The empty string and null are
// no id: a record of other software can lack one, and is written as it was read.
func (id *ID) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	tok, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch kind := tok.Kind(); {
	case kind == 'n' || kind == '"' && tok.String() == "":
		*id = ID{}
		return nil
	case kind != '"' && kind != '0':
		return fmt.Errorf("%s %w", kind, errID)
	}
	*id, err = ParseID(tok.String(), tok.Kind() == '0')
	if err != nil {
		return fmt.Errorf("%.40q %w", tok.String(), err)
	}
	return nil
}

// MarshalJSON is MarshalJSONTo for encoding/json, which can't see inside an id.
func (id ID) MarshalJSON() ([]byte, error) { return json.Marshal(id) }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (id *ID) UnmarshalJSON(v []byte) error { return json.Unmarshal(v, id) }

// ValidOrderID reports whether s can name an order: 1 to 64 characters of A-Z
// a-z 0-9 _ and -.
func ValidOrderID(s string) bool { return only(s, "_-") }

// only reports whether s has 1 to 64 bytes, each a letter, a digit or one of extra.
func only(s, extra string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && strings.IndexByte(extra, c) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= MaxID
}

// newOrderID returns a time-ordered UUID (version 7, RFC 9562).
func newOrderID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an order id: %w", err)
	}
	return id.String(), nil
}

// keySpace separates ids made from idempotency keys from every other name-based UUID.
var keySpace = uuid.MustParse("5b0c1c39-8f0e-4c0a-9a51-6f1f9a2f6d11")

// OrderIDFromKey returns the order id that an idempotency key stands for: a
// UUID (version 8, RFC 9562) of a SHA-256 over user, route and key, so that
// two customers' equal keys, or one key on two routes, never meet.
func OrderIDFromKey(userID, route, key string) string {
	// The lengths make the parts' borders unambiguous, whatever is in the parts.
	name := fmt.Appendf(nil, "%d %d %s%s%s", len(userID), len(route), userID, route, key)
	return uuid.NewHash(sha256.New(), keySpace, name, 8).String()
}
