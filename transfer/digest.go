package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/bits"
	"slices"

	"comanda/storage"
)

// Digest is the sum modulo 2^256 of the SHA-256 of things, as big-endian
// numbers. The order of adding doesn't matter. The zero value is the digest of nothing.
type Digest [sha256.Size]byte

// Add adds the SHA-256 of the parts of one thing, each after its length.
func (d *Digest) Add(parts ...[]byte) {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	const word = 8
	var carry uint64
	for i := len(d) - word; i >= 0; i -= word {
		var total uint64
		total, carry = bits.Add64(binary.BigEndian.Uint64(d[i:]), binary.BigEndian.Uint64(sum[i:]), carry)
		binary.BigEndian.PutUint64(d[i:], total)
	}
}

// String returns the digest as 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText is String, for JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Summary is what is compared of two sides.
type Summary struct {
	Records int    `json:"records"`
	Digest  Digest `json:"digest"` // 64 hexadecimal digits
}

// add counts a record, and returns its parts.
func (s *Summary) add(r storage.Record) ([][]byte, error) {
	p, err := parts(r)
	if err != nil {
		return nil, err
	}
	s.Digest.Add(p...)
	s.Records++
	return p, nil
}

// parts returns what the digest of a record is made of.
func parts(r storage.Record) ([][]byte, error) {
	doc, err := canonical(r.Doc)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", Name(r.Key), err)
	}
	out := [][]byte{[]byte(r.Key.Partition), []byte(r.Key.Sort), doc}
	for _, index := range slices.Sorted(maps.Keys(r.Index)) {
		k := r.Index[index]
		out = append(out, []byte(index), []byte(k.Partition), []byte(k.Sort))
	}
	return out, nil
}

// Name shows a key to the operator of a copy.
func Name(k storage.Key) string {
	if k.Sort == "" {
		return fmt.Sprintf("%q of table %s", k.Partition, k.Table)
	}
	return fmt.Sprintf("%q, %q of table %s", k.Partition, k.Sort, k.Table)
}

// Sum reads a table from beginning to end. The function step, unless it is nil,
// is told after every page how many records there were so far.
func Sum(ctx context.Context, s storage.Store, table string, step func(records int)) (Summary, error) {
	var sum Summary
	for page, err := range pages(ctx, s, table, "") {
		if err != nil {
			return sum, err
		}
		for _, r := range page.Records {
			if _, err := sum.add(r); err != nil {
				return sum, err
			}
		}
		if step != nil {
			step(sum.Records)
		}
	}
	return sum, nil
}
