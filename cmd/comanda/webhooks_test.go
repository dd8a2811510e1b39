package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func TestReceiversAreAdministeredWithAndWithoutAServer(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"running": true, "stopped": false} {
		t.Run(name, func(t *testing.T) {
			data := newData(t)
			if running {
				serve(t, data)
			}
			webhooks := func(args ...string) string {
				t.Helper()
				return must(t, "", nil, slices.Concat([]string{"webhooks"}, args, []string{"--data", data})...)
			}
			if got := webhooks("list"); got != "no receivers\n" {
				t.Errorf("list: got %q, want none", got)
			}
			var added struct{ ID, URL, Secret string }
			out := webhooks("add", "http://user:hush@127.0.0.1:9/hooks", "--allow-private", "--json", "--type", "order.placed")
			if err := json.Unmarshal([]byte(out), &added); err != nil || !strings.HasPrefix(added.ID, "wh_") || !strings.HasPrefix(added.Secret, "whsec_") {
				t.Fatalf("add: got %q, want an id and a secret", out)
			}
			list := webhooks("list")
			for _, want := range []string{added.ID, "http://user:xxxxx@127.0.0.1:9/hooks", "order.placed", "enabled"} {
				if !strings.Contains(list, want) {
					t.Errorf("list: got %q, want %q in it", list, want)
				}
			}
			if strings.Contains(list+webhooks("list", "--json"), added.Secret) {
				t.Error("list: shows the secret again")
			}
			if got := webhooks("rotate", added.ID); !strings.HasPrefix(got, "whsec_") || strings.TrimSpace(got) == added.Secret {
				t.Errorf("rotate: got %q, want another secret", got)
			}
			if got := webhooks("dead", added.ID); got != "no dead letters\n" {
				t.Errorf("dead: got %q, want none", got)
			}
			if got := webhooks("redeliver", added.ID); got != "0 to be sent again\n" {
				t.Errorf("redeliver: got %q, want 0", got)
			}
			webhooks("remove", added.ID)
			if got := webhooks("list", "--json"); got != "" {
				t.Errorf("list after remove: got %q, want nothing", got)
			}
		})
	}
}

func TestWrongUseOfWebhooksIsExplained(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	for _, x := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"add"}, 2, "the URL of a receiver"},
		{[]string{"remove"}, 2, "the ID of a receiver"},
		{[]string{"add", "https://127.0.0.1/"}, 1, "add: the address isn't a public one: add the receiver with --allow-private"},
		{[]string{"add", "http://example.com/"}, 1, "must be https"},
		{[]string{"add", "https://8.8.8.8/", "--type", "order.eaten"}, 1, `"order.eaten" is no type of notification: use order.placed, order.edited, order.status_changed`},
		{[]string{"remove", "wh_nobody"}, 1, "comanda: webhooks remove: there is no receiver \"wh_nobody\": see comanda webhooks list\n"},
		{[]string{"redeliver", "wh_nobody"}, 1, "comanda: webhooks redeliver: there is no receiver \"wh_nobody\""},
	} {
		r := run(t, "", nil, slices.Concat([]string{"webhooks"}, x.args, []string{"--data", s.data})...)
		if r.code != x.code || !strings.Contains(r.err, x.want) || r.out != "" {
			t.Errorf("%v: got %+v, want code %d and %q", x.args, r, x.code, x.want)
		}
	}
}

func TestHelpIsShownWithArgumentsToo(t *testing.T) {
	t.Parallel()
	if r := run(t, "", nil, "webhooks", "dead", "wh_1", "--help"); r.code != 0 || !strings.Contains(r.out, "comanda webhooks dead") || r.err != "" {
		t.Errorf("got %+v, want the command's help", r)
	}
}

func TestAReceiverThatWasAddedIsToldAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	var secret atomic.Value
	var gone atomic.Bool
	told := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		verifier, badSecret := standard.NewWebhook(secret.Load().(string))
		if err != nil || badSecret != nil || verifier.Verify(body, r.Header) != nil {
			t.Errorf("got %s with %v, want what the published library accepts", body, r.Header)
		}
		if gone.Load() {
			w.WriteHeader(http.StatusGone)
		}
		told <- string(body)
	}))
	t.Cleanup(receiver.Close)
	webhooks := func(args ...string) string {
		t.Helper()
		return must(t, "", nil, slices.Concat([]string{"webhooks"}, args, []string{"--data", s.data})...)
	}
	words := strings.Fields(webhooks("add", receiver.URL, "--allow-private"))
	id := words[1]
	secret.Store(words[3])
	env := s.as(ana, anaPassword)
	place := func(id string) {
		t.Helper()
		must(t, "", env, "orders", "place", "--restaurant", "1", "--item", "1,Soup,3", "--id", id)
	}
	place("one")
	if got := <-told; !strings.Contains(got, `"order.placed"`) || !strings.Contains(got, `"orderId":"one"`) {
		t.Errorf("told: got %s, want order one", got)
	}
	gone.Store(true)
	place("two")
	<-told
	for !strings.Contains(webhooks("dead", id), "410 Gone") { // it is disabled after its answer
	}
	if r := run(t, "", nil, "webhooks", "redeliver", id, "--data", s.data); r.code != 1 || !strings.Contains(r.err, "webhooks enable "+id) {
		t.Errorf("redeliver to a disabled receiver: got %+v, want the way out", r)
	}
	if got := webhooks("list"); !strings.Contains(got, "disabled") {
		t.Errorf("list: got %q, want it disabled", got)
	}
	gone.Store(false)
	webhooks("enable", id)
	var letter struct {
		Message, OrderID string
		Body             struct{ Type string }
	}
	if err := json.Unmarshal([]byte(webhooks("dead", id, "--json")), &letter); err != nil || letter.OrderID != "two" || letter.Body.Type != "order.placed" {
		t.Errorf("dead: got %+v, %v, want order two with its text", letter, err)
	}
	if got := webhooks("redeliver", id, "--message="+letter.Message); got != "1 to be sent again\n" {
		t.Errorf("redeliver: got %q, want 1", got)
	}
	if got := <-told; !strings.Contains(got, `"orderId":"two"`) {
		t.Errorf("told: got %s, want order two", got)
	}
	s.stop()
}

// fleetReceiver counts how often it is told of an order.
func fleetReceiver(t *testing.T) (url string, told chan string) {
	t.Helper()
	told = make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n struct {
			Data struct {
				Order struct{ OrderID string }
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			t.Error(err)
		}
		told <- n.Data.Order.OrderID
	}))
	t.Cleanup(receiver.Close)
	return receiver.URL, told
}

func TestAFleetOnDynamoDBTellsItsReceiversOnce(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	url, told := fleetReceiver(t)
	webhooks := func(args ...string) string {
		t.Helper()
		return must(t, "", env, slices.Concat([]string{"webhooks"}, args, []string{"--store", place})...)
	}
	id := strings.Fields(webhooks("add", url, "--allow-private"))[1]
	if r := run(t, "", env, "webhooks", "add", "https://[::1]/", "--store", place); r.code != 1 || !strings.Contains(r.err, "add: the address isn't a public one") {
		t.Errorf("a private address: got %+v, want it refused", r)
	}
	if r := run(t, "", env, "webhooks", "remove", "wh_nobody", "--store", place); r.code != 1 || !strings.Contains(r.err, "no receiver") {
		t.Errorf("remove another: got %+v, want that it isn't there", r)
	}
	data := newData(t)
	first := serveIn(t, env, data, "--store", place, "--identity", "embedded")
	second := serveIn(t, env, first.join(), "--store", place, "--identity", "embedded")
	pool := first.pool()
	user := map[string]any{"Username": ana, "TemporaryPassword": anaPassword, "MessageAction": "SUPPRESS"}
	if err := pool.Admin(t.Context(), "AdminCreateUser", user, nil); err != nil {
		t.Fatal(err)
	}
	if err := pool.SetPassword(t.Context(), ana, anaPassword); err != nil {
		t.Fatal(err)
	}
	token := "COMANDA_TOKEN=" + first.token(ana, anaPassword)
	for i, s := range []*served{first, second, first} {
		must(t, "", []string{token, "COMANDA_URL=" + s.url}, "orders", "place", "--restaurant", "1", "--item", "1,Soup,3", "--id", "o-"+strconv.Itoa(i))
	}
	seen := map[string]int{}
	for range 3 {
		seen[<-told]++
	}
	if len(seen) != 3 {
		t.Errorf("told: got %v, want each of three orders once", seen)
	}
	if list := webhooks("list"); !strings.Contains(list, id) {
		t.Errorf("list: got %q, want the receiver", list)
	}
	second.stop()
	first.stop()
	if len(told) > 0 {
		t.Errorf("told %d times more", len(told))
	}
}
