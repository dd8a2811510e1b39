package api

import (
	"comanda/order"
	"comanda/report"
	"comanda/user"
)

// parameter is a query parameter or a header, for the documentation.
type parameter struct {
	name, description string
	schema            object
}

// pathSchema returns the schema of a parameter in a path.
func pathSchema(name string) object {
	switch name {
	case "orderId":
		return orderID()
	case "userid":
		return object{"type": "string", "description": "The user's id, or your own username."}
	case "restaurantId":
		return object{"type": "string", "pattern": order.IDPattern}
	}
	return text()
}

// The headers that operations look at, beside Authorization.

func idempotencyKey() []parameter {
	return []parameter{{"Idempotency-Key", "Stands for an orderId when the body has none. Quoted, with parameters or without, or bare; at most 255 characters.", like(text(), "8e03978e-40d5-43e8-bc93-6894a57f9324")}}
}

func userKey() []parameter {
	return []parameter{{"Idempotency-Key", "Repeating the request under the same key repeats the answer. Quoted, with parameters or without, or bare; at most 255 characters.", like(text(), "8e03978e-40d5-43e8-bc93-6894a57f9324")}}
}

func orderConditions() []parameter {
	return []parameter{
		{"If-Match", "Change the order only if its ETag is one of these, as it came. A header that names none of a version, be it empty, matches nothing.", like(text(), `"1"`)},
		{"If-None-Match", "Don't change the order if its ETag is one of these; * excludes every order.", like(tagList(), `"2"`, "*")},
	}
}

func userConditions() []parameter {
	return []parameter{
		{"If-Match", "Change the profile only if its ETag is one of these, as it came; * insists on there being one.", like(text(), `"1"`, "*")},
		{"If-None-Match", "Don't change the profile if its ETag is one of these; with * PUT only creates.", like(tagList(), "*")},
	}
}

func ifNoneMatch() []parameter {
	return []parameter{{"If-None-Match", "Answer 304 if the order's ETag is one of these.", like(tagList(), `"1"`)}}
}

func lastEventID() []parameter {
	return []parameter{{"Last-Event-ID", "The id of the last event that you got: those after it come first, or a reset if they aren't known any more.", like(text(), "42")}}
}

// The query parameters of operations.

func reportParameters() []parameter {
	return []parameter{
		{"top", "The most entries of each ranking.", with(small(1, report.MaxTop), object{"default": report.DefaultTop, "examples": []int{3}})},
		{"from", "The first business day: a date, or a time on it. Without from and to, the report is of all time.", moment()},
		{"to", "The day after the last business day, likewise; tomorrow if not given. At most 366 days after from.", moment()},
	}
}

func verifyParameters() []parameter {
	return []parameter{{"verify", "true: only compare, and change nothing.", object{"type": "string", "enum": []string{"true", "false"}, "examples": []string{"true"}}}}
}

func listParameters() []parameter {
	return append([]parameter{
		{"status", "Only orders that are in this status now.", like(status(), order.Placed)},
		{"from", "Only orders placed at this time or later: RFC 3339, or a date.", moment()},
		{"to", "Only orders placed before this time: RFC 3339, or a date.", moment()},
	}, pageParameters(order.MaxPage)...)
}

func queueParameters() []parameter {
	return append([]parameter{
		{"from", "Only orders placed at this time or later: RFC 3339, or a date.", moment()},
		{"to", "Only orders placed before this time: RFC 3339, or a date.", moment()},
		{"status", "Only orders that are in this status now; one of the open ones.", object{"type": "string", "enum": []order.Status{order.Placed, order.Acknowledged, order.Dispatched}, "examples": []order.Status{order.Placed}}},
	}, pageParameters(order.MaxPage)...)
}

func lastEventIDParameters() []parameter {
	return []parameter{{"lastEventId", "As the header Last-Event-ID, for clients that can't send it again.", like(text(), "42")}}
}

func userListParameters() []parameter {
	return append([]parameter{
		{"username", "Only the user whose profile has this username, in any case.", like(filled(), "ana")},
		{"email", "Only the user whose profile has this e-mail address, in any case.", like(filled(), "ana@example.com")},
	}, pageParameters(user.MaxPage)...)
}

func pageParameters(most int) []parameter {
	return []parameter{
		{"limit", "The most entries in an answer.", with(small(1, most), object{"default": defaultPage, "examples": []int{20}})},
		{"nextToken", "From the answer before this one, to the same query.", like(text(), "AYd2aW5nLXRvbWF0bw")},
	}
}
