package sqlite

import (
	"reflect"
	"testing"

	"github.com/google/uuid"
)

func TestOnlyCanonicalUUIDsAreStoredAsBytes(t *testing.T) {
	for _, c := range []struct {
		key    string
		binary bool
	}{
		{"0190a0b0-1111-7000-8000-0123456789ab", true},
		{"00000000-0000-0000-0000-000000000000", true},
		{"ffffffff-ffff-ffff-ffff-ffffffffffff", true},
		{"0190A0B0-1111-7000-8000-0123456789AB", false},
		{"0190a0b0-1111-7000-8000-0123456789aB", false},
		{"0190a0b0-1111-7000-8000-0123456789ag", false},
		{"0190a0b0-1111-7000-8000-0123456789a", false},
		{"0190a0b0+1111-7000-8000-0123456789ab", false},
		{"0190a0b0-1111-7000-8000-01234567-9ab", false},
		{"------------------------------------", false},
		{"a\x00b", false},
		{"", false},
	} {
		stored := encodeKey(c.key)
		if _, got := stored.([]byte); got != c.binary {
			t.Errorf("%q stored as bytes: got %v, want %v", c.key, got, c.binary)
		}
		if got, err := decodeKey(stored); err != nil || got != c.key {
			t.Errorf("%q read back: got %q, error %v", c.key, got, err)
		}
	}
}

func TestKeyColumnsOfOtherKindsAreDamage(t *testing.T) {
	for _, v := range []any{nil, int64(1), 1.5, []byte("short"), []byte{}} {
		if got, err := decodeKey(v); err == nil {
			t.Errorf("key column with %T: got %q, want an error", v, got)
		}
	}
}

func FuzzKeysComeBack(f *testing.F) {
	f.Add("0190a0b0-1111-7000-8000-0123456789ab", []byte("abcdefghijklmnop"))
	f.Add("0190A0B0-1111-7000-8000-0123456789ab", []byte("\x00\x01"))
	f.Add("x", []byte(nil))
	f.Fuzz(func(t *testing.T, key string, id []byte) {
		if got, err := decodeKey(encodeKey(key)); err != nil || got != key {
			t.Errorf("key %q: got %q, error %v", key, got, err)
		}
		if u, err := uuid.FromBytes(id); err == nil {
			if got := encodeKey(u.String()); !reflect.DeepEqual(got, id) {
				t.Errorf("UUID %s: got %v, want its bytes", u, got)
			}
		}
	})
}
