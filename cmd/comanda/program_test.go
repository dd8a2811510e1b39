package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"comanda/administration"
	"comanda/datadir"
	"comanda/dynamolocal"
	"comanda/installation"

	"github.com/rogpeppe/go-internal/testscript"
)

// runMain makes the test binary be the program: the tests run it like a user,
// with the race detector when they have it themselves.
const runMain = "RUN_MAIN=1"

func TestMain(m *testing.M) {
	if os.Getenv("RUN_MAIN") == "1" {
		main()
	}
	testscript.Main(tests{m}, map[string]func(){"comanda": main})
}

// tests are those of this package, with what they share.
type tests struct{ *testing.M }

// Run implements [testscript.TestingM].
func (t tests) Run() int {
	defer func() {
		if templateDir != "" {
			os.RemoveAll(templateDir)
		}
	}()
	return dynamolocal.Run(t.M)
}

// The administrator and the customer of [newData].
const (
	adminPassword = "Correct-Horse-1"
	ana           = "ana"
	anaPassword   = "Battery-Staple-2"
)

// command returns the program with an environment in which nothing else is set.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Dir = t.TempDir()
	c.Env = append([]string{runMain, "PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir, "GORACE=atexit_sleep_ms=0"}, env...)
	return c
}

// result is how a run of the program ended.
type result struct {
	code     int
	out, err string
}

func run(t *testing.T, stdin string, env []string, args ...string) result {
	t.Helper()
	return finish(t, command(t, env, args...), stdin)
}

func finish(t *testing.T, c *exec.Cmd, stdin string) result {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// must returns the output of a run that succeeds and has nothing to complain about.
func must(t *testing.T, stdin string, env []string, args ...string) string {
	t.Helper()
	r := run(t, stdin, env, args...)
	if r.code != 0 || r.err != "" {
		t.Fatalf("comanda %s: got exit code %d and %q, want 0 and nothing", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// served is a running server.
type served struct {
	t       *testing.T
	cmd     *exec.Cmd
	url     string
	data    string
	lines   chan string // of standard output, after the start
	welcome string
	log     *buffer
}

// serve starts a server and returns when it says that it listens.
func serve(t *testing.T, data string, args ...string) *served {
	t.Helper()
	return serveIn(t, nil, data, args...)
}

// serveIn does so in an environment.
func serveIn(t *testing.T, env []string, data string, args ...string) *served {
	t.Helper()
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, args...)
	s := &served{t: t, cmd: command(t, env, args...), data: data, lines: make(chan string, 100), log: &buffer{}}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			s.cmd.Process.Kill()
			s.cmd.Wait()
		}
	})
	go func() {
		defer close(s.lines)
		for text := bufio.NewScanner(out); text.Scan(); {
			s.lines <- text.Text()
		}
	}()
	for line := range s.lines {
		s.welcome += line + "\n"
		if at, ok := strings.CutPrefix(line, "listening on "); ok {
			s.url = at
			return s
		}
	}
	s.cmd.Wait()
	t.Fatalf("server ended before it listened: %s", s.log)
	return nil
}

func (s *served) signal() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// wait returns the exit code, after the end.
func (s *served) wait() int {
	for range s.lines { // Wait closes the pipe, so it has to be read first
	}
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// stop ends the server and expects that it ends well.
func (s *served) stop() {
	s.t.Helper()
	s.signal()
	if code := s.wait(); code != 0 {
		s.t.Errorf("exit code after SIGTERM: got %d with log %q, want 0", code, s.log)
	}
}

// pool returns a client of the server's user pool.
func (s *served) pool() *administration.Connection {
	s.t.Helper()
	keys, err := installation.Keys(s.data)
	if err != nil {
		s.t.Fatal(err)
	}
	return &administration.Connection{URL: s.url, Keys: keys, Client: http.DefaultClient}
}

// keySet returns the public key set of the server's tokens.
func (s *served) keySet() string {
	s.t.Helper()
	resp, err := http.Get(s.url + "/" + s.pool().Keys.PoolID + "/.well-known/jwks.json")
	if err != nil {
		s.t.Fatal(err)
	}
	return readAll(s.t, resp.Body)
}

// announced returns what server.json says of the server.
func (s *served) announced() datadir.Server {
	s.t.Helper()
	found, err := datadir.ReadServer(s.data)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// token signs a user in.
func (s *served) token(username, password string) string {
	s.t.Helper()
	out, err := s.pool().SignIn(context.Background(), username, password)
	if err != nil {
		s.t.Fatal(err)
	}
	return out.AuthenticationResult.IDToken
}

// as is the environment of a user's commands.
func (s *served) as(username, password string) []string {
	s.t.Helper()
	return []string{"COMANDA_DATA=" + s.data, "COMANDA_TOKEN=" + s.token(username, password)}
}

// buffer is what a process writes, readable while it runs.
type buffer struct {
	sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.text.String()
}

// template is a stopped server's data directory with an administrator and a
// customer. Making keys and hashing passwords is slow, so it is made once.
var template = sync.OnceValue(func() (err error) {
	if templateDir, err = os.MkdirTemp("", "comanda-template-"); err != nil {
		return err
	}
	return fill(templateDir)
})

var templateDir string

func fill(dir string) error {
	ctx := context.Background()
	in, err := installation.Open(ctx, alone(dir))
	if err != nil {
		return err
	}
	if err := in.Close(ctx); err != nil {
		return err
	}
	return installation.Connect(ctx, alone(dir), func(s *administration.Connection) error {
		var errs []error
		for name, password := range map[string]string{"admin": adminPassword, ana: anaPassword} {
			user := map[string]any{"Username": name, "TemporaryPassword": password, "MessageAction": "SUPPRESS"}
			errs = append(errs, s.Admin(ctx, "AdminCreateUser", user, nil), s.SetPassword(ctx, name, password))
		}
		errs = append(errs, s.Admin(ctx, "AdminAddUserToGroup", map[string]any{"Username": "admin", "GroupName": "apiAdmins"}, nil))
		return errors.Join(errs...)
	})
}

// newData returns a data directory of a test's own, with users in it.
func newData(t *testing.T) string {
	t.Helper()
	if err := template(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(templateDir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func readAll(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
