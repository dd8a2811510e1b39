package function

import (
	"comanda/feed"
	"comanda/order"
	"comanda/report"
	"comanda/storage"
	"comanda/user"
)

// Tables returns the tables that a function works with, and has permissions for.
func (f Function) Tables() []storage.Table {
	switch f.Name {
	case "users":
		return []storage.Table{user.Table, user.Claims}
	case "user_orders":
		return []storage.Table{order.Table, user.Table}
	case "erasure":
		return []storage.Table{order.Table, user.Table, user.Claims}
	case "enrichment":
		return []storage.Table{feed.Table}
	case "reports":
		return []storage.Table{report.Table, feed.Table}
	case "monitor":
		return []storage.Table{report.Table}
	case "authorizer":
		return nil
	}
	return []storage.Table{order.Table}
}
