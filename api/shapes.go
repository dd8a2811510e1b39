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

func text() object              { return object{"type": "string"} }
func instant() object           { return object{"type": "string", "format": "date-time"} }
func orderID() object           { return object{"type": "string", "pattern": order.OrderIDPattern} }
func status() object            { return object{"type": "string", "enum": order.Statuses} }
func userID() object            { return object{"type": "string", "pattern": user.IDPattern} }
func day() object               { return object{"type": "string", "format": "date"} }
func wholeNumber() object       { return object{"type": "integer"} }
func exact() object             { return object{"type": "number"} }
func contentRequired() []string { return []string{"restaurantId", "orderItems", "totalAmount"} }

func anyID() object {
	return object{
		"description": "An integer of at most 15 digits, or a string. The number 1 and the string \"1\" are the same id; the form sent is echoed.",
		"oneOf": []any{
			object{"type": "integer", "minimum": -999_999_999_999_999, "maximum": 999_999_999_999_999},
			object{"type": "string", "pattern": order.IDPattern},
		},
	}
}

func courier() object {
	return object{"type": "object", "required": []string{"id", "name"}, "properties": object{"id": anyID(), "name": words(1, order.MaxName)}}
}

func quantity() object {
	return object{"type": []string{"integer", "null"}, "minimum": 1, "maximum": order.MaxQuantity, "default": 1}
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
		"properties": object{"id": anyID(), "name": text(), "units": wholeNumber(), "revenue": exact()},
	}
}

func count() object {
	return object{
		"type": "object", "required": []string{"orders", "units", "revenue"},
		"properties": object{"orders": wholeNumber(), "units": wholeNumber(), "revenue": exact()},
	}
}

func words(least, most int) object {
	return object{"type": "string", "minLength": least, "maxLength": most}
}

// amount is an exact decimal with at most four places.
func amount(most order.Money) object {
	return object{"type": "number", "minimum": 0, "maximum": jsontext.Value(most.String()), "description": "Exact, with at most 4 decimal places."}
}

func optional(schema object) object {
	return object{"anyOf": []any{schema, object{"type": "null"}}}
}

func with(a, b object) object {
	out := object{}
	for _, m := range []object{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}
