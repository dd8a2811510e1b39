package api

import (
	_ "embed"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"
)

// openAPIDocument is what /openapi.json serves: [OpenAPI] of this table of routes,
// which cmd/generate writes down. A test fails when it is out of date.
//
//go:embed openapi.json
var openAPIDocument []byte

// docsPath is where people read the OpenAPI document.
const docsPath = "/docs"

//go:embed docs.html
var docsPage string

//go:embed docs.js
var docsScript string

// docsFiles serves Swagger UI from the binary. It reads every file once when it
// is made, which no start of a server should wait for.
var docsFiles = sync.OnceValue(func() http.Handler {
	return http.StripPrefix(docsPath, statigz.FileServer(static.FS))
})

// serveDocs serves the page and its files. It works offline; the page may run only
// what comes with it and talk only to this server. Its links are relative, because a gateway
// may have put a path in front of ours.
func serveDocs(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	switch r.URL.Path {
	case docsPath:
		writeText(w, "text/html; charset=utf-8", strings.ReplaceAll(docsPage, "{{root}}", ""))
	case docsPath + "/":
		writeText(w, "text/html; charset=utf-8", strings.ReplaceAll(docsPage, "{{root}}", "../"))
	case docsPath + "/start.js":
		writeText(w, "text/javascript; charset=utf-8", docsScript)
	default:
		docsFiles().ServeHTTP(w, r)
	}
}

func writeText(w http.ResponseWriter, contentType, text string) {
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, text) // the client has gone, there is no one to tell
}
