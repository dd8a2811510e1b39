package api

import (
	"maps"

	"comanda/notification"
	"comanda/order"
	"comanda/user"
)

// schemas returns the schemas of the OpenAPI document by name.
func schemas() object {
	out := object{}
	for _, group := range []object{idSchemas(), orderSchemas(), pageSchemas(), userSchemas(), eventSchemas(), reportSchemas(), serviceSchemas()} {
		maps.Copy(out, group)
	}
	return out
}

// orderSchemas are what orders consist of, and what is asked of them.
func orderSchemas() object {
	return object{
		"Item":         item(),
		"Courier":      courier(),
		"OrderContent": object{"type": "object", "required": contentRequired(), "properties": contentFields()},
		"Placement": object{
			"type": "object", "required": contentRequired(),
			"properties": with(contentFields(), object{"orderId": object{
				"type": []string{"string", "null"}, "pattern": order.OrderIDPattern,
				"description": "Unique among your orders; made by the service if not given. Repeating it with the same content repeats the answer.",
			}}),
		},
		"Step": object{
			"type": "object", "required": []string{"status"},
			"properties": object{
				"status":   status(),
				"delivery": optional(ref("Courier")),
				"reason":   object{"type": []string{"string", "null"}, "maxLength": order.MaxReason},
			},
		},
		"Order": object{
			"type":     "object",
			"required": []string{"orderId", "userId", "restaurantId", "orderItems", "totalAmount", "status", "orderTime", "updatedAt", "version", "history"},
			"properties": with(contentFields(), object{
				"orderId": orderID(), "userId": text(), "status": status(), "orderTime": instant(), "updatedAt": instant(),
				"version": version(),
				"flags":   object{"type": "array", "items": object{"type": "string", "enum": []string{"total-differs"}}},
				"history": object{"type": "array", "description": "Changes of status, oldest first.", "items": ref("Transition")},
			}),
		},
		"Transition": object{
			"type": "object", "required": []string{"status", "at", "by"},
			"properties": object{
				"status": status(), "at": instant(), "reason": text(),
				"by": object{"type": "string", "description": "owner or staff; for staff, the id of who did it."},
			},
		},
	}
}

// pageSchemas are the answers with lists.
func pageSchemas() object {
	return object{
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
				"nextToken": text(),
			},
		},
		"UserPage": object{
			"type": "object", "required": []string{"users"},
			"properties": object{"users": object{"type": "array", "items": ref("User")}, "nextToken": text()},
		},
	}
}

// userSchemas are of profiles.
func userSchemas() object {
	return object{
		"User": object{
			"type": "object", "required": []string{"userid"},
			"properties": with(userFields(), object{"userid": userID(), "createdAt": instant(), "timestamp": instant(), "version": version()}),
		},
		"UserContent":  object{"type": "object", "required": []string{"name"}, "properties": userFields()},
		"UserCreation": object{"type": "object", "required": []string{"name"}, "properties": with(userFields(), object{"userid": object{"type": []string{"string", "null"}, "pattern": user.IDPattern}})},
		"UserPatch":    object{"type": "object", "properties": with(userFields(), object{"name": words(1, user.MaxName)})},
		"Deleted":      object{"type": "object", "required": []string{"userid"}, "properties": object{"userid": text()}},
		"Erasure": object{
			"type": "object", "required": []string{"userid", "ordersChanged"},
			"properties": object{"userid": text(), "ordersChanged": with(large(), object{"minimum": 0})},
		},
	}
}

// eventSchemas are of what is announced.
func eventSchemas() object {
	return object{
		"Notification": object{
			"type": "object", "required": []string{"type", "timestamp", "data"}, "description": "What webhooks and server-sent events carry.",
			"properties": object{
				"type": object{"type": "string", "enum": notification.Types}, "timestamp": instant(),
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
			// A text isn't a notification, and so this says nothing, but it is how a path gets to the schema. oapi-codegen
			// leaves out what only webhooks use, and what it makes of the webhooks doesn't compile then.
			"not": ref("Notification"),
			"description": "Events in the format of the HTML Living Standard, section 9.2. The name of an event is its type, its data is a Notification in JSON. " +
				"The event reset says that events were missed: read the lists again. The event position has an id and nothing to say; it comes first, and now and then. " +
				"Comments are signs of life.",
		},
	}
}

// reportSchemas are of what orders add up to.
func reportSchemas() object {
	return object{
		"Report": object{
			"type": "object", "required": []string{"from", "to", "orders", "revenue", "topProducts", "couriersByUnits", "couriersByRevenue", "days"},
			"properties": object{
				"from":     optional(with(day(), object{"description": "The first business day; null with to: of all time."})),
				"to":       optional(with(day(), object{"description": "The day after the last business day."})),
				"currency": object{"type": "string", "pattern": "^[A-Z]{3}$"},
				"orders":   object{"type": "object", "additionalProperties": large(), "description": "How many are in which status now, those canceled included."},
				"revenue":  with(sum(), object{"description": "Sum of the total amounts of orders that aren't canceled."}),
				"topProducts": object{"type": "array", "description": "Best first, by units.", "items": object{
					"type": "object", "required": []string{"restaurantId", "id", "name", "units", "revenue"},
					"properties": object{"restaurantId": anyID(), "id": anyID(), "name": text(), "units": large(), "revenue": sum()},
				}},
				"couriersByUnits":   object{"type": "array", "description": "Best first, by units.", "items": ranked()},
				"couriersByRevenue": object{"type": "array", "description": "Best first, by revenue.", "items": ranked()},
				"days": object{"type": "array", "description": "Business days with orders, oldest first; of all time, the latest 31 days.", "items": object{
					"type": "object", "required": []string{"date", "orders", "revenue"},
					"properties": object{"date": day(), "orders": large(), "revenue": sum()},
				}},
			},
		},
		"Recount": object{
			"type": "object", "required": []string{"orders", "unreadable", "exact", "differences", "more"},
			"properties": object{
				"orders":     with(large(), object{"description": "Orders that were counted."}),
				"unreadable": with(large(), object{"description": "Orders that could not be counted."}),
				"exact":      object{"type": "boolean", "description": "Also if orders were changed meanwhile."},
				"differences": object{"type": "array", "items": object{
					"type": "object", "required": []string{"scope", "counter", "counted", "orders"},
					"properties": object{"scope": text(), "counter": text(), "counted": count(), "orders": count()},
				}},
				"more": with(large(), object{"description": "Differences that aren't listed."}),
			},
		},
	}
}

// serviceSchemas are about the service itself, and its refusals.
func serviceSchemas() object {
	return object{
		"Health":   object{"type": "object", "required": []string{"status"}, "properties": object{"status": text()}},
		"Version":  object{"type": "object", "required": []string{"version", "zone"}, "properties": object{"version": text(), "zone": object{"type": "string", "description": "IANA name of the time zone of the business day."}}},
		"Document": object{"type": "object", "description": "An OpenAPI 3.1 document."},
		"Problem": object{
			"type": "object", "required": []string{"type", "title", "status", "requestId"},
			"properties": object{
				"type":  object{"type": "string", "enum": problemTypes()},
				"title": text(), "status": small(400, 599), "detail": text(), "requestId": text(),
				"violations": object{"type": "array", "items": object{
					"type": "object", "required": []string{"path", "message"}, "properties": object{"path": text(), "message": text()},
				}},
			},
		},
	}
}

func problemTypes() []string {
	var out []string
	seen := map[string]bool{}
	for _, k := range append(problems, internalError) {
		if !seen[k.name] {
			seen[k.name] = true
			out = append(out, typePrefix+k.name)
		}
	}
	return out
}
