package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// polls is how often a trial starts each of the two functions.
const polls = 25

// pollTimeout is the longest start.
const pollTimeout = 10 * time.Second

func lambdaRows() []row {
	return []row{
		plain("lambda-minimal", "process start to first event poll, minimal Go function with a DynamoDB client", budget{}, milliseconds, "lambda", "minimal"),
		plain("lambda-start", "the same, the Lambda binary", budget{}, milliseconds, "lambda", "start"),
		{
			name: "lambda", what: "the Lambda binary to the minimal function", budget: budget{below: 1.5}, unit: ratio,
			needs: []string{"lambda"}, of: func(r results) []float64 { return ratios(r["lambda.start"], r["lambda.minimal"]) },
		},
		plain("lambda-size", "the Lambda binary for arm64", budget{}, unit{decimals: 1, suffix: " MB"}, "lambda-size", "megabytes"),
	}
}

// lambdaTrial starts two functions in turn, and notes how long each takes to ask
// the Runtime API for its first event. Its figures are medians.
func lambdaTrial(ctx context.Context, l *lab) (figures, error) {
	ours, err := l.buildFunction(ctx, runtime.GOARCH, "./cmd/lambda")
	if err != nil {
		return nil, err
	}
	minimal, err := l.buildFunction(ctx, runtime.GOARCH, "./bench/minimal")
	if err != nil {
		return nil, err
	}
	if err := flushDisk(ctx); err != nil {
		return nil, err
	}
	took := map[string][]float64{}
	for i := range 2 * (polls + 1) {
		binary := []string{ours, minimal}[i%2]
		d, err := firstPoll(ctx, binary)
		if err != nil {
			return nil, err
		}
		if i >= 2 { // the first of each brings the file into memory
			took[binary] = append(took[binary], inMilliseconds(d))
		}
	}
	return figures{"start": {median(took[ours])}, "minimal": {median(took[minimal])}}, nil
}

// lambdaSize measures the binary as it is deployed.
func lambdaSize(ctx context.Context, l *lab) (figures, error) {
	binary, err := l.buildFunction(ctx, "arm64", "./cmd/lambda")
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return nil, fmt.Errorf("measure the Lambda binary: %w", err)
	}
	return figures{"megabytes": {float64(info.Size()) / 1e6}}, nil
}

// buildFunction compiles a package as scripts/lambda does, for Linux.
func (l *lab) buildFunction(ctx context.Context, arch, pkg string) (string, error) {
	binary := filepath.Join(l.dir, strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "-")+"-"+arch)
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	l.note("build %s for %s", pkg, arch)
	command := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", //nolint:gosec // our own packages
		"-ldflags", "-s -w -buildid=", "-o", binary, pkg)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s, which needs the root of the repository as working directory: %w: %s", pkg, err, strings.TrimSpace(string(output)))
	}
	return binary, nil
}

// firstPoll starts a function and waits until it asks for an event, which it
// never gets.
func firstPoll(ctx context.Context, binary string) (took time.Duration, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("listen for a function's polls: %w", err)
	}
	defer func() { err = errors.Join(err, listener.Close()) }()
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(pollTimeout)); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, binary) //nolint:gosec // one of the two that we built
	command.Env = []string{
		"_HANDLER=add_order", "AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none",
	}
	begin := time.Now()
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", binary, err)
	}
	defer func() {
		err = errors.Join(err, command.Process.Kill())
		_ = command.Wait() // it was killed, as it says
	}()
	conn, err := listener.Accept()
	if err != nil {
		return 0, fmt.Errorf("wait for %s to poll: %w", binary, err)
	}
	defer conn.Close() //nolint:errcheck // nothing is pending
	if err := conn.SetDeadline(time.Now().Add(pollTimeout)); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	took = time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("wait for %s to poll: %w", binary, err)
	}
	if !strings.HasPrefix(line, "GET /2018-06-01/runtime/invocation/next ") {
		return 0, fmt.Errorf("%s: the first request is %q, not a poll", binary, line)
	}
	return took, nil
}
