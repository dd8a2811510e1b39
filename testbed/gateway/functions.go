package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"comanda/function"
)

// Runtime is what functions run on. Binary is required.
type Runtime struct {
	Binary string // built for this machine

	// Environment returns the variables of a function, as KEY=VALUE, beside those that
	// Lambda sets. nil: none.
	Environment func(function string) []string

	Output      io.Writer     // of all processes, standard output and errors; nil: nowhere
	Processes   int           // of one function at the same time; 0: 4. Further requests wait
	Timeout     time.Duration // of one request; 0: 29 s, which is the gateway's limit
	AccessKeyID string        // of every function's role; "": made up
	SecretKey   string        // of every function's role; "": made up
}

// Functions are the deployment's functions. They are safe for concurrent use.
type Functions struct {
	runtime Runtime
	output  *serial

	mu     sync.Mutex
	pools  map[string]*processes
	closed bool
}

// Failures of an invocation, beside [*FunctionError].
var (
	ErrTimeout  = errors.New("the function took too long")
	ErrTooLarge = errors.New("the event or the answer is larger than 6 MB")
	ErrExited   = errors.New("the function's process ended")
)

// maxPayload is the largest event, and the largest answer, in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const maxPayload = 6 << 20

// FunctionError is an error that a function has returned.
type FunctionError struct {
	Function string
	Type     string `json:"errorType"`
	Message  string `json:"errorMessage"`
}

func (e *FunctionError) Error() string {
	return fmt.Sprintf("function %s: %s: %s", e.Function, e.Type, e.Message)
}

// NewFunctions returns the functions of function.Functions. Processes start when they
// are needed.
func NewFunctions(r Runtime) (*Functions, error) {
	if r.Binary == "" {
		return nil, errors.New("functions need a binary: build cmd/lambda")
	}
	r.Processes = cmp.Or(r.Processes, 4)
	r.Timeout = cmp.Or(r.Timeout, 29*time.Second)
	r.AccessKeyID, r.SecretKey = cmp.Or(r.AccessKeyID, "comanda"), cmp.Or(r.SecretKey, "comanda")
	f := &Functions{runtime: r, output: &serial{w: r.Output}, pools: map[string]*processes{}}
	for _, row := range function.Functions {
		f.pools[row.Name] = &processes{slots: make(chan struct{}, r.Processes)}
	}
	return f, nil
}

// processes are those of one function.
type processes struct {
	slots chan struct{} // one taken per request that runs

	mu   sync.Mutex
	all  map[*process]bool
	idle []*process // the one used last is last, and used first
}

// Invoke runs a function with an event, both JSON, and returns its answer. Its error
// is a [*FunctionError], or matches [ErrTimeout], [ErrTooLarge] or [ErrExited].
func (f *Functions) Invoke(ctx context.Context, name string, event []byte) ([]byte, error) {
	p, ok := f.pools[name]
	if !ok {
		return nil, fmt.Errorf("there is no function %q", name)
	}
	if len(event) > maxPayload {
		return nil, fmt.Errorf("function %s: %w", name, ErrTooLarge)
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("function %s: wait for a process: %w", name, ctx.Err())
	}
	defer func() { <-p.slots }()
	running, err := f.take(p, name)
	if err != nil {
		return nil, err
	}
	// A client that goes away doesn't end the function.
	answer, err := running.invoke(event, f.runtime.Timeout)
	if err == nil || errors.As(err, new(*FunctionError)) {
		p.release(running)
		return answer, err
	}
	return nil, errors.Join(err, f.discard(p, running))
}

// take returns a process that waits for a request, a new one if there is none.
func (f *Functions) take(p *processes, name string) (*process, error) {
	if running := p.waiting(); running != nil {
		return running, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("function %s: %w: the functions are closed", name, ErrExited)
	}
	running, err := f.start(name)
	if err != nil {
		return nil, fmt.Errorf("start function %s: %w", name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[*process]bool{}
	}
	p.all[running] = true
	return running, nil
}

// waiting returns a process that has nothing to do, nil for none. One that has ended
// meanwhile isn't used again.
func (p *processes) waiting() *process {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		running := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		select {
		case <-running.ended:
			delete(p.all, running)
		default:
			return running
		}
	}
	return nil
}

func (p *processes) release(running *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, running)
}

// discard ends a process that can't be used again.
func (f *Functions) discard(p *processes, running *process) error {
	p.mu.Lock()
	delete(p.all, running)
	p.mu.Unlock()
	return running.end()
}

// Started returns how many processes there are now, by function.
func (f *Functions) Started() map[string]int {
	out := map[string]int{}
	for name, p := range f.pools {
		p.mu.Lock()
		if n := len(p.all); n > 0 {
			out[name] = n
		}
		p.mu.Unlock()
	}
	return out
}

// Recycle ends every process that waits, as Lambda does after a while. The next
// requests meet new ones.
func (f *Functions) Recycle() error {
	var errs []error
	for _, p := range f.pools {
		p.mu.Lock()
		idle := p.idle
		p.idle = nil
		p.mu.Unlock()
		for _, running := range idle {
			errs = append(errs, f.discard(p, running))
		}
	}
	return errors.Join(errs...)
}

// Crash kills one process of a function, whatever it does. It reports whether there
// was one.
func (f *Functions) Crash(name string) bool {
	p := f.pools[name]
	p.mu.Lock()
	defer p.mu.Unlock()
	for running := range p.all {
		return running.command.Process.Kill() == nil
	}
	return false
}

// Close ends all processes. Requests that run fail.
func (f *Functions) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	var errs []error
	for _, p := range f.pools {
		p.mu.Lock()
		all := p.all
		p.all, p.idle = nil, nil
		p.mu.Unlock()
		for running := range all {
			errs = append(errs, running.end())
		}
	}
	return errors.Join(errs...)
}

// serial lets many processes write to one place, each write whole.
type serial struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *serial) Write(b []byte) (int, error) {
	if s.w == nil {
		return len(b), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(b)
}
