package api

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/swaggest/swgui/v5emb"
)

// openAPIDocument is what /openapi.json serves. It is generated from the route
// table by `go test ./api -run OpenAPI -update`, and the same test fails when it
// is out of date.
//
//go:embed openapi.json
var openAPIDocument []byte

// docsPath is where people read the OpenAPI document.
const docsPath = "/docs"

// docsHandler serves Swagger UI from the binary. It works offline; the page may
// run only what comes with it and talk only to this server.
func docsHandler() http.Handler {
	ui := v5emb.New("Comanda", "/openapi.json", docsPath)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		if strings.TrimSuffix(r.URL.Path, "/") == docsPath {
			r.URL.Path = docsPath + "/"
		}
		ui.ServeHTTP(w, r)
	})
}
