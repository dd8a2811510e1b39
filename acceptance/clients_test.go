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

	"comanda/installation"
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
		"boto3":                      {w.python, "boto.py"},
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
}

// TestServicesVerifyTokens runs libraries that check ID tokens: they find the keys at the issuer that
// tokens name.
func TestServicesVerifyTokens(t *testing.T) {
	w := newClientWorld(t)
	w.environment = append(w.environment, "ID_TOKEN="+w.idToken(t))
	for name, command := range map[string][]string{
		"jose, openid-client and aws-jwt-verify": {"node", "verify.js"},
		"PyJWT":                                  {w.python, "verify.py"},
		"go-oidc":                                {goClient(t)},
	} {
		if got, want := w.run(t, name, command...), `{"email":"ana@example.com"}`; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// idToken returns the token of a new user.
func (w *clientWorld) idToken(t *testing.T) string {
	t.Helper()
	in := pool.AdminCreateUserInput{Username: "ana@example.com", TemporaryPassword: "Correct-Horse-7", MessageAction: pool.MessageSuppress}
	if _, err := w.server.app.Pool.AdminCreateUser(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if err := w.server.app.Pool.AdminSetUserPassword(t.Context(), in.Username, in.TemporaryPassword, true); err != nil {
		t.Fatal(err)
	}
	out, err := w.server.app.Pool.InitiateAuth(t.Context(), pool.FlowUserPassword, map[string]string{"USERNAME": in.Username, "PASSWORD": in.TemporaryPassword})
	if err != nil {
		t.Fatal(err)
	}
	return out.Tokens.ID
}

// goClient builds the service in Go, which is a module of its own.
func goClient(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "goverify")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "clients/goverify"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", build.Dir, err, out)
	}
	return binary
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
	environment := []string{
		"PATH=" + venv + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TEST_URL=" + help.URL, "PAGE_URL=" + pageOrigin + "/",
	}
	for name, value := range installation.NewEnvironment(s.base, "", keys).Variables() { // as comanda env sets them
		environment = append(environment, name+"="+value)
	}
	return &clientWorld{server: s, python: filepath.Join(venv, "python"), environment: environment}
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
