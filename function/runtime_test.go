package function

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// built is the program, compiled once for this machine.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "comanda-lambda-"); built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", built.dir, "comanda/cmd/lambda")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "lambda")
}

// timeout is a usual function's.
const timeout = 10 * time.Second

// outcome is what a function has answered to an event.
type outcome struct {
	failed bool // it was an error
	body   []byte
}

// runtimeAPI is the service of AWS Lambda from which a function's process gets
// its events, one after the other, and a process that asks it.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type runtimeAPI struct {
	t        *testing.T
	events   chan invocation
	outcomes chan outcome
	process  *exec.Cmd
	ended    chan struct{}
	out      *os.File
	calls    int
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
}

// newRuntime starts the program as one function.
func newRuntime(t *testing.T, function string, env map[string]string) *runtimeAPI {
	t.Helper()
	a := &runtimeAPI{t: t, events: make(chan invocation), outcomes: make(chan outcome, 1), ended: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(server.Close)
	look := environment(function, env)
	a.process = exec.Command(binary(t))
	a.process.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://"),
		functionNameVariable + "=shop-" + function, memorySizeVariable + "=256",
	}
	names := []string{HandlerVariable, RegionVariable, keyVariable, secretVariable, UserPoolVariable, ClientVariable}
	for name := range env {
		names = append(names, name)
	}
	for _, name := range names {
		a.process.Env = append(a.process.Env, name+"="+look(name))
	}
	// A file, not a pipe, so that what was written before an answer is there with it.
	var err error
	if a.out, err = os.CreateTemp(t.TempDir(), "output"); err != nil {
		t.Fatal(err)
	}
	a.process.Stdout, a.process.Stderr = a.out, a.out
	if err := a.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = a.process.Wait() // killed, or as a test looks for
		close(a.ended)
	}()
	t.Cleanup(func() {
		if err := a.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-a.ended
		if err := a.out.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *runtimeAPI) serve(w http.ResponseWriter, r *http.Request) {
	_, what, _ := strings.Cut(r.URL.Path, "/2018-06-01/runtime/invocation/")
	switch {
	case r.Method == http.MethodGet && what == "next":
		select {
		case e := <-a.events:
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", e.id)
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:shop")
			h.Set("Lambda-Runtime-Trace-Id", "Root=1-64ffdacc-654530bc2c48565614713731;Parent=53995c3f42cd8ad8;Sampled=1")
			_, _ = w.Write(e.payload)
		case <-r.Context().Done():
		}
	case path.Base(what) == "response", path.Base(what) == "error":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			body = []byte(err.Error())
		}
		w.WriteHeader(http.StatusAccepted)
		a.outcomes <- outcome{path.Base(what) == "error", body}
	default:
		http.NotFound(w, r)
	}
}

// invoke has the function do one event.
func (a *runtimeAPI) invoke(payload []byte, timeout time.Duration) outcome {
	a.t.Helper()
	a.calls++
	select {
	case a.events <- invocation{fmt.Sprintf("invocation-%d", a.calls), payload, time.Now().Add(timeout)}:
	case <-a.ended:
		a.t.Fatalf("the process ended: %s", a.written())
	}
	select {
	case o := <-a.outcomes:
		return o
	case <-a.ended:
		a.t.Fatalf("the process ended during an event: %s", a.written())
	}
	return outcome{}
}

// answer is an answer that a gateway would give to its client.
type answer struct {
	Status  int                 `json:"statusCode"`
	Headers map[string][]string `json:"multiValueHeaders"`
	Body    string              `json:"body"`
	Base64  bool                `json:"isBase64Encoded"`
}

// request invokes a gateway's function.
func (a *runtimeAPI) request(e any) answer {
	a.t.Helper()
	payload, err := json.Marshal(e)
	if err != nil {
		a.t.Fatal(err)
	}
	o := a.invoke(payload, timeout)
	var out answer
	if err := json.Unmarshal(o.body, &out); err != nil || o.failed {
		a.t.Fatalf("failed: %v, answer %s, %v", o.failed, o.body, err)
	}
	return out
}

// written returns what the process has written so far.
func (a *runtimeAPI) written() string {
	a.t.Helper()
	text, err := os.ReadFile(a.out.Name())
	if err != nil {
		a.t.Fatal(err)
	}
	return string(text)
}
