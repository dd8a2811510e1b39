package deploy

import (
	"cmp"
	"slices"
	"strings"

	"comanda/feed"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
	"comanda/user"
)

// Grant is one action of DynamoDB that a function's role allows on one table, or
// on one index of it.
type Grant struct {
	Action string // without "dynamodb:"
	Table  string // declared name
	Index  string // "" for the table itself

	// Rare says why a run of the scenarios needn't show the action, "" for
	// one that they must show.
	Rare string
}

// Reasons why a function has a permission that no ordinary run needs.
const (
	toResolve = "finds out what became of a write that got no answer, and whether what is to be refused is there already"
	toBury    = "keeps a change that can't be counted, or announced"
)

// Indexes of the orders table, by their declarations.
var (
	byTime = index(order.Table, false)
	open   = index(order.Table, true)
)

// index returns the name of the local or of the global index of a table that has one
// of each.
func index(t storage.Table, global bool) string {
	i := slices.IndexFunc(t.Indexes, func(ix storage.Index) bool { return ix.Global == global })
	return t.Indexes[i].Name
}

// Grants are the permissions of every function on tables, by the function's
// name. A function that isn't here has none. A transaction needs the permissions of
// what is in it, and a query of an index needs it on the index alone.
var Grants = map[string][]Grant{
	"add_order":    grants(on(order.Table, "PutItem"), rarely(toResolve, order.Table, "GetItem")),
	"list_orders":  grants(onIndex(order.Table, byTime, "Query")),
	"get_order":    grants(on(order.Table, "GetItem")),
	"edit_order":   grants(on(order.Table, "GetItem", "PutItem")),
	"cancel_order": grants(on(order.Table, "GetItem", "PutItem")),
	"user_orders":  grants(onIndex(order.Table, byTime, "Query"), on(user.Table, "GetItem")),
	"user_order":   grants(on(order.Table, "GetItem")),
	"order_status": grants(on(order.Table, "GetItem", "PutItem")),
	"queue":        grants(onIndex(order.Table, open, "Query"), on(order.Table, "BatchGetItem")),
	"users": grants(on(user.Table, "GetItem", "PutItem", "Scan"),
		on(user.Claims, "DeleteItem", "GetItem", "PutItem")),
	"erasure": grants(on(order.Table, "GetItem", "PutItem", "Query"),
		on(user.Table, "GetItem", "PutItem"), on(user.Claims, "DeleteItem", "GetItem")),
	"monitor": grants(on(report.Table, "GetItem", "Query")),
	"system":  grants(on(order.Table, "GetItem")),
	"reports": grants(on(report.Table, "GetItem", "PutItem"), rarely(toBury, feed.Table, "PutItem")),

	"enrichment": grants(rarely(toBury, feed.Table, "PutItem")),
}

func grants(groups ...[]Grant) []Grant {
	all := slices.Concat(groups...)
	slices.SortFunc(all, func(a, b Grant) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Index, b.Index), strings.Compare(a.Action, b.Action))
	})
	return all
}

func on(t storage.Table, actions ...string) []Grant { return onIndex(t, "", actions...) }

func onIndex(t storage.Table, index string, actions ...string) []Grant {
	var out []Grant
	for _, a := range actions {
		out = append(out, Grant{Action: a, Table: t.Name, Index: index})
	}
	return out
}

func rarely(why string, t storage.Table, actions ...string) []Grant {
	out := on(t, actions...)
	for i := range out {
		out[i].Rare = why
	}
	return out
}
