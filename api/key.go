package api

import (
	"strings"

	"comanda/payload"
)

// maxKey is the longest idempotency key, in bytes.
const maxKey = 255

// idempotencyKey returns the Idempotency-Key header, which is a string of RFC 8941
// (section 3.3.3), or bare, as most clients send it. "" when there is none.
func (c *call) idempotencyKey() (string, error) {
	values := c.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", nil
	}
	key := keyIn(strings.TrimSpace(values[0]))
	if len(values) > 1 || len(key) == 0 || len(key) > maxKey || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", payload.Refuse("header.Idempotency-Key", "must be given once, with 1 to %d printable ASCII characters", maxKey)
	}
	return key, nil
}

// keyIn returns the key that a header's value is. Behind the closing quote of a
// string there may be parameters (RFC 8941, section 3.1.2), which aren't part of
// the key. What begins as a string and isn't one is taken as it always was, because
// orders are stored under such keys.
func keyIn(value string) string {
	if !strings.HasPrefix(value, `"`) {
		return value
	}
	var key strings.Builder
	for i := 1; i < len(value); i++ {
		switch b := value[i]; {
		case b == '"':
			if rest := strings.TrimLeft(value[i+1:], " \t"); rest == "" || rest[0] == ';' {
				return key.String()
			}
			return asBefore(value)
		case b == '\\' && i+1 < len(value) && (value[i+1] == '"' || value[i+1] == '\\'):
			i++
			key.WriteByte(value[i])
		case b == '\\':
			return asBefore(value)
		default:
			key.WriteByte(b)
		}
	}
	return asBefore(value)
}

func asBefore(value string) string {
	if len(value) >= 2 && value[len(value)-1] == '"' {
		return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value[1 : len(value)-1])
	}
	return value
}
