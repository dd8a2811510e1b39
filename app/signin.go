package app

import (
	"net/http"

	"comanda/api"
)

// poolCORS lets pages of other origins sign people in. Clients of Amazon Cognito in
// browsers send headers of their own, more with every release, which begin alike.
func poolCORS(origins []string) api.CORS {
	return api.CORS{
		Origins:  origins,
		Methods:  "GET, POST",
		Allow:    "Authorization, Cache-Control, Content-Type, X-Amz-Target, X-Amz-User-Agent",
		Prefixes: []string{"amz-sdk-", "x-amz-", "x-amzn-"},
		Expose:   "X-Amzn-RequestId, X-Amzn-ErrorType, X-Amzn-ErrorMessage, Retry-After",
	}
}

// forBrowsers lets pages of some origins call the user pool, and pages of any
// origin read its documents, which are for everybody. A body that is encoded is refused here, as
// the API does, before anything of it is read.
func forBrowsers(origins []string, pool http.Handler) http.Handler {
	operations, documents := poolCORS(origins), poolCORS([]string{"*"})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cors := documents
		if r.URL.Path == "/" {
			cors = operations
		}
		switch {
		case cors.Answer(w, r):
		case r.Method == http.MethodPost && api.Encoded(r.Header):
			refuseEncoded(w)
		default:
			pool.ServeHTTP(w, r)
		}
	})
}

// refuseEncoded answers as the user pool's protocol refuses a request.
func refuseEncoded(w http.ResponseWriter) {
	const name = "UnsupportedMediaTypeException"
	h := w.Header()
	h.Set("Content-Type", "application/x-amz-json-1.1")
	h.Set("X-Amzn-ErrorType", name)
	h.Set("Accept-Encoding", "identity")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close") // or the rest of the body would be read first
	w.WriteHeader(http.StatusUnsupportedMediaType)
	_, _ = w.Write([]byte(`{"__type":"` + name + `","message":"The body has a Content-Encoding, and none is understood: send it as it is."}`)) // a client that has gone is no news
}
