package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// process is one execution environment: a process of the binary, and the Runtime API
// that it asks for work. It does one request at a time.
type process struct {
	function string
	command  *exec.Cmd
	api      *http.Server
	jobs     chan *job
	ended    chan struct{} // closed when the process has ended

	mu      sync.Mutex
	current *job
	failure string // what the process said before it gave up starting
}

// job is one request of a function.
type job struct {
	id       string
	event    []byte
	deadline time.Time
	done     chan outcome // holds one
}

type outcome struct {
	answer []byte
	err    error
}

// runtimePath is where the Runtime API is.
const runtimePath = "/2018-06-01/runtime/"

// start starts a process of a function.
func (f *Functions) start(name string) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &process{function: name, jobs: make(chan *job), ended: make(chan struct{})}
	p.api = &http.Server{Handler: p.runtimeAPI(), ReadHeaderTimeout: f.runtime.Timeout}
	p.command = exec.Command(f.runtime.Binary)
	p.command.Env = f.environment(name, listener.Addr().String())
	p.command.Stdout, p.command.Stderr = f.output, f.output
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go func() { _ = p.api.Serve(listener) }() // ends with the process
	go func() {
		_ = p.command.Wait() // how it ended is in ProcessState
		close(p.ended)
		_ = p.api.Close()
	}()
	return p, nil
}

// environment returns the variables of a process. Nothing is inherited.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (f *Functions) environment(name, address string) []string {
	full := "comanda-" + name
	out := []string{
		"_HANDLER=" + name, "AWS_LAMBDA_RUNTIME_API=" + address, "AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_FUNCTION_NAME=" + full, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + full, "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/31/[$LATEST]" + newRequestID(),
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime",
		"AWS_ACCESS_KEY_ID=" + f.runtime.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + f.runtime.SecretKey,
		"TZ=:UTC", "LANG=en_US.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
	}
	if dir := os.Getenv("GOCOVERDIR"); dir != "" {
		out = append(out, "GOCOVERDIR="+dir)
	}
	if f.runtime.Environment != nil {
		out = append(out, f.runtime.Environment(name)...)
	}
	return out
}

// invoke hands a request to the process and waits for its answer.
func (p *process) invoke(event []byte, timeout time.Duration) ([]byte, error) {
	j := &job{id: newRequestID(), event: event, deadline: time.Now().Add(timeout), done: make(chan outcome, 1)}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case p.jobs <- j:
	case <-p.ended:
		return nil, p.exited()
	case <-timer.C:
		return nil, fmt.Errorf("function %s: %w: it didn't ask for work within %v", p.function, ErrTimeout, timeout)
	}
	select {
	case o := <-j.done:
		return o.answer, o.err
	case <-p.ended:
		return nil, p.exited()
	case <-timer.C:
		return nil, fmt.Errorf("function %s: %w: no answer within %v", p.function, ErrTimeout, timeout)
	}
}

func (p *process) exited() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("function %s: %w with %v %s", p.function, ErrExited, p.command.ProcessState, p.failure)
}

// end kills the process and waits until it is gone.
func (p *process) end() error {
	if err := p.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("end function %s: %w", p.function, err)
	}
	<-p.ended
	return nil
}

// runtimeAPI is what the process asks for work.
func (p *process) runtimeAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimePath+"invocation/next", p.next)
	mux.HandleFunc("POST "+runtimePath+"invocation/{id}/response", p.answered)
	mux.HandleFunc("POST "+runtimePath+"invocation/{id}/error", p.answered)
	mux.HandleFunc("POST "+runtimePath+"init/error", p.gaveUp)
	return mux
}

// next waits for the next request.
func (p *process) next(w http.ResponseWriter, r *http.Request) {
	select {
	case j := <-p.jobs:
		p.mu.Lock()
		p.current = j
		p.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", j.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(j.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Trace-Id", traceID(time.Now())+";Parent=53995c3f42cd8ad8;Sampled=1")
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+region+":"+account+":function:comanda-"+p.function)
		_, _ = w.Write(j.event) // a process that has gone is noticed by its end
	case <-r.Context().Done():
	}
}

// answered takes an answer or an error down.
func (p *process) answered(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return // the process has gone
	}
	p.mu.Lock()
	j := p.current
	p.current = nil
	p.mu.Unlock()
	if j == nil || j.id != r.PathValue("id") {
		if j != nil {
			j.done <- outcome{err: fmt.Errorf("function %s answered request %s, and was asked %s", p.function, r.PathValue("id"), j.id)}
		}
		http.Error(w, `{"errorType":"InvalidRequestID"}`, http.StatusBadRequest)
		return
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/error"):
		failed := &FunctionError{Function: p.function}
		if err := json.Unmarshal(body, failed); err != nil {
			failed.Message = string(body)
		}
		j.done <- outcome{err: failed}
	case len(body) > maxPayload:
		j.done <- outcome{err: &FunctionError{p.function, "Function.ResponseSizeTooLarge", ErrTooLarge.Error()}}
	default:
		j.done <- outcome{answer: body}
	}
	w.WriteHeader(http.StatusAccepted)
}

// gaveUp takes down why the process can't start.
func (p *process) gaveUp(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return // the process has gone
	}
	p.mu.Lock()
	p.failure = string(body)
	p.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}
