package api

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type object = map[string]any

// OpenAPI returns the OpenAPI 3.1 document of the route table. It is for
// cmd/generate, which writes openapi.json, and for what is made of the document: a
// server starts with the finished text.
func OpenAPI() ([]byte, error) {
	problems, err := problemExamples()
	if err != nil {
		return nil, fmt.Errorf("make the examples of the OpenAPI document: %w", err)
	}
	paths := object{}
	for _, rt := range routes {
		if rt.page != nil {
			continue // pages describe the rest, and not themselves
		}
		item, ok := paths[rt.path].(object)
		if !ok {
			item = object{}
			paths[rt.path] = item
		}
		item[strings.ToLower(rt.method)] = rt.document()
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Comanda", "version": "1",
			"description": "Customers place, edit, track and cancel orders; staff acknowledge and deliver them. " +
				"Every refusal is application/problem+json (RFC 9457) with a stable type.",
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers": []any{object{"url": "."}}, // beside the document, also behind a gateway that puts a stage in front
		"tags": []any{ // in the order in which readers want them
			object{"name": "orders", "description": "Your own orders."},
			object{"name": "restaurants", "description": "A restaurant's work."},
			object{"name": "monitor", "description": "What orders add up to."},
			object{"name": "events", "description": "What happens, as it happens."},
			object{"name": "users", "description": "Profiles, and what staff do with a customer's orders."},
			object{"name": "service", "description": "The service itself."},
		},
		"paths":    paths,
		"webhooks": object{"notification": webhook()},
		"components": object{
			"schemas":  exemplified(schemas()),
			"examples": problems,
			"headers":  object{"Ignored": ignored()},
			"securitySchemes": object{"idToken": object{
				"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
				"description": "The ID token of the user pool. It may also be sent without the word Bearer.",
			}},
		},
	}
	out, err := json.Marshal(doc, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("make the OpenAPI document: %w", err)
	}
	return append(out, '\n'), nil
}

// webhook is what the service sends to receivers that were added with comanda
// webhooks add, as the Standard Webhooks specification has it.
func webhook() object {
	return object{"post": object{
		"operationId": "notification",
		"security":    []any{}, // but for the signature
		"summary":     "Tell a receiver what happened to an order.",
		"description": "Sent at least once, in order per order, and signed with the receiver's secret (https://www.standardwebhooks.com).",
		"parameters": []any{
			object{"name": "webhook-id", "in": "header", "required": true, "description": "Names the event, the same at every attempt.", "schema": like(text(), "01JDZK5Y3T8Q0M7R2W4X6A9B1C")},
			object{"name": "webhook-timestamp", "in": "header", "required": true, "description": "When this attempt was made, in seconds since 1970.", "schema": like(text(), "1796063507")},
			object{"name": "webhook-signature", "in": "header", "required": true, "description": "One or more signatures, with spaces in between.", "schema": like(text(), "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=")},
		},
		"requestBody": object{"required": true, "content": content("application/json", "Notification")},
		"responses": object{
			"200":     object{"description": "Taken, as with any other status of 200 to 299."},
			"410":     object{"description": "Nothing more is wanted: the receiver is disabled."},
			"default": object{"description": "Not taken: it is sent again, for a day."},
		},
	}}
}

// document returns the OpenAPI operation of a route.
func (rt route) document() object {
	op := object{
		"operationId": rt.operation,
		"tags":        []string{rt.tag()},
		"summary":     rt.summary,
		"description": "**Who:** " + rt.access.name + ". " + rt.access.description,
		"x-access":    rt.access.name,
		"responses":   rt.responses(),
	}
	var parameters []any
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(rt.path, -1) {
		parameters = append(parameters, object{"name": m[1], "in": "path", "required": true, "schema": pathSchema(m[1]), "example": pathExamples[m[1]]})
	}
	if rt.query != nil {
		for _, p := range rt.query() {
			parameters = append(parameters, p.document("query"))
		}
	}
	for _, p := range rt.parameters() {
		parameters = append(parameters, p.document("header"))
	}
	if parameters != nil {
		op["parameters"] = parameters
	}
	if rt.body != "" {
		op["requestBody"] = object{"required": true, "content": content("application/json", rt.body)}
	}
	op["security"] = []any{}
	if !rt.access.public {
		op["security"] = []any{object{"idToken": []string{}}}
	}
	return op
}

// parameters returns the headers that the operation looks at.
func (rt route) parameters() []parameter {
	if rt.headers == nil {
		return nil
	}
	return rt.headers()
}

// document returns the parameter as the document has it.
func (p parameter) document(in string) object {
	return object{"name": p.name, "in": in, "description": p.description, "schema": p.schema}
}

// tag groups operations for readers, by what their path is about.
func (rt route) tag() string {
	if rt.access.public {
		return "service"
	}
	first, _, _ := strings.Cut(rt.path[1:], "/")
	return first
}

// responses returns what a route can answer: what its row says, and what
// follows from it having a body, or a rule.
func (rt route) responses() object {
	ok := object{"description": "Done."}
	if rt.answer != "" {
		ok["content"] = content(cmp.Or(rt.media, "application/json"), rt.answer)
	}
	headers := object{"X-Request-Id": object{"schema": like(text(), exampleRequest), "required": true, "description": "Names the request in the log."}}
	if rt.body != "" {
		headers[ignoredHeader] = object{"$ref": "#/components/headers/Ignored"}
	}
	if rt.etag {
		// What isn't stored has no version: one's own profile that comes from the token.
		stored := rt.answer != "User" || rt.method != http.MethodGet
		headers["ETag"] = object{"schema": like(text(), `"1"`), "required": stored, "description": "The version, as a strong entity tag."}
	}
	ok["headers"] = headers
	out := object{"200": ok}
	if rt.method == http.MethodGet && slices.ContainsFunc(rt.parameters(), func(p parameter) bool { return p.name == "If-None-Match" }) {
		out["304"] = object{"description": "You have this version already."}
	}
	refusals := slices.Clone(rt.problems)
	if rt.method == http.MethodGet {
		refusals = append(refusals, 400)
	}
	if rt.body != "" {
		refusals = append(refusals, 400, 408, 413, 415)
	}
	if !rt.access.public {
		refusals = append(refusals, 401, 403, 503)
	}
	for _, status := range append(refusals, 500) {
		refusal := object{
			"description": http.StatusText(status) + ".",
			"content":     object{problemType: object{"schema": ref("Problem"), "examples": rt.refusalsOf(status)}},
		}
		if rt.body != "" && !slices.Contains(unread, status) {
			refusal["headers"] = object{ignoredHeader: object{"$ref": "#/components/headers/Ignored"}}
		}
		out[fmt.Sprint(status)] = refusal
	}
	return out
}

// unread are the statuses of refusals for which no body was read.
var unread = []int{401, 403, 408, 415}

// ignored is the header of answers to requests whose body was read.
func ignored() object {
	return object{
		"schema":      like(text(), "$.tips, $.orderItems[0].qty"),
		"description": "Members of the body that were skipped, because this operation knows none of that name: up to 20 JSON paths, with commas between them.",
	}
}

// exemplified gives every schema its example.
func exemplified(schemas object) object {
	out, known := object{}, examples()
	for name, s := range schemas {
		out[name] = with(s.(object), object{"examples": []any{known[name]}}) //nolint:forcetypeassert // they are made above as objects
	}
	return out
}

func content(mediaType, schema string) object {
	return object{mediaType: object{"schema": ref(schema)}}
}

func ref(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }
