package dynamo

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"comanda/storage"
)

// cursorSum is the number of leading bytes of a cursor that bind it to its
// query.
const cursorSum = 8

// sealCursor returns the cursor for a place in the result of q: a checksum over both, and
// the place. It isn't a signature. What a caller may read is decided by the
// partition, which a cursor can't change.
func sealCursor(q storage.Query, place string) storage.Cursor {
	return storage.Cursor(base64.RawURLEncoding.EncodeToString(append(cursorBinding(q, place), place...)))
}

// openCursor returns the place in the result of q that q.After stands for.
func openCursor(q storage.Query) (string, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(q.After))
	if err != nil || len(b) <= cursorSum {
		return "", fmt.Errorf("read table %s: %w", q.Table, storage.ErrCursor)
	}
	place := string(b[cursorSum:])
	if !bytes.Equal(b[:cursorSum], cursorBinding(q, place)) {
		return "", fmt.Errorf("read table %s: %w", q.Table, storage.ErrCursor)
	}
	return place, nil
}

// cursorBinding sums everything of a query but its limit, which may change from
// page to page. Lengths keep neighbouring fields apart.
func cursorBinding(q storage.Query, place string) []byte {
	b := []byte{0}
	if q.Descending {
		b[0] = 1
	}
	for _, s := range []string{q.Table, q.Index, q.Partition, q.From, q.To, place} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return sum[:cursorSum]
}
