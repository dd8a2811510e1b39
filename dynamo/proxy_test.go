package dynamo

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"comanda/dynamolocal"
)

// What a proxy does to a request.
const (
	passes     = "passes"
	throttles  = "throttles"
	fails      = "fails before it is applied"
	failsAfter = "fails after it was applied"
	cuts       = "cuts before it is applied"
	cutsAfter  = "cuts after it was applied"
	cutsAnswer = "cuts within the answer"
	comesLate  = "cuts, and applies it later"
	hangs      = "never answers, and applies it"
	lags       = "answers from an index that lags"
)

// odds are out of a thousand; the rest passes.
var odds = []struct {
	what string
	of   int
}{
	{throttles, 60}, {fails, 20}, {failsAfter, 25}, {cuts, 20}, {cutsAfter, 30}, {cutsAnswer, 10}, {comesLate, 25}, {hangs, 1},
}

// sureOf is the request from which on each thing happens once for sure.
const sureOf = 100

// proxy stands between a client and DynamoDB Local, and does to their requests what
// networks and services do.
type proxy struct {
	server *httptest.Server
	target string
	client *http.Client

	mu           sync.Mutex
	dice         *rand.Rand
	rolls        int
	counts       map[string]int
	transactions map[string]int     // those of them that were TransactWriteItems
	seen         map[string][]reply // answers to queries of the index that lags, by the request's body
	late         []*lateRequest
	done         sync.WaitGroup // requests that are applied while no caller waits
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// lateRequest is applied after so many others.
type lateRequest struct {
	header http.Header
	body   []byte
	wait   int
}

// newProxy starts a proxy, which ends with the test.
func newProxy(t *testing.T, seed uint64) *proxy {
	p := &proxy{
		target: dynamolocal.Endpoint(t), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
		dice: rand.New(rand.NewPCG(seed, 1)), counts: map[string]int{}, transactions: map[string]int{}, seen: map[string][]reply{},
	}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// option has a client send its requests to the proxy.
func (p *proxy) option(o *dynamodb.Options) {
	o.BaseEndpoint = &p.server.URL
	o.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

// ServeHTTP lets a request meet its fate.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
	header := r.Header.Clone()
	what, old := p.roll(body, strings.HasSuffix(header.Get("X-Amz-Target"), ".TransactWriteItems"))
	p.applyLate()
	switch what {
	case throttles:
		code := []string{"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}[len(body)%3]
		errorReply(http.StatusBadRequest, code).send(w)
	case fails:
		errorReply(http.StatusInternalServerError, "InternalServerError").send(w)
	case failsAfter:
		p.forward(header, body)
		errorReply(http.StatusServiceUnavailable, "ServiceUnavailable").send(w)
	case cutsAfter:
		p.forward(header, body)
		panic(http.ErrAbortHandler)
	case cutsAnswer:
		answer := p.forward(header, body)
		answer.header.Set("Content-Length", "100000")
		answer.send(w)
		panic(http.ErrAbortHandler)
	case hangs:
		<-r.Context().Done()
		p.forward(header, body)
	case cuts, comesLate:
		if what == comesLate {
			p.postpone(header, body)
		}
		panic(http.ErrAbortHandler)
	case lags:
		old.send(w)
	default:
		answer := p.forward(header, body)
		p.remember(body, answer)
		answer.send(w)
	}
}

// roll decides what happens to a request. A query of the global index may be
// answered from what it has answered before.
func (p *proxy) roll(body []byte, transaction bool) (what string, old reply) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what = passes
	n := p.dice.IntN(1000)
	for i, o := range odds {
		if n -= o.of; n < 0 || p.rolls == sureOf+i {
			what = o.what
			break
		}
	}
	p.rolls++
	if before := p.seen[string(body)]; what == passes && len(before) > 0 && p.dice.IntN(2) == 0 {
		what, old = lags, before[p.dice.IntN(len(before))]
	}
	p.counts[what]++
	if transaction {
		p.transactions[what]++
	}
	return what, old
}

// maxLag is how many answers of an index are remembered.
const maxLag = 5

func (p *proxy) remember(body []byte, answer reply) {
	if !strings.Contains(string(body), `"IndexName":"open"`) || answer.status != http.StatusOK {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.seen[string(body)]
	p.seen[string(body)] = append(slices.Clone(before[max(0, len(before)-maxLag+1):]), answer)
}

func (p *proxy) postpone(header http.Header, body []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.late = append(p.late, &lateRequest{header, body, 1 + p.dice.IntN(30)})
}

// applyLate applies the late requests whose time has come.
func (p *proxy) applyLate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rest []*lateRequest
	for _, l := range p.late {
		if l.wait--; l.wait > 0 {
			rest = append(rest, l)
			continue
		}
		p.done.Go(func() { p.forward(l.header, l.body) })
	}
	p.late = rest
}

// drain applies what is late and waits for it. No request may come meanwhile.
func (p *proxy) drain() {
	p.mu.Lock()
	for _, l := range p.late {
		p.done.Go(func() { p.forward(l.header, l.body) })
	}
	p.late = nil
	p.mu.Unlock()
	p.server.CloseClientConnections()
	p.server.Close()
	p.done.Wait()
}

// forward sends a request on, whether or not its client still waits.
func (p *proxy) forward(header http.Header, body []byte) reply {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.target, bytes.NewReader(body))
	if err != nil {
		return errorReply(http.StatusBadGateway, err.Error())
	}
	r.Header = header
	answer, err := p.client.Do(r)
	if err != nil {
		return errorReply(http.StatusBadGateway, err.Error())
	}
	defer func() { _ = answer.Body.Close() }() // it has been read
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return errorReply(http.StatusBadGateway, err.Error())
	}
	return reply{answer.StatusCode, answer.Header.Clone(), text}
}

func errorReply(status int, code string) reply {
	return reply{status, http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		[]byte(`{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"made up"}`)}
}

func (a reply) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may have gone
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
