package recorder

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Recorder stands in front of a service that speaks DynamoDB's API. It
// notes which function calls what, so that a run of the scenarios can be compared
// with the permissions of the roles ([Compare]). A function's endpoint is the URL of the
// recorder's server with the function's name as its path:
//
//	recorder := recorder.New(endpoint, strings.NewReplacer("test-", "").Replace)
//	server := httptest.NewServer(recorder)
//	environment["AWS_ENDPOINT_URL_DYNAMODB"] = server.URL + "/" + function
//
// The signature of a request covers its path, so the service behind must not check
// it; DynamoDB Local doesn't.
type Recorder struct {
	proxy   *httputil.ReverseProxy
	declare func(table string) string

	mu       sync.Mutex
	seen     map[string]map[Call]bool // by function
	problems []string
}

// maxRequest is the most that DynamoDB takes.
const maxRequest = 16 << 20

// New returns a recorder in front of the service at a URL. Declared returns
// the declared name of a table, given the one in requests; nil: they are the same.
func New(service *url.URL, declared func(table string) string) *Recorder {
	if declared == nil {
		declared = func(table string) string { return table }
	}
	return &Recorder{
		proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(service)
			r.Out.URL.Path, r.Out.URL.RawPath = "/", ""
			r.Out.Host = r.In.Host // as it was signed
		}},
		declare: declared, seen: map[string]map[Call]bool{},
	}
}

// ServeHTTP notes a request and hands it on. One that can't be understood is handed on,
// too, and is a problem.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.note(strings.Trim(request.URL.Path, "/"), request.Header.Get("X-Amz-Target"), body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	r.proxy.ServeHTTP(w, request)
}

func (r *Recorder) note(function, amzTarget string, body []byte) {
	calls, err := CallsOf(amzTarget, body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || function == "" {
		r.problems = append(r.problems, fmt.Sprintf("a request of function %q: %v", function, err))
		return
	}
	if r.seen[function] == nil {
		r.seen[function] = map[Call]bool{}
	}
	for _, c := range calls {
		c.Table = r.declare(c.Table)
		r.seen[function][c] = true
	}
}

// Seen returns what each function has called, sorted.
func (r *Recorder) Seen() map[string][]Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]Call{}
	for function, calls := range r.seen {
		out[function] = slices.SortedFunc(maps.Keys(calls), func(a, b Call) int { return strings.Compare(a.String(), b.String()) })
	}
	return out
}

// Wrong returns what is wrong with the roles, given all that was recorded: what a function
// called that its role doesn't allow, what a role allows that was never called, and
// requests that couldn't be understood. Functions are those that the run should have
// used.
func (r *Recorder) Wrong(functions []string) []string {
	seen := r.Seen()
	wrong := slices.Clone(r.problems)
	for _, name := range functions {
		wrong = append(wrong, Compare(name, seen[name])...)
		delete(seen, name)
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		wrong = append(wrong, fmt.Sprintf("%q isn't a function of this run, and called %v", name, seen[name]))
	}
	return wrong
}
