package sqlite

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"comanda/storage"
)

// uuidText is the length of a UUID in its canonical text, RFC 9562 section 4.
const uuidText = 36

// encodeKey returns what a key column stores for s: the 16 bytes of a canonical
// lower-case UUID, or else s itself. Half of the size of a customer's order are
// ids, so the shorter form is worth its few lines.
func encodeKey(s string) any {
	if len(s) != uuidText || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return s
	}
	b := make([]byte, 0, 16)
	for i := 0; i < uuidText; i += 2 {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			i++
		}
		high, low := nibble(s[i]), nibble(s[i+1])
		if high > 15 || low > 15 {
			return s
		}
		b = append(b, high<<4|low)
	}
	return b
}

// nibble returns the value of a lower-case hexadecimal digit, or 255. Upper case
// isn't canonical: it has to come back as it was written.
func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// decodeKey is the inverse of encodeKey for a value that a key column returned.
func decodeKey(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []byte:
		if len(v) != 16 {
			return "", fmt.Errorf("%w: a key column holds %d bytes where a UUID has 16", ErrDamaged, len(v))
		}
		var b [uuidText]byte
		hex.Encode(b[0:8], v[0:4])
		hex.Encode(b[9:13], v[4:6])
		hex.Encode(b[14:18], v[6:8])
		hex.Encode(b[19:23], v[8:10])
		hex.Encode(b[24:36], v[10:16])
		b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
		return string(b[:]), nil
	}
	return "", fmt.Errorf("%w: a key column holds a value of type %T", ErrDamaged, v)
}

// encodeVersion returns the bytes of a version for a comparison. A version that
// no commit can have, such as "", becomes the empty blob, which equals none.
func encodeVersion(version string) []byte {
	id, err := storage.DecodeCommitID(version)
	if err != nil {
		return []byte{}
	}
	return id[:]
}

// decodeVersion returns the commit id that b holds the bytes of.
func decodeVersion(b []byte) (string, error) {
	if len(b) != 16 {
		return "", fmt.Errorf("%w: a version has %d bytes instead of 16", ErrDamaged, len(b))
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
