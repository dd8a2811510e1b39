package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// cursorSum is the number of leading bytes of a cursor that bind it to its
// query.
const cursorSum = 8

// NewCursor is for engines. It returns the cursor for a place in the result of q: a
// checksum over both, and the place. It isn't a signature. What a caller may
// read is decided by the partition, which a cursor can't change.
func NewCursor(q Query, place string) Cursor {
	return Cursor(base64.RawURLEncoding.EncodeToString(append(cursorBinding(q, place), place...)))
}

// OpenCursor is for engines. It returns the place in the result of q that q.After
// stands for, or [ErrCursor] if that was made for another query or not at all.
func OpenCursor(q Query) (string, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(q.After))
	if err != nil || len(b) <= cursorSum {
		return "", fmt.Errorf("read table %s: %w", q.Table, ErrCursor)
	}
	place := string(b[cursorSum:])
	if !bytes.Equal(b[:cursorSum], cursorBinding(q, place)) {
		return "", fmt.Errorf("read table %s: %w", q.Table, ErrCursor)
	}
	return place, nil
}

// cursorBinding sums everything of a query but its limit, which may change from
// page to page. Lengths keep neighbouring fields apart.
func cursorBinding(q Query, place string) []byte {
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
