package api

import (
	"comanda/identity"
	"comanda/notification"
	"comanda/order"
	"comanda/report"
	"comanda/user"

	"github.com/go-json-experiment/json/jsontext"
)

// Schemas of the OpenAPI document. Limits come from the domain, so that the
// document states what the service does.

var (
	text    = object{"type": "string"}
	instant = object{"type": "string", "format": "date-time"}
	anyID   = object{
		"description": "An integer of at most 15 digits, or a string. The number 1 and the string \"1\" are the same id; the form sent is echoed.",
		"oneOf": []any{
			object{"type": "integer", "minimum": -999_999_999_999_999, "maximum": 999_999_999_999_999},
			object{"type": "string", "pattern": order.IDPattern},
		},
	}
	orderID  = object{"type": "string", "pattern": order.OrderIDPattern}
	status   = object{"type": "string", "enum": order.Statuses}
	courier  = object{"type": "object", "required": []string{"id", "name"}, "properties": object{"id": anyID, "name": words(1, order.MaxName)}}
	quantity = object{"type": []string{"integer", "null"}, "minimum": 1, "maximum": order.MaxQuantity, "default": 1}
	item     = object{
		"type": "object", "required": []string{"id", "name", "price"},
		"properties": object{"id": anyID, "name": words(1, order.MaxName), "price": amount(order.MaxPrice), "quantity": quantity},
	}
	contentFields = object{
		"restaurantId":    anyID,
		"orderItems":      object{"type": "array", "minItems": 1, "maxItems": order.MaxItems, "items": ref("Item")},
		"totalAmount":     amount(order.MaxTotal),
		"delivery":        optional(ref("Courier")),
		"note":            object{"type": []string{"string", "null"}, "maxLength": order.MaxText},
		"deliveryAddress": object{"type": []string{"string", "null"}, "maxLength": order.MaxText},
	}
	userID     = object{"type": "string", "pattern": user.IDPattern}
	userFields = object{
		"name":     words(1, user.MaxName),
		"username": object{"type": []string{"string", "null"}, "minLength": 1, "maxLength": user.MaxUsername, "description": "Unique without regard to case."},
		"email":    object{"type": []string{"string", "null"}, "maxLength": identity.MaxEmail, "description": "Unique without regard to case."},
		"address":  object{"type": []string{"string", "null"}, "minLength": 1, "maxLength": user.MaxAddress},
	}
	day         = object{"type": "string", "format": "date"}
	wholeNumber = object{"type": "integer"}
	exact       = object{"type": "number"}
	ranked      = object{
		"type": "object", "required": []string{"id", "name", "units", "revenue"},
		"properties": object{"id": anyID, "name": text, "units": wholeNumber, "revenue": exact},
	}
	count = object{
		"type": "object", "required": []string{"orders", "units", "revenue"},
		"properties": object{"orders": wholeNumber, "units": wholeNumber, "revenue": exact},
	}
	contentRequired = []string{"restaurantId", "orderItems", "totalAmount"}
)

var schemas = object{
	"Item":         item,
	"Courier":      courier,
	"OrderContent": object{"type": "object", "required": contentRequired, "properties": contentFields},
	"Placement": object{
		"type": "object", "required": contentRequired,
		"properties": with(contentFields, object{"orderId": object{
			"type": []string{"string", "null"}, "pattern": order.OrderIDPattern,
			"description": "Unique among your orders; made by the service if not given. Repeating it with the same content repeats the answer.",
		}}),
	},
	"Step": object{
		"type": "object", "required": []string{"status"},
		"properties": object{
			"status":   status,
			"delivery": optional(ref("Courier")),
			"reason":   object{"type": []string{"string", "null"}, "maxLength": order.MaxReason},
		},
	},
	"Order": object{
		"type":     "object",
		"required": []string{"orderId", "userId", "restaurantId", "orderItems", "totalAmount", "status", "orderTime", "updatedAt", "version", "history"},
		"properties": with(contentFields, object{
			"orderId": orderID, "userId": text, "status": status, "orderTime": instant, "updatedAt": instant,
			"version": object{"type": "integer", "minimum": 1},
			"flags":   object{"type": "array", "items": object{"type": "string", "enum": []string{"total-differs"}}},
			"history": object{"type": "array", "description": "Changes of status, oldest first.", "items": ref("Transition")},
		}),
	},
	"Transition": object{
		"type": "object", "required": []string{"status", "at", "by"},
		"properties": object{
			"status": status, "at": instant, "reason": text,
			"by": object{"type": "string", "description": "owner or staff; for staff, the id of who did it."},
		},
	},
	"OrderPage": object{
		"type": "object", "required": []string{"orders"},
		"properties": object{
			"orders":    object{"type": "array", "items": ref("Order")},
			"nextToken": object{"type": "string", "description": "Send it back to get the next page. A filtered page may be short, even empty, and still have one."},
		},
	},
	"UserOrderPage": object{
		"type": "object", "required": []string{"user", "orders"},
		"properties": object{
			"user":      ref("User"),
			"orders":    object{"type": "array", "items": ref("Order")},
			"nextToken": text,
		},
	},
	"User": object{
		"type": "object", "required": []string{"userid"},
		"properties": with(userFields, object{"userid": userID, "createdAt": instant, "timestamp": instant, "version": object{"type": "integer", "minimum": 1}}),
	},
	"UserContent":  object{"type": "object", "required": []string{"name"}, "properties": userFields},
	"UserCreation": object{"type": "object", "required": []string{"name"}, "properties": with(userFields, object{"userid": object{"type": []string{"string", "null"}, "pattern": user.IDPattern}})},
	"UserPatch":    object{"type": "object", "properties": with(userFields, object{"name": words(1, user.MaxName)})},
	"UserPage": object{
		"type": "object", "required": []string{"users"},
		"properties": object{"users": object{"type": "array", "items": ref("User")}, "nextToken": text},
	},
	"Notification": object{
		"type": "object", "required": []string{"type", "timestamp", "data"}, "description": "What webhooks and server-sent events carry.",
		"properties": object{
			"type": object{"type": "string", "enum": notification.Types}, "timestamp": instant,
			"data": object{
				"type": "object", "required": []string{"order"},
				"properties": object{
					"order":          ref("Order"),
					"previousStatus": object{"type": "string", "enum": order.Statuses, "description": "With order.status_changed."},
					"truncated":      object{"type": "boolean", "description": "The notification would have been too large, and the order's items are left out."},
				},
			},
		},
	},
	"EventStream": object{
		"type": "string",
		"description": "Events in the format of the HTML Living Standard, section 9.2. The name of an event is its type, its data is a Notification in JSON. " +
			"The event reset says that events were missed: read the lists again. The event position has an id and nothing to say; it comes first, and now and then. " +
			"Comments are signs of life.",
	},
	"Report": object{
		"type": "object", "required": []string{"from", "to", "orders", "revenue", "topProducts", "couriersByUnits", "couriersByRevenue", "days"},
		"properties": object{
			"from":     optional(with(day, object{"description": "The first business day; null with to: of all time."})),
			"to":       optional(with(day, object{"description": "The day after the last business day."})),
			"currency": object{"type": "string", "pattern": "^[A-Z]{3}$"},
			"orders":   object{"type": "object", "additionalProperties": wholeNumber, "description": "How many are in which status now, those canceled included."},
			"revenue":  with(exact, object{"description": "Sum of the total amounts of orders that aren't canceled."}),
			"topProducts": object{"type": "array", "description": "Best first, by units.", "items": object{
				"type": "object", "required": []string{"restaurantId", "id", "name", "units", "revenue"},
				"properties": object{"restaurantId": anyID, "id": anyID, "name": text, "units": wholeNumber, "revenue": exact},
			}},
			"couriersByUnits":   object{"type": "array", "description": "Best first, by units.", "items": ranked},
			"couriersByRevenue": object{"type": "array", "description": "Best first, by revenue.", "items": ranked},
			"days": object{"type": "array", "description": "Business days with orders, oldest first; of all time, the latest 31 days.", "items": object{
				"type": "object", "required": []string{"date", "orders", "revenue"},
				"properties": object{"date": day, "orders": wholeNumber, "revenue": exact},
			}},
		},
	},
	"Recount": object{
		"type": "object", "required": []string{"orders", "unreadable", "exact", "differences", "more"},
		"properties": object{
			"orders":     with(wholeNumber, object{"description": "Orders that were counted."}),
			"unreadable": with(wholeNumber, object{"description": "Orders that could not be counted."}),
			"exact":      object{"type": "boolean", "description": "Also if orders were changed meanwhile."},
			"differences": object{"type": "array", "items": object{
				"type": "object", "required": []string{"scope", "counter", "counted", "orders"},
				"properties": object{"scope": text, "counter": text, "counted": count, "orders": count},
			}},
			"more": with(wholeNumber, object{"description": "Differences that aren't listed."}),
		},
	},
	"Deleted": object{"type": "object", "required": []string{"userid"}, "properties": object{"userid": text}},
	"Erasure": object{
		"type": "object", "required": []string{"userid", "ordersChanged"},
		"properties": object{"userid": text, "ordersChanged": object{"type": "integer", "minimum": 0}},
	},
	"Health":   object{"type": "object", "required": []string{"status"}, "properties": object{"status": text}},
	"Version":  object{"type": "object", "required": []string{"version"}, "properties": object{"version": text}},
	"Document": object{"type": "object", "description": "An OpenAPI 3.1 document."},
	"Problem": object{
		"type": "object", "required": []string{"type", "title", "status", "requestId"},
		"properties": object{
			"type":  object{"type": "string", "enum": problemTypes()},
			"title": text, "status": object{"type": "integer"}, "detail": text, "requestId": text,
			"violations": object{"type": "array", "items": object{
				"type": "object", "required": []string{"path", "message"}, "properties": object{"path": text, "message": text},
			}},
		},
	},
}

var pathSchemas = map[string]object{
	"orderId":      orderID,
	"userid":       {"type": "string", "description": "The user's id, or your own username."},
	"restaurantId": {"type": "string", "pattern": order.IDPattern},
}

var (
	idempotencyKey   = parameter{"Idempotency-Key", "Stands for an orderId when the body has none. Quoted, with parameters or without, or bare; at most 255 characters.", object{"type": "string", "maxLength": maxKey + 2}}
	ifMatch          = parameter{"If-Match", "Change the order only if its ETag is one of these, as it came. A header that names none of a version, be it empty, matches nothing.", text}
	unless           = parameter{"If-None-Match", "Don't change the order if its ETag is one of these; * excludes every order.", text}
	userIfMatch      = parameter{"If-Match", "Change the profile only if its ETag is one of these, as it came; * insists on there being one.", text}
	userUnless       = parameter{"If-None-Match", "Don't change the profile if its ETag is one of these; with * PUT only creates.", text}
	lastEventID      = parameter{"Last-Event-ID", "The id of the last event that you got: those after it come first, or a reset if they aren't known any more.", text}
	lastEventIDQuery = parameter{"lastEventId", "As the header Last-Event-ID, for clients that can't send it again.", text}
	ifNoneMatch      = parameter{"If-None-Match", "Answer 304 if the order's ETag is one of these.", text}

	userKey = parameter{"Idempotency-Key", "Repeating the request under the same key repeats the answer. Quoted, with parameters or without, or bare; at most 255 characters.", object{"type": "string", "maxLength": maxKey + 2}}

	reportParameters = []parameter{
		{"top", "The most entries of each ranking.", object{"type": "integer", "minimum": 1, "maximum": report.MaxTop, "default": report.DefaultTop}},
		{"from", "The first business day: a date, or a time on it. Without from and to, the report is of all time.", text},
		{"to", "The day after the last business day, likewise; tomorrow if not given. At most 366 days after from.", text},
	}
	verifyParameter = parameter{"verify", "true: only compare, and change nothing.", object{"type": "string", "enum": []string{"true", "false"}}}

	listParameters = append([]parameter{
		{"status", "Only orders that are in this status now.", status},
		{"from", "Only orders placed at this time or later: RFC 3339, or a date.", text},
		{"to", "Only orders placed before this time: RFC 3339, or a date.", text},
	}, pageParameters(order.MaxPage)...)
	queueParameters = append([]parameter{
		{"from", "Only orders placed at this time or later: RFC 3339, or a date.", text},
		{"to", "Only orders placed before this time: RFC 3339, or a date.", text},
		{"status", "Only orders that are in this status now; one of the open ones.", object{"type": "string", "enum": []order.Status{order.Placed, order.Acknowledged, order.Dispatched}}},
	}, pageParameters(order.MaxPage)...)
)

func pageParameters(most int) []parameter {
	return []parameter{
		{"limit", "The most entries in an answer.", object{"type": "integer", "minimum": 1, "maximum": most, "default": defaultPage}},
		{"nextToken", "From the answer before this one, to the same query.", text},
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

func problemTypes() []string {
	var out []string
	seen := map[string]bool{}
	for _, k := range append(problems, internalError) {
		if !seen[k.name] {
			seen[k.name] = true
			out = append(out, "urn:comanda:problem:"+k.name)
		}
	}
	return out
}
