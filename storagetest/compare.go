package storagetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"

	"comanda/storage"
)

// sameRecord says how two records differ.
func sameRecord(got, want storage.Record) error {
	switch {
	case got.Key != want.Key:
		return fmt.Errorf("key: got %q, want %q", got.Key, want.Key)
	case got.Version != want.Version:
		return fmt.Errorf("version: got %q, want %q", got.Version, want.Version)
	case !maps.Equal(got.Index, want.Index):
		return fmt.Errorf("index entries: got %q, want %q", got.Index, want.Index)
	}
	return sameDoc(got.Doc, want.Doc)
}

// sameDoc compares documents as JSON with exact decimals: an engine may spell a
// number differently. A nil document equals only nil.
func sameDoc(got, want []byte) error {
	if bytes.Equal(got, want) && (got == nil) == (want == nil) {
		return nil
	}
	a, errA := decodeExactly(got)
	b, errB := decodeExactly(want)
	if err := errors.Join(errA, errB); err != nil || !reflect.DeepEqual(a, b) {
		return fmt.Errorf("document: got %.200s, want %.200s (%w)", got, want, errors.Join(errA, errB))
	}
	return nil
}

func decodeExactly(doc []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode the document: %w", err)
	}
	return exact(v)
}

// exact replaces every number of a decoded document by its value.
func exact(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		r, ok := new(big.Rat).SetString(v.String())
		if !ok {
			return nil, fmt.Errorf("number %s isn't a decimal", v)
		}
		return r.RatString(), nil
	case map[string]any:
		for k := range v {
			if v[k], err = exact(v[k]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = exact(v[i]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}
