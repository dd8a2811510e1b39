package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"comanda/app"
	"comanda/datadir"
	"comanda/installation"
	"comanda/pool"

	"github.com/go-json-experiment/json/jsontext"
)

var quiet = slog.New(slog.DiscardHandler)

// alone is a data directory that no process serves, for a test to work on.
func alone(data string) installation.Config {
	c, err := program{err: os.Stderr}.alone(data, "", app.Defaults())
	if err != nil {
		panic(err)
	}
	c.Logger = quiet
	return c
}

func TestTheFirstStartLeavesThePasswordInAPrivateFileAndLaterStartsKeepEverything(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, data)
	file := filepath.Join(data, "admin-password")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), fs.FileMode(0o600); got != want {
		t.Errorf("mode of admin-password: got %v, want %v", got, want)
	}
	password, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.welcome, file) || strings.Contains(s.welcome, strings.TrimSpace(string(password))) {
		t.Errorf("welcome: got %q, want the path of admin-password and not its content", s.welcome)
	}
	token := strings.TrimSpace(must(t, string(password), nil, "token", "--data", data, "--username", "admin", "--password-stdin"))
	env := []string{"COMANDA_TOKEN=" + token, "COMANDA_DATA=" + data}
	placed := must(t, example, env, "orders", "place", "--file", "-", "--key", "k", "--json")
	s.stop()

	again := serve(t, data)
	if again.url == s.url {
		t.Fatalf("port after the restart: got the old one, want another")
	}
	if got := must(t, example, env, "orders", "place", "--file", "-", "--key", "k", "--json"); got != placed {
		t.Errorf("answer after the restart, with the old token: got %q, want %q", got, placed)
	}
	again.stop()
}

func TestServeSaysWhereEverythingIs(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data, "--metrics-listen", "127.0.0.1:0")
	for _, want := range []string{s.url, s.url + "/docs", data, "/metrics", "admin, as before", "env --data " + data, "orders place --example"} {
		if !strings.Contains(s.welcome, want) {
			t.Errorf("welcome: got %q, want %q in it", s.welcome, want)
		}
	}
	if want := "\nlistening on " + s.url + "\n"; !strings.HasSuffix(s.welcome, want) {
		t.Errorf("end of the welcome: got %q, want %q", s.welcome, want)
	}
	for _, path := range []string{"/healthz", "/readyz", "/docs"} {
		resp, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, resp.Body)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("GET %s: got %s, want 200", path, resp.Status)
		}
	}
	if found, err := datadir.ReadServer(data); err != nil || found.URL != s.url || found.PID != s.cmd.Process.Pid {
		t.Errorf("server.json: got %v, %v, want %s and %d", found, err, s.url, s.cmd.Process.Pid)
	}
	s.stop()
	if _, err := os.Stat(filepath.Join(data, "server.json")); err == nil {
		t.Error("server.json after the end: got a file, want none")
	}
}

// begin sends a request of which the body is still to come, and returns when the
// server has begun to read it.
func begin(t *testing.T, s *served, token string, size int) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /orders HTTP/1.1\r\nHost: test\r\nAuthorization: %s\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, size)
	r := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if got, err := r.ReadString('\n'); got != want || err != nil {
			t.Fatalf("before the body: got %q, %v, want %q", got, err, want)
		}
	}
	return conn, r
}

// closed returns when the server has stopped listening.
func closed(s *served) {
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

func TestASignalLetsRunningRequestsFinish(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	conn, r := begin(t, s, s.token(ana, anaPassword), len(example))
	s.signal()
	closed(s)
	fmt.Fprint(conn, example)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("answer after the signal: %v", err)
	}
	if body := readAll(t, resp.Body); resp.StatusCode != http.StatusOK {
		t.Errorf("answer after the signal: got %s %s, want 200", resp.Status, body)
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code: got %d with log %q, want 0", code, s.log)
	}
}

func TestASecondSignalCutsRunningRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	_, r := begin(t, s, s.token(ana, anaPassword), len(example))
	s.signal()
	closed(s)
	s.signal()
	if _, err := r.ReadByte(); err == nil {
		t.Error("connection after the second signal: got an answer, want it cut")
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
	if !strings.Contains(s.log.String(), "requests were cut") {
		t.Errorf("log: got %q, want that requests were cut", s.log)
	}
}

func TestCodesWaitForTheOperatorWhereThereIsNoTerminal(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"loopback":       nil,
		"behind a proxy": {"--listen", "0.0.0.0:0", "--behind-proxy", "192.0.2.0/24"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, newData(t), args...)
			s.url = installation.Reachable(strings.Replace(s.url, "[::]", "0.0.0.0", 1))
			err := s.pool().Call(context.Background(), "SignUp", map[string]any{
				"ClientId": s.pool().Keys.ClientID, "Username": "ben", "Password": "Some-Thing-3",
				"UserAttributes": []map[string]string{{"Name": "email", "Value": "ben@example.com"}},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, "", []string{"COMANDA_DATA=" + s.data}, "users", "codes", "--username", "ben", "--json")
			var code pool.PendingCode
			if err := json.Unmarshal([]byte(r.out), &code); err != nil || code.Purpose != "sign-up" || code.Email != "ben@example.com" {
				t.Fatalf("users codes: got %+v, error %v, want the code of ben's sign-up", r, err)
			}
			if r := run(t, "", []string{"COMANDA_DATA=" + s.data}, "users", "codes"); !strings.Contains(r.out, code.Code) {
				t.Errorf("users codes: got %q, want the code in the table", r.out)
			}
			s.signal()
			for line := range s.lines {
				if strings.Contains(line, code.Code) {
					t.Errorf("standard output: got %q, want no code", line)
				}
			}
			if strings.Contains(s.log.String(), code.Code) {
				t.Error("log: got the code in it")
			}
			s.wait()
		})
	}
}

func TestTheLogHasNoSecretAndNothingAboutPeople(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data, "--log-level", "debug", "--log-format", "json")
	env := s.as(ana, anaPassword)
	must(t, "", env, "orders", "place", "--restaurant", "1", "--item", "1,Moussaka,5", "--note", "ring twice", "--address", "Elm Street")
	must(t, "New-Secret-4\n", env, "users", "add", "--username", "carla", "--email", "carla@example.com", "--name", "Carla Blue", "--password-stdin")
	if r := run(t, "Wrong-Secret-5\n", env, "token", "--username", "carla", "--password-stdin"); r.code != 1 {
		t.Errorf("sign-in with a wrong password: got exit code %d, want 1", r.code)
	}
	if r := run(t, "{\"restaurantId\":\"Oak Lane\"", env, "orders", "place", "--file", "-"); r.code != 1 {
		t.Errorf("bad order: got exit code %d, want 1", r.code)
	}
	s.stop()
	log := s.log.String()
	if !strings.Contains(log, "placeOrder") {
		t.Fatalf("log: got %q, want lines about requests", log)
	}
	for line := range strings.Lines(log) {
		if !jsontext.Value(line).IsValid() { // nor is a line with a name twice
			t.Errorf("log: got %s, want strict JSON", line)
		}
	}
	keys, err := installation.Keys(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		"Moussaka", "ring twice", "Elm Street", "Oak Lane", "carla", "Carla", "New-Secret", "Wrong-Secret", anaPassword,
		keys.SecretAccessKey, strings.TrimPrefix(env[1], "COMANDA_TOKEN="),
	} {
		if strings.Contains(log, secret) {
			t.Errorf("log: got %q in it, want nothing of the kind", secret)
		}
	}
}
