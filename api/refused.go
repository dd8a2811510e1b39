package api

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"comanda/identity"
	"comanda/order"
	"comanda/payload"
	"comanda/report"
	"comanda/storage"
	"comanda/user"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// refused is an example of a refusal: an error as it occurs, from which the answer is made as for
// a request, and the operations that may meet it. An operation shows those of the statuses that it has.
type refused struct {
	name string // under which the document has it
	err  error
	on   func(route) bool
}

// refusals returns the examples of refusals, in the order in which they are shown.
func refusals() []refused {
	return slices.Concat(invalidExamples(), orderRefusals(), userRefusals(), commonRefusals())
}

// invalidExamples are of input that breaks rules.
func invalidExamples() []refused {
	return []refused{
		{"invalid-order", found(`{"restaurantId":7,"orderItems":[{"id":1,"name":"Spaghetti","price":"9.99"}],"totalAmount":-1}`,
			func(v *payload.Value) { order.ReadContent(v, order.AcceptTotal) }), taking("Placement", "OrderContent")},
		{"invalid-step", found(`{"status":"EATEN"}`, func(v *payload.Value) { order.ReadStep(v) }), taking("Step")},
		{"invalid-profile", found(`{"name":"","email":"ana"}`, func(v *payload.Value) { user.ReadContent(v) }), taking("UserContent", "UserCreation", "UserPatch")},
		{"invalid-limit", misread("limit=500", listParameters, func(q *query) { q.integer("limit", 1, order.MaxPage, defaultPage) }), asking("limit")},
		{"invalid-top", misread("top=500", reportParameters, func(q *query) { q.integer("top", 1, report.MaxTop, report.DefaultTop) }), asking("top")},
		{"invalid-verify", misread("verify=", verifyParameters, nil), asking("verify")},
		{"misspelt-parameter", misread("lastEventID=42", lastEventIDParameters, nil), asking("lastEventId")},
		{"unknown-parameter", misread("pretty=true", nil, nil), func(rt route) bool { return rt.method == http.MethodGet && rt.query == nil }},
		{"invalid-userid", invalidUserID("ana costa"), func(rt route) bool { return rt.names("userid") && !rt.names("orderId") && rt.body == "" }},
		{"unfinished-body", &bodyError{}, withBody},
	}
}

// orderRefusals are what becomes of requests about orders.
func orderRefusals() []refused {
	return []refused{
		{"not-to-be-edited", &order.StatusError{Action: "edited", Status: order.Acknowledged, Open: []order.Status{order.Placed}}, only("editOrder")},
		{"not-to-be-canceled", &order.StatusError{Action: "canceled", Status: order.Acknowledged, Open: []order.Status{order.Placed}}, only("cancelOrder")},
		{"no-open-step", &order.StatusError{Action: "set to DELIVERED", Status: order.Placed, Open: []order.Status{order.Acknowledged, order.Canceled}, Steps: true}, only("advanceOrder")},
		{"too-old", &order.TooOldError{Age: 11 * time.Minute, Limit: 10 * time.Minute}, only("cancelOrder")},
		{"other-courier", &order.CourierError{Status: order.Dispatched}, only("advanceOrder")},
		{"not-found", order.ErrNotFound, func(rt route) bool { return rt.names("orderId") }},
		{"changed-since", order.ErrPrecondition, func(rt route) bool { return rt.names("orderId") }},
		{"order-too-large", &storage.LimitError{What: "document in bytes", Got: 301_220, Limit: 300_000}, taking("Placement", "OrderContent")},
		{"order-key-reused", order.ErrReused, only("placeOrder")},
		{"orders-changing", report.ErrOvertaken, only("rebuildReports")},
	}
}

// userRefusals are what becomes of requests about profiles.
func userRefusals() []refused {
	return []refused{
		{"user-not-found", user.ErrNotFound, func(rt route) bool { return !rt.names("orderId") && rt.names("userid") }},
		{"user-exists", user.ErrExists, only("createUser")},
		{"taken", &user.TakenError{Field: "username"}, taking("UserContent", "UserCreation", "UserPatch")},
		{"profile-changed-since", user.ErrPrecondition, func(rt route) bool { return !rt.names("orderId") }},
		{"user-key-reused", user.ErrReused, only("createUser")},
	}
}

// commonRefusals are what any request may meet.
func commonRefusals() []refused {
	return []refused{
		{"unauthenticated", &identity.UnauthenticatedError{Reason: identity.ReasonExpired}, anywhere},
		{"forbidden", errForbidden, anywhere},
		{"no-route", errNoRoute, only("events")},
		{"timeout", os.ErrDeadlineExceeded, anywhere},
		{"no-version-named", errTagless, anywhere},
		{"excluded", errExcluded, anywhere},
		{"too-large", errTooLarge, anywhere},
		{"encoded-body", errEncoded, anywhere},
		{"too-many-streams", errStreams, anywhere},
		{"not-ready", errNotReady, only("ready")},
		{"busy", storage.ErrBusy, guarded},
		{"contended", storage.ErrContended, writing},
		{"unknown-outcome", storage.ErrUnknown, writing},
		{"no-room", storage.ErrFull, writing},
		{"newer-format", &storage.NewerError{}, guarded},
		{"internal", nil, anywhere},
	}
}

// The operations that may meet a refusal.

func anywhere(route) bool    { return true }
func withBody(rt route) bool { return rt.body != "" }
func guarded(rt route) bool  { return !rt.access.public }
func writing(rt route) bool  { return guarded(rt) && rt.method != http.MethodGet }

func only(operation string) func(route) bool {
	return func(rt route) bool { return rt.operation == operation }
}

func taking(schemas ...string) func(route) bool {
	return func(rt route) bool { return slices.Contains(schemas, rt.body) }
}

func asking(name string) func(route) bool {
	return func(rt route) bool {
		return rt.query != nil && slices.ContainsFunc(rt.query(), func(p parameter) bool { return p.name == name })
	}
}

// names reports whether the path has a parameter.
func (rt route) names(parameter string) bool { return strings.Contains(rt.path, "{"+parameter+"}") }

// found returns what is wrong with a body.
func found(body string, read func(*payload.Value)) error {
	var report payload.Report
	if v := payload.Parse([]byte(body), &report); v != nil {
		read(v)
	}
	return report.Err()
}

// misread returns what is wrong with a query.
func misread(raw string, parameters func() []parameter, read func(*query)) error {
	q := newQuery(raw, parameters)
	if read != nil {
		read(q)
	}
	return q.err()
}

// exampleRequest is the request's id in all examples.
const exampleRequest = "9f2c41d07be85a36"

// problemExamples returns the examples of refusals by their names.
func problemExamples() (object, error) {
	out := object{}
	for _, r := range refusals() {
		body, err := json.Marshal(kindOf(r.err).refusal(r.err, exampleRequest))
		if err != nil {
			return nil, err
		}
		out[r.name] = object{"summary": kindOf(r.err).title, "value": jsontext.Value(body)}
	}
	return out, nil
}

// refusalsOf returns the examples of an operation's refusals with this status.
func (rt route) refusalsOf(status int) object {
	out := object{}
	for _, r := range refusals() {
		if kindOf(r.err).status == status && r.on(rt) {
			out[r.name] = object{"$ref": "#/components/examples/" + r.name}
		}
	}
	return out
}
