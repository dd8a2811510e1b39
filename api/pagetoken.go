package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"comanda/payload"
	"comanda/storage"
)

// A page token is one version byte, 12 bytes of a SHA-256 over what it is bound
// to (the operation, the caller and the filters), and the store's cursor, in unpadded
// URL-safe base64. It needs no secret: the partition that is read comes from the caller
// and not from the token, so a client that makes one up starts somewhere else in
// their own list, or gets a 400.
const (
	tokenVersion = 1
	bindingSize  = 12
)

func newPageToken(cursor storage.Cursor, bound ...string) string {
	if cursor == "" {
		return ""
	}
	token := append([]byte{tokenVersion}, binding(bound)...)
	return base64.RawURLEncoding.EncodeToString(append(token, cursor...))
}

// pageToken returns the cursor of the parameter nextToken, "" when it isn't given.
func (q *query) pageToken(bound ...string) storage.Cursor {
	s := q.text("nextToken")
	if s == "" {
		return ""
	}
	token, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(token) <= 1+bindingSize || token[0] != tokenVersion || !bytes.Equal(token[1:1+bindingSize], binding(bound)) {
		q.reject("nextToken", "is not from an answer to this query for this user: send back nextToken as it came, with the same filters")
		return ""
	}
	return storage.Cursor(token[1+bindingSize:])
}

func binding(bound []string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(bound, "\x00")))
	return sum[:bindingSize]
}

// errToken is the answer to a token with the right binding and a cursor that the
// store doesn't accept.
var errToken = payload.Refuse("query.nextToken", "is not from an answer of this service: start again without it")
