package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// listener is a receiver of webhooks on a port of this machine. It verifies
// every request with the published library.
type listener struct {
	t       *testing.T
	address string
	secret  string
	changed chan struct{} // receives after every request

	mu     sync.Mutex
	server *http.Server
	answer func(w http.ResponseWriter, r *http.Request, what string) // nil: 200
	taken  []string                                                  // order@version, in the order of acceptance
	ids    map[string]string                                         // webhook-id by order@version
}

// listen opens a receiver at a free port and adds it to the program.
func listen(t *testing.T, p *process) *listener {
	t.Helper()
	l := &listener{t: t, address: "127.0.0.1:0", changed: make(chan struct{}, 1), ids: map[string]string{}}
	l.open()
	t.Cleanup(l.close)
	out := p.webhooks(t, "add", "http://"+l.address+"/hooks", "--allow-private", "--json")
	var added struct{ Secret string }
	if err := json.Unmarshal([]byte(out), &added); err != nil {
		t.Fatalf("add a receiver: %v: %s", err, out)
	}
	l.mu.Lock()
	l.secret = added.Secret
	l.mu.Unlock()
	return l
}

// webhooks runs the program's own command, as an administrator does.
func (p *process) webhooks(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(p.binary, slices.Concat([]string{"webhooks"}, args, []string{"--data", p.dir})...)
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("comanda webhooks %q: %v: %s", args, err, out)
	}
	return string(out)
}

// open listens, the second time at the same address.
func (l *listener) open() {
	l.t.Helper()
	at, err := net.Listen("tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.address = at.Addr().String()
	server := &http.Server{Handler: l}
	l.server = server
	go server.Serve(at)
}

// close refuses connections from then on.
func (l *listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server.Close()
}

// set changes how requests are answered.
func (l *listener) set(answer func(http.ResponseWriter, *http.Request, string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what, answer := l.read(r)
	defer func() {
		select {
		case l.changed <- struct{}{}:
		default:
		}
	}()
	if answer == nil {
		l.take(what)
		return
	}
	answer(w, r, what)
}

func (l *listener) read(r *http.Request) (what string, answer func(http.ResponseWriter, *http.Request, string)) {
	body, err := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	verifier, badSecret := standard.NewWebhook(l.secret)
	if err != nil || badSecret != nil || verifier.Verify(body, r.Header) != nil {
		l.t.Errorf("got %s with %v, want what the published library accepts", body, r.Header)
	}
	a := answerOf(body)
	what = a.str(l.t, "data.order.orderId") + "@" + a.at("data.order.version")
	id := r.Header.Get(standard.HeaderWebhookID)
	if was, ok := l.ids[what]; ok && was != id {
		l.t.Errorf("%s came as %s and as %s", what, was, id)
	}
	l.ids[what] = id
	return what, l.answer
}

func answerOf(body []byte) answer { return answer{body: body} }

func (l *listener) take(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = append(l.taken, what)
}

// missing returns what a receiver hasn't taken of orders with four events each.
func (l *listener) missing(orders []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, id := range orders {
		for version := 1; version <= 4; version++ {
			if what := fmt.Sprintf("%s@%d", id, version); !slices.Contains(l.taken, what) {
				out = append(out, what)
			}
		}
	}
	return out
}

// complete waits until a receiver has taken every event of these orders, and
// fails the test if that took too long or events of one order came in another order.
func (l *listener) complete(orders []string) {
	l.t.Helper()
	deadline := time.After(2 * time.Minute)
	for len(l.missing(orders)) > 0 {
		select {
		case <-l.changed:
		case <-deadline:
			l.t.Fatalf("%d events never came: %v", len(l.missing(orders)), l.missing(orders))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range orders {
		var first []string
		for _, what := range l.taken {
			if strings.HasPrefix(what, id+"@") && !slices.Contains(first, what) {
				first = append(first, what)
			}
		}
		if want := []string{id + "@1", id + "@2", id + "@3", id + "@4"}; !slices.Equal(first, want) {
			l.t.Errorf("order %s: got %v, want %v", id, first, want)
		}
	}
	seen := map[string]string{}
	for what, id := range l.ids {
		if seen[id] != "" {
			l.t.Errorf("%s and %s came under the id %s", what, seen[id], id)
		}
		seen[id] = what
	}
}

// live places orders and takes each to its end.
func (c *client) live(t *testing.T, owner, staff *user, n int) []string {
	t.Helper()
	var ids []string
	for range n {
		id := c.place(t, owner, soup)
		for _, status := range []string{"ACKNOWLEDGED", "DISPATCHED", "DELIVERED"} {
			c.step(t, staff, owner, id, status, "").expect(t, want{status: 200})
		}
		ids = append(ids, id)
	}
	return ids
}

// webhookScenarios run the program as a process, with receivers on this machine.
func webhookScenarios(t *testing.T, s *suite) {
	p := startProcess(t)
	c := s.clientOf(p)
	owner, staff := c.signUp(t, "ana"), c.signUp(t, "cook", "restaurant-1")
	rough, stuck, good := listen(t, p), listen(t, p), listen(t, p)
	released := make(chan struct{})
	stuck.set(func(_ http.ResponseWriter, r *http.Request, what string) {
		select {
		case <-released:
			stuck.take(what)
		case <-r.Context().Done():
		}
	})
	s.scenario(t, "receivers are administered with the key pair only", func(t *testing.T) {
		admin := c.signUp(t, "boss", "apiAdmins")
		for _, token := range []string{"", admin.idToken, "AWS4-HMAC-SHA256 Credential=AKIALOCALAAAAAAAAAAA/20260101/local/cognito-idp/aws4_request, SignedHeaders=host, Signature=00"} {
			for _, operation := range []string{"AddWebhook", "ListWebhooks", "RemoveWebhook", "RotateWebhook", "EnableWebhook", "ListLetters", "RedeliverDead"} {
				header := map[string]string{"X-Amz-Target": "Comanda." + operation, "Content-Type": "application/x-amz-json-1.1"}
				if token != "" {
					header["Authorization"] = token
				}
				a, err := c.try(request{method: "POST", path: "/", header: header, body: `{"id":"wh_x"}`})
				if err != nil || a.status != 400 || !slices.Contains([]string{"MissingAuthenticationTokenException", "IncompleteSignatureException", "UnrecognizedClientException"}, a.header.Get("X-Amzn-ErrorType")) {
					t.Errorf("%s with %.20q: got %d %s, %v, want that the signature is missed", operation, token, a.status, a.body, err)
				}
			}
		}
	})
	var orders []string
	s.scenario(t, "a receiver that answers nothing delays nobody", func(t *testing.T) {
		orders = append(orders, c.live(t, owner, staff, 10)...)
		good.complete(orders)
		rough.complete(orders)
		if n := len(stuck.missing(orders)); n != 40 {
			t.Errorf("the stuck receiver lacks %d events, want all 40", n)
		}
	})
	s.scenario(t, "refused connections and failures are tried again, in order per order", func(t *testing.T) {
		rough.close()
		orders = append(orders, c.live(t, owner, staff, 1)...)
		good.complete(orders)
		var mu sync.Mutex
		failed := map[string]bool{}
		rough.set(func(w http.ResponseWriter, _ *http.Request, what string) {
			mu.Lock()
			defer mu.Unlock()
			if !failed[what] && strings.HasSuffix(what, "@2") {
				failed[what] = true
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			rough.take(what)
		})
		rough.open()
		orders = append(orders, c.live(t, owner, staff, 2)...)
		rough.complete(orders)
		rough.set(nil)
	})
	s.scenario(t, "a restart and a kill -9 lose nothing", func(t *testing.T) {
		reached := make(chan struct{}, 100)
		rough.set(func(_ http.ResponseWriter, r *http.Request, _ string) {
			reached <- struct{}{}
			<-r.Context().Done() // and the program is killed while it waits
		})
		orders = append(orders, c.live(t, owner, staff, 3)...)
		<-reached
		p.kill(t)
		rough.set(nil)
		p.start(t)
		rough.complete(orders)
		orders = append(orders, c.live(t, owner, staff, 3)...)
		p.restart(t)
		orders = append(orders, c.live(t, owner, staff, 3)...)
		rough.complete(orders)
		good.complete(orders)
	})
	s.scenario(t, "the receiver that was stuck gets everything in the end", func(t *testing.T) {
		close(released)
		stuck.complete(orders)
	})
	s.scenario(t, "the log says why, and not what and where to", func(t *testing.T) {
		log := p.log()
		if !strings.Contains(log, "a delivery failed") || strings.Contains(log, "Soup") || strings.Contains(log, "/hooks") || strings.Contains(log, "whsec_") {
			t.Errorf("log: got %.3000s, want failures without bodies, URLs and secrets", log)
		}
	})
}
