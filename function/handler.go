package function

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"comanda/telemetry"
)

// Handler is one function, ready for events. It implements the Handler of
// aws-lambda-go, and is safe for concurrent use.
type Handler struct {
	settings settings
	event    event
	logger   *slog.Logger
	metrics  *telemetry.Metrics
	now      func() time.Time
	warm     atomic.Bool
}

// event does one event: JSON in, JSON out.
type event func(ctx context.Context, payload []byte) ([]byte, error)

// New returns the function that the environment names. Log lines and metrics go
// to out. It sends nothing: a function that starts is a request that waits.
//
// The error names everything that is wrong with the environment.
func New(getenv func(string) string, out io.Writer, version string) (*Handler, error) {
	f, err := find(getenv(HandlerVariable))
	if err != nil {
		return nil, err
	}
	s, err := readSettings(getenv, f)
	if err != nil {
		return nil, fmt.Errorf("environment of function %s:\n%w", f.Name, err)
	}
	h := &Handler{
		settings: s, now: time.Now,
		logger:  telemetry.NewLogger(out, s.level, true, s.service),
		metrics: telemetry.NewMetrics(out, s.namespace, s.service, time.Now),
	}
	make, ok := events[f.Trigger]
	if !ok {
		return nil, fmt.Errorf("function %s: this build doesn't handle events of a %s", f.Name, f.Trigger)
	}
	h.event, err = make(h, version)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", f.Name, err)
	}
	return h, nil
}

// events says what handles the events of a trigger.
var events = map[Trigger]func(h *Handler, version string) (event, error){
	Gateway:    (*Handler).gateway,
	Authorizer: (*Handler).authorizer,
	Stream:     (*Handler).reports,
	Pipe:       (*Handler).enrichment,
}

// find returns a function by name.
func find(name string) (Function, error) {
	var names []string
	for _, f := range Functions {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Function{}, fmt.Errorf("%s=%.80q is no function of this program: set the function's handler to one of %s",
		HandlerVariable, name, strings.Join(names, ", "))
}

// Logger returns where the function logs.
func (h *Handler) Logger() *slog.Logger { return h.logger }

// Invoke does one event.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	ctx = telemetry.WithInvocation(ctx, h.invocation(ctx))
	ctx, cancel := inTime(ctx, h.now())
	defer cancel()
	return h.event(ctx, payload)
}

// invocation says what log lines should tell of an invocation.
func (h *Handler) invocation(ctx context.Context) telemetry.Invocation {
	in := telemetry.Invocation{
		ColdStart:  !h.warm.Swap(true),
		Function:   h.settings.getenv(functionNameVariable),
		MemorySize: h.settings.getenv(memorySizeVariable),
	}
	if l, ok := lambdacontext.FromContext(ctx); ok {
		in.RequestID, in.ARN = l.AwsRequestID, l.InvokedFunctionArn
	}
	if header, ok := ctx.Value("x-amzn-trace-id").(string); ok { // the key that aws-lambda-go documents
		in.TraceID = telemetry.TraceRoot(header)
	}
	return in
}

// inTime ends the work before AWS Lambda ends the process: a tenth of the time, up
// to half a second, stays for saying that the work wasn't done.
func inTime(ctx context.Context, now time.Time) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := deadline.Sub(now)
	return context.WithDeadline(ctx, deadline.Add(-min(left/10, 500*time.Millisecond)))
}
