package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"comanda/administration"
	"comanda/installation"

	"github.com/rogpeppe/go-internal/testscript"
)

// worldCommands are what scripts have around the program. Beside those of [TestScripts] there are
//
//	signs NAME                    signs ana or admin in: $COMANDA_TOKEN is the token
//	until REGEXP COMMAND…         runs a command of the program until its output matches
//	field VARIABLE NAME           puts a member of the object on standard output into a variable
//	receives STATUS BODY          a receiver of webhooks at $RECEIVER answers like that from now on
//	got TEXT                      waits until the receiver has got a body with the text, since receives
var worldCommands = map[string]func(*testscript.TestScript, bool, []string){
	"signs": scriptSigns, "until": scriptUntil, "field": scriptField, "receives": scriptReceives, "got": scriptGot,
}

// patience is what a script waits for something that has to come.
const patience = time.Minute

func scriptSigns(ts *testscript.TestScript, _ bool, args []string) {
	passwords := map[string]string{"admin": adminPassword, ana: anaPassword}
	keys, err := installation.Keys(ts.Getenv("COMANDA_DATA"))
	ts.Check(err)
	server := &administration.Connection{URL: ts.Getenv("URL"), Keys: keys, Client: http.DefaultClient}
	out, err := server.SignIn(context.Background(), args[0], passwords[args[0]])
	ts.Check(err)
	ts.Setenv("COMANDA_TOKEN", out.AuthenticationResult.IDToken)
}

func scriptUntil(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(`(?m)` + args[0])
	for deadline := time.Now().Add(patience); ; {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v never showed %s, at last: %s", args[1:], args[0], ts.ReadFile("stdout"))
		}
	}
}

func scriptField(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	ts.Setenv(args[0], fmt.Sprint(object[args[1]]))
}

// scriptReceiver is the receiver of a script.
type scriptReceiver struct {
	mu     sync.Mutex
	status int
	body   string
	bodies chan string // that were sent
	seen   []string    // of those, what the script has looked at
}

// ServeHTTP implements [http.Handler].
func (r *scriptReceiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	sent, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	status, body := r.status, r.body
	r.mu.Unlock()
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
	select {
	case r.bodies <- string(sent):
	default: // a script that doesn't look has enough of them
	}
}

// receivers has the [scriptReceiver] of each script that has one.
var receivers sync.Map

func scriptReceives(ts *testscript.TestScript, _ bool, args []string) {
	status, err := strconv.Atoi(args[0])
	ts.Check(err)
	made, there := receivers.LoadOrStore(ts, &scriptReceiver{bodies: make(chan string, 1000)})
	r := made.(*scriptReceiver)
	r.mu.Lock()
	r.status, r.body, r.seen = status, args[1], nil
	r.mu.Unlock()
	if !there {
		s := httptest.NewServer(r)
		ts.Setenv("RECEIVER", s.URL)
		ts.Defer(func() { receivers.Delete(ts); s.CloseClientConnections(); s.Close() })
	}
}

func scriptGot(ts *testscript.TestScript, neg bool, args []string) {
	made, ok := receivers.Load(ts)
	if !ok {
		ts.Fatalf("there is no receiver")
	}
	r := made.(*scriptReceiver)
	timeout := time.After(patience)
	for i := 0; ; i++ {
		if i == len(r.seen) && neg {
			return
		}
		if i == len(r.seen) {
			select {
			case body := <-r.bodies:
				r.seen = append(r.seen, body)
			case <-timeout:
				ts.Fatalf("nobody sent %s, but %q", args[0], r.seen)
			}
		}
		switch found := strings.Contains(r.seen[i], args[0]); {
		case found && neg:
			ts.Fatalf("got %s", r.seen[i])
		case found:
			return
		}
	}
}
