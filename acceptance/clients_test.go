package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"comanda/pool"
)

// pageOrigin is where the pages of the clients in a browser come from.
const pageOrigin = "http://shop.example"

// TestClientsAsTheyAre runs programs that people use, at the versions that
// clients/package.json and scripts/requirements.txt pin: each signs up, is confirmed, signs in, refreshes
// its tokens, and places and lists an order.
func TestClientsAsTheyAre(t *testing.T) {
	w := newClientWorld(t)
	for name, command := range map[string][]string{
		"AWS SDK for JavaScript":     {"node", "sdk.js"},
		"amazon-cognito-identity-js": {"node", "identity.js"},
		"aws-amplify":                {"node", "amplify.js"},
		"boto3 and PyJWT":            {w.python, "boto.py"},
		"AWS CLI":                    {"./cli.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			person := "c" + strconv.Itoa(len(w.people))
			w.people = append(w.people, person)
			got := w.run(t, person, command...)
			verified := "true"
			if command[1%len(command)] != "identity.js" && command[1%len(command)] != "amplify.js" {
				verified = "false" // an administrator has confirmed the account, and not the address
			}
			want := fmt.Sprintf(`{"email":"%s@example.com","verified":%s,"orders":["first PLACED 19.97"]}`, person, verified)
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	t.Run("jose, openid-client and aws-jwt-verify", func(t *testing.T) {
		out, err := w.server.app.Pool.AdminInitiateAuth(context.Background(), pool.FlowAdminUserPassword, map[string]string{"USERNAME": "c0@example.com", "PASSWORD": "Correct-Horse-7"})
		if err != nil {
			t.Fatal(err)
		}
		w.environment = append(w.environment, "ID_TOKEN="+out.Tokens.ID)
		if got, want := w.run(t, "verify", "node", "verify.js"), `{"email":"c0@example.com"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// clientWorld is a server at the address that its tokens name, whose clock shows the real time
// until a client moves it.
type clientWorld struct {
	server      *inProcess
	environment []string
	python      string
	people      []string
}

func newClientWorld(t *testing.T) *clientWorld {
	t.Helper()
	venv, err := filepath.Abs("../.venv/bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"clients/node_modules", filepath.Join(venv, "aws")} {
		if _, err := os.Stat(needed); err != nil {
			if os.Getenv("COMANDA_REQUIRE") == "all" {
				t.Fatalf("%v: scripts/install installs it", err)
			}
			t.Skip("without the clients of other languages; `make check` runs this test")
		}
	}
	address := freeAddress(t)
	keys, err := pool.NewKeys("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	box := &letterBox{}
	e := &embedded{keys}
	s := newInProcess(e.keys, options{listen: address, codes: box, corsOrigins: []string{pageOrigin}}, onFile(t.TempDir()))
	s.time.Move(time.Since(s.time.Now()))
	s.run(t)
	help := httptest.NewServer(helpClients(s, box))
	t.Cleanup(help.Close)
	return &clientWorld{server: s, python: filepath.Join(venv, "python"), environment: []string{
		"PATH=" + venv + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TEST_URL=" + help.URL, "PAGE_URL=" + pageOrigin + "/",
		"COMANDA_URL=" + s.base, "COMANDA_USER_POOL_ID=" + keys.PoolID, "COMANDA_CLIENT_ID=" + keys.ClientID,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=" + s.base, "AWS_REGION=" + keys.Region, "AWS_DEFAULT_REGION=" + keys.Region,
		"AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + keys.SecretAccessKey,
	}}
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// helpClients tells clients their codes, and moves the clock for them.
func helpClients(s *inProcess, box *letterBox) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, box.code(r.FormValue("email")))
	})
	mux.HandleFunc("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.Atoi(r.FormValue("seconds"))
		if err != nil {
			http.Error(w, "seconds is no number", http.StatusBadRequest)
			return
		}
		s.time.Move(time.Duration(seconds) * time.Second)
	})
	return mux
}

// run runs a client, and returns the one line of JSON that it prints. The clock is right again
// afterwards.
func (w *clientWorld) run(t *testing.T, person string, command ...string) string {
	t.Helper()
	defer func() { w.server.time.Move(time.Since(w.server.time.Now())) }()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir, c.Env = "clients", slices.Concat(w.environment, []string{"NAME=" + person})
	var out, complaints strings.Builder
	c.Stdout, c.Stderr = &out, &complaints
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", command, err, out.String(), complaints.String())
	}
	printed := strings.TrimSpace(out.String())
	if !json.Valid([]byte(printed)) {
		t.Fatalf("%v printed %q, want one line of JSON", command, printed)
	}
	return printed
}
