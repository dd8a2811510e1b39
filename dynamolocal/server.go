package dynamolocal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// errMissing says that something which the server needs isn't installed.
var errMissing = errors.New("DynamoDB Local isn't installed")

// guard becomes the server and leaves behind a shell that ends it when our end
// of its input closes, which also happens when the test process is killed.
const guard = `exec 3<&0
{ cat <&3 >/dev/null; kill $$; } 2>/dev/null &
exec 3<&- "$@" </dev/null`

// Bounds of starting the server: a port can be taken between our choosing it and
// the server's binding it, and a busy machine needs a while to start Java.
const (
	starts   = 3
	patience = time.Minute
	pause    = 20 * time.Millisecond
)

// server is a running child process.
type server struct {
	url   string
	input io.Closer     // closing it ends the process
	ended chan struct{} // closed when it has ended
	log   string        // file with its output
}

// folder returns where scripts/dynamodb has put the server.
func folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", errMissing, err)
	}
	dir := filepath.Join(cache, "comanda", "dynamodb-local")
	if found, err := filepath.Glob(filepath.Join(dir, "complete-*")); err != nil || len(found) == 0 {
		return "", fmt.Errorf("%w: scripts/dynamodb fetches it", errMissing)
	}
	return dir, nil
}

// start starts the server and waits until it answers.
func start() (*server, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("%w: it needs java", errMissing)
	}
	for range starts {
		var s *server
		if s, err = launch(java, dir); err != nil {
			return nil, err
		}
		if err = s.wait(); err == nil {
			return s, nil
		}
		err = errors.Join(err, s.stop())
	}
	return nil, err
}

func launch(java, dir string) (*server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp("", "dynamodb-local-*.log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has a handle of its own
	s := &server{url: fmt.Sprintf("http://127.0.0.1:%d", port), ended: make(chan struct{}), log: log.Name()}
	// Quick to start rather than fast in the long run; and it reports to no other machine.
	cmd := exec.Command("sh", "-c", guard, "sh", java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx512m",
		"-Djava.library.path="+dir, "-cp", filepath.Join(dir, "*"), "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
		"-inMemory", "-disableTelemetry", "-port", fmt.Sprint(port))
	cmd.Env = append(os.Environ(), "DDB_LOCAL_TELEMETRY=0")
	cmd.Stdout, cmd.Stderr = log, log
	if s.input, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, os.Remove(s.log))
	}
	go func() {
		_ = cmd.Wait() // that it was killed is no news
		close(s.ended)
	}()
	return s, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// wait asks until the server answers anything at all.
func (s *server) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(req)
		if err == nil {
			return answer.Body.Close()
		}
		select {
		case <-time.After(pause):
		case <-s.ended:
			return fmt.Errorf("start DynamoDB Local: it ended at once: %s", s.output())
		case <-ctx.Done():
			return fmt.Errorf("start DynamoDB Local: no answer after %v: %s", patience, s.output())
		}
	}
}

// output returns the last of what the server has printed.
func (s *server) output() string {
	b, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-2000):])
}

// stop ends the server and waits until it is gone.
func (s *server) stop() error {
	err := s.input.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil // it ended by itself
	}
	<-s.ended
	return errors.Join(err, os.Remove(s.log))
}
