package dynamo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json/jsontext"

	"comanda/storage"
)

// maxNesting is the depth of maps and lists in one attribute, itself included.
// DynamoDB counts 32 levels, of which the last is for a scalar.
const maxNesting = 31

// encodeDocument returns the map for a document, which must be one JSON object
// without duplicate names. What DynamoDB can't hold is a [*storage.LimitError].
func encodeDocument(doc []byte) (types.AttributeValue, error) {
	d := jsontext.NewDecoder(bytes.NewReader(doc))
	if d.PeekKind() != '{' {
		return nil, errors.New("document isn't a JSON object")
	}
	v, err := encodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("document has more than one JSON object")
	}
	return v, nil
}

func encodeValue(d *jsontext.Decoder) (types.AttributeValue, error) {
	switch d.PeekKind() {
	case '{':
		return encodeObject(d)
	case '[':
		return encodeArray(d)
	case '0':
		text, err := d.ReadValue()
		if err != nil {
			return nil, malformed(err)
		}
		return encodeNumber(string(text))
	}
	token, err := d.ReadToken()
	if err != nil {
		return nil, malformed(err)
	}
	switch token.Kind() {
	case '"':
		return &types.AttributeValueMemberS{Value: token.String()}, nil
	case 'n':
		return &types.AttributeValueMemberNULL{Value: true}, nil
	}
	return &types.AttributeValueMemberBOOL{Value: token.Bool()}, nil
}

// malformed hides where and what, because what is in documents stays out of logs.
func malformed(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("document isn't valid JSON at byte %d", e.ByteOffset)
	}
	return errors.New("document isn't valid JSON")
}

// enter reads the beginning of an object or array.
func enter(d *jsontext.Decoder) error {
	if n := d.StackDepth() + 1; n > maxNesting {
		return &storage.LimitError{What: "nested objects and arrays of a document", Got: n, Limit: maxNesting}
	}
	if _, err := d.ReadToken(); err != nil {
		return malformed(err)
	}
	return nil
}

// leave reads the end of an object or array.
func leave(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return malformed(err)
	}
	return nil
}

func encodeObject(d *jsontext.Decoder) (types.AttributeValue, error) {
	if err := enter(d); err != nil {
		return nil, err
	}
	m := make(map[string]types.AttributeValue)
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, malformed(err)
		}
		stored := storedName(name.String())
		if m[stored], err = encodeValue(d); err != nil {
			return nil, err
		}
	}
	return &types.AttributeValueMemberM{Value: m}, leave(d)
}

func encodeArray(d *jsontext.Decoder) (types.AttributeValue, error) {
	if err := enter(d); err != nil {
		return nil, err
	}
	l := []types.AttributeValue{}
	for d.PeekKind() != ']' {
		v, err := encodeValue(d)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return &types.AttributeValueMemberL{Value: l}, leave(d)
}

// storedName makes room for the empty name, which DynamoDB doesn't have.
func storedName(name string) string {
	if strings.Trim(name, "_") == "" {
		return name + "_"
	}
	return name
}

// originalName is the inverse of storedName.
func originalName(name string) string {
	if strings.Trim(name, "_") == "" {
		return strings.TrimSuffix(name, "_")
	}
	return name
}

func asStored(name string) string { return name }

// appendDocument appends the JSON of a value, with members in the order of their
// names. Names are passed through name. Types that JSON lacks and we never write
// become what comes closest: sets are arrays, bytes are base64.
func appendDocument(b []byte, v types.AttributeValue, name func(string) string) ([]byte, error) {
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		return appendObject(b, v.Value, name)
	case *types.AttributeValueMemberL:
		return appendArray(b, v.Value, name)
	case *types.AttributeValueMemberS:
		return jsontext.AppendQuote(b, v.Value)
	case *types.AttributeValueMemberN:
		return appendNumber(b, v.Value)
	case *types.AttributeValueMemberBOOL:
		return fmt.Append(b, v.Value), nil
	case *types.AttributeValueMemberNULL:
		return append(b, "null"...), nil
	case *types.AttributeValueMemberB:
		return appendBytes(b, v.Value)
	case *types.AttributeValueMemberSS:
		return appendSet(b, v.Value, jsontext.AppendQuote[string])
	case *types.AttributeValueMemberNS:
		return appendSet(b, v.Value, appendNumber)
	case *types.AttributeValueMemberBS:
		return appendSet(b, v.Value, appendBytes)
	}
	return nil, fmt.Errorf("item has an attribute of the unknown type %T", v)
}

func appendObject(b []byte, m map[string]types.AttributeValue, name func(string) string) ([]byte, error) {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = jsontext.AppendQuote(b, name(key)); err != nil {
			return nil, err
		}
		if b, err = appendDocument(append(b, ':'), m[key], name); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendArray(b []byte, l []types.AttributeValue, name func(string) string) ([]byte, error) {
	return appendSet(b, l, func(b []byte, v types.AttributeValue) ([]byte, error) { return appendDocument(b, v, name) })
}

func appendSet[T any](b []byte, set []T, add func([]byte, T) ([]byte, error)) ([]byte, error) {
	b = append(b, '[')
	for i, v := range set {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = add(b, v); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendBytes(b, value []byte) ([]byte, error) {
	return jsontext.AppendQuote(b, base64.StdEncoding.EncodeToString(value))
}
