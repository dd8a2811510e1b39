package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	pollInterval = 200 * time.Microsecond
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
)

// program is something that serves HTTP from a directory.
type program struct {
	name   string
	binary string
	args   func(address, dir string) []string
	ready  string // path that answers 200 once the program takes requests
}

// server is a program that runs. It is stopped or killed exactly once.
type server struct {
	program
	address string // 127.0.0.1:port
	dir     string
	took    time.Duration // from starting the process to its first answer
	command *exec.Cmd
	output  string // file
	exited  chan struct{}
	err     error // of the process; to be read after exited is closed
}

// flushDisk waits until what others have written is on the disk.
func flushDisk(ctx context.Context) error {
	if err := exec.CommandContext(ctx, "sync").Run(); err != nil {
		return fmt.Errorf("flush the disk with sync: %w", err)
	}
	return nil
}

// start runs a program on dir and returns when it answers. The disk is flushed
// first, or the program would pay for what was before.
func (l *lab) start(ctx context.Context, p program, dir string) (*server, error) {
	if err := flushDisk(ctx); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	output, err := os.CreateTemp(l.dir, p.name+"-*.log")
	if err != nil {
		return nil, fmt.Errorf("make a file for the output of %s: %w", p.name, err)
	}
	defer output.Close() //nolint:errcheck // the process has its own descriptor
	s := &server{program: p, address: address, dir: dir, output: output.Name(), exited: make(chan struct{})}
	s.command = exec.CommandContext(ctx, p.binary, p.args(address, dir)...)
	s.command.Stdout, s.command.Stderr, s.command.Env = output, output, environment()
	begin := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	go func() {
		s.err = s.command.Wait()
		close(s.exited)
	}()
	if err := s.await(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", p.name, err), s.kill())
	}
	s.took = time.Since(begin)
	return s, nil
}

// environment is ours without what would change the settings of the server.
func environment() []string {
	var out []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "COMANDA_") {
			out = append(out, e)
		}
	}
	return out
}

// freeAddress returns an address on which no process listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// await polls until the server answers.
func (s *server) await() error {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		select {
		case <-s.exited:
			return fmt.Errorf("it ended: %w%s", s.err, s.tail())
		default:
		}
		if s.answers() {
			return nil
		}
	}
	return fmt.Errorf("no answer on %s within %v%s", s.address, startTimeout, s.tail())
}

// answers asks once, on a connection of its own and without a client's
// machinery, which would cost more than the answer.
func (s *server) answers() bool {
	conn, err := net.DialTimeout("tcp", s.address, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // nothing is pending
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", s.ready, s.address); err != nil {
		return false
	}
	answer, err := io.ReadAll(conn)
	return err == nil && bytes.HasPrefix(answer, []byte("HTTP/1.1 200 "))
}

// stop ends the server as an operator does.
func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w%s", s.name, err, s.tail())
	}
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		return errors.Join(fmt.Errorf("stop %s: it still runs after %v", s.name, stopTimeout), s.kill())
	}
	if s.err != nil {
		return fmt.Errorf("stop %s: %w%s", s.name, s.err, s.tail())
	}
	return nil
}

// kill ends the server as a power cut does.
func (s *server) kill() error {
	err := s.command.Process.Kill()
	<-s.exited
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// tail returns the end of what the server has printed, for an error.
func (s *server) tail() string {
	text, err := os.ReadFile(s.output)
	if err != nil || len(text) == 0 {
		return ""
	}
	return "\n" + strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}

// memory returns a line of /proc/PID/status in bytes: VmRSS is what is resident
// now, VmHWM the most that ever was, https://man7.org/linux/man-pages/man5/proc_pid_status.5.html.
func (s *server) memory(line string) (float64, error) {
	name := filepath.Join("/proc", strconv.Itoa(s.command.Process.Pid), "status")
	status, err := os.ReadFile(name)
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s, which needs Linux: %w", s.name, err)
	}
	return parseStatus(string(status), line)
}

func parseStatus(status, line string) (float64, error) {
	for l := range strings.Lines(status) {
		if fields := strings.Fields(l); len(fields) == 3 && fields[0] == line+":" && fields[2] == "kB" {
			n, err := strconv.ParseFloat(fields[1], 64)
			return n * 1024, err
		}
	}
	return 0, fmt.Errorf("the status of the process has no line %s in kB", line)
}
