package order

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// An item and a courier keep members that this release doesn't know in a field that
// encoding/json would write as one more member. With the methods below both libraries
// write and read the same.

type (
	plainItem    Item
	plainCourier Courier
)

// MarshalJSONTo writes the members of i, those that this release doesn't know last.
func (i *Item) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, (*plainItem)(i))
}

// UnmarshalJSONFrom reads the members of i.
func (i *Item) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return json.UnmarshalDecode(dec, (*plainItem)(i))
}

// MarshalJSON is MarshalJSONTo for encoding/json.
func (i *Item) MarshalJSON() ([]byte, error) { return json.Marshal((*plainItem)(i)) }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (i *Item) UnmarshalJSON(v []byte) error { return json.Unmarshal(v, (*plainItem)(i)) }

// MarshalJSONTo writes the members of c, as [Item.MarshalJSONTo] does.
func (c *Courier) MarshalJSONTo(enc *jsontext.Encoder) error {
	return json.MarshalEncode(enc, (*plainCourier)(c))
}

// UnmarshalJSONFrom reads the members of c.
func (c *Courier) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	return json.UnmarshalDecode(dec, (*plainCourier)(c))
}

// MarshalJSON is MarshalJSONTo for encoding/json.
func (c *Courier) MarshalJSON() ([]byte, error) { return json.Marshal((*plainCourier)(c)) }

// UnmarshalJSON is UnmarshalJSONFrom for encoding/json.
func (c *Courier) UnmarshalJSON(v []byte) error { return json.Unmarshal(v, (*plainCourier)(c)) }
