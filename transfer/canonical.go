package transfer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// canonical returns the canonical form of a document, see the package comment.
func canonical(doc []byte) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewReader(doc))
	out, err := appendCanonical(make([]byte, 0, len(doc)), d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("document has more than one value")
	}
	return out, nil
}

// appendCanonical appends the next value that d reads.
func appendCanonical(b []byte, d *jsontext.Decoder) ([]byte, error) {
	switch d.PeekKind() {
	case '{':
		return appendObject(b, d)
	case '[':
		return appendArray(b, d)
	case '0':
		number, err := d.ReadValue()
		if err != nil {
			return nil, malformed(err)
		}
		return appendNumber(b, string(number))
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, malformed(err)
	}
	if token.Kind() == '"' {
		return jsontext.AppendQuote(b, token.String())
	}
	return append(b, token.String()...), nil // null, true or false
}

// malformed hides what is in a document.
func malformed(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("document isn't valid JSON at byte %d", e.ByteOffset)
	}
	return errors.New("document isn't valid JSON")
}

func appendObject(b []byte, d *jsontext.Decoder) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	members := make(map[string][]byte)
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, malformed(err) // among them a name that occurs twice
		}
		text := name.String()
		if members[text], err = appendCanonical(nil, d); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = jsontext.AppendQuote(b, name); err != nil {
			return nil, err
		}
		b = append(append(b, ':'), members[name]...)
	}
	return append(b, '}'), nil
}

func appendArray(b []byte, d *jsontext.Decoder) ([]byte, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	b = append(b, '[')
	for first := true; d.PeekKind() != ']'; first = false {
		if !first {
			b = append(b, ',')
		}
		var err error
		if b, err = appendCanonical(b, d); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	return append(b, ']'), nil
}

// appendNumber appends the value of a JSON number: its significant digits and the
// power of ten of the last of them.
func appendNumber(b []byte, text string) ([]byte, error) {
	unsigned := strings.TrimPrefix(text, "-")
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(unsigned), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return append(b, '0'), nil
	}
	power := 0
	if scientific {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil {
			return nil, errors.New("document has a number with an exponent that is out of range")
		}
	}
	significant := strings.TrimRight(digits, "0")
	power += len(digits) - len(significant) - len(fraction)
	if unsigned != text {
		b = append(b, '-')
	}
	b = append(append(b, significant...), 'e')
	return strconv.AppendInt(b, int64(power), 10), nil
}
