package api

import (
	"comanda/identity"
	"comanda/order"
	"comanda/user"

	"github.com/go-json-experiment/json/jsontext"
)

// Parts of which the schemas of the OpenAPI document consist. Limits come from the
// domain, so that the document states what the service does. These are functions, as
// only the generator wants what they make: a variable would cost every start.

func text() object    { return object{"type": "string"} }
func filled() object  { return object{"type": "string", "minLength": 1} }
func instant() object { return object{"type": "string", "format": "date-time"} }
func orderID() object { return object{"type": "string", "pattern": order.OrderIDPattern} }
func status() object  { return object{"type": "string", "enum": order.Statuses} }
func userID() object  { return object{"type": "string", "pattern": user.IDPattern} }
func day() object     { return object{"type": "string", "format": "date"} }
func anyID() object   { return ref("Id") }
func moment() object {
	return like(object{"type": "string", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].+)?$`}, "2026-11-30", "2026-11-30T18:00:00Z")
}
func contentRequired() []string { return []string{"restaurantId", "orderItems", "totalAmount"} }

// Numbers have formats, because generators of clients read one without as 32 bits of an integer or
// of a binary fraction: 1234567.89 would become 1234567.9. A double has 53 bits, and so every whole number
// of ten-thousandths up to 900,000,000,000 comes back from one as it was written.

// small is an integer that is under a thousand million.
func small(least, most int) object {
	return object{"type": "integer", "format": "int32", "minimum": least, "maximum": most}
}

// large is an integer that may be larger.
func large() object { return object{"type": "integer", "format": "int64"} }

// sum is an exact decimal that orders add up to.
func sum() object { return object{"type": "number", "format": "double"} }

// version counts the changes of an order or a profile.
func version() object { return with(large(), object{"minimum": 1}) }

// idSchemas are of ids. Both forms have names, as generators name what they make after them. Nothing is of both, so
// that anyOf says what oneOf would; but where a reader of JSON takes numbers for text, too, code made of oneOf refuses what is both.
func idSchemas() object {
	return object{
		"Id": object{
			"description": "An integer of at most 15 digits, or a string. The number 1 and the string \"1\" are the same id; the form sent is echoed.",
			"anyOf":       []any{ref("NumberId"), ref("TextId")},
		},
		"NumberId": with(large(), object{"minimum": -999_999_999_999_999, "maximum": 999_999_999_999_999}),
		"TextId":   object{"type": "string", "pattern": order.IDPattern},
	}
}

func courier() object {
	return object{"type": "object", "required": []string{"id", "name"}, "properties": object{"id": anyID(), "name": words(1, order.MaxName)}}
}

func quantity() object {
	return with(small(1, order.MaxQuantity), object{"type": []string{"integer", "null"}, "default": 1})
}

func item() object {
	return object{
		"type": "object", "required": []string{"id", "name", "price"},
		"properties": object{"id": anyID(), "name": words(1, order.MaxName), "price": amount(order.MaxPrice), "quantity": quantity()},
	}
}

func contentFields() object {
	return object{
		"restaurantId":    anyID(),
		"orderItems":      object{"type": "array", "minItems": 1, "maxItems": order.MaxItems, "items": ref("Item")},
		"totalAmount":     amount(order.MaxTotal),
		"delivery":        optional(ref("Courier")),
		"note":            object{"type": []string{"string", "null"}, "maxLength": order.MaxText},
		"deliveryAddress": object{"type": []string{"string", "null"}, "maxLength": order.MaxText},
	}
}

func userFields() object {
	return object{
		"name":     words(1, user.MaxName),
		"username": object{"type": []string{"string", "null"}, "minLength": 1, "maxLength": user.MaxUsername, "description": "Unique without regard to case."},
		"email":    object{"type": []string{"string", "null"}, "maxLength": identity.MaxEmail, "description": "Unique without regard to case."},
		"address":  object{"type": []string{"string", "null"}, "minLength": 1, "maxLength": user.MaxAddress},
	}
}

func ranked() object {
	return object{
		"type": "object", "required": []string{"id", "name", "units", "revenue"},
		"properties": object{"id": anyID(), "name": text(), "units": large(), "revenue": sum()},
	}
}

func count() object {
	return object{
		"type": "object", "required": []string{"orders", "units", "revenue"},
		"properties": object{"orders": large(), "units": large(), "revenue": sum()},
	}
}

func words(least, most int) object {
	return object{"type": "string", "minLength": least, "maxLength": most}
}

// amount is an exact decimal with at most four places.
func amount(most order.Money) object {
	return with(sum(), object{"minimum": 0, "maximum": jsontext.Value(most.String()), "description": "Exact, with at most 4 decimal places."})
}

func optional(schema object) object {
	return object{"anyOf": []any{schema, object{"type": "null"}}}
}

// tagList is a list of entity tags, or *.
func tagList() object {
	const tag = `(W/)?"[^"]*"`
	return object{"type": "string", "pattern": `^[ \t]*\*[ \t]*$|^[ \t,]*(` + tag + `([ \t,]+` + tag + `)*[ \t,]*)?$`}
}

// like returns a schema with examples of its values.
func like(schema object, values ...any) object { return with(schema, object{"examples": values}) }

func with(a, b object) object {
	out := object{}
	for _, m := range []object{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}
