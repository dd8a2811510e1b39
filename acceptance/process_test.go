package acceptance

import (
	"bufio"
	"crypto/rsa"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"comanda/datadir"
	"comanda/pool"
)

// process is the program as people start it: a process with a data directory.
type process struct {
	binary, dir string
	command     *exec.Cmd
	base        string
	keys        pool.Keys
	logged      logBuffer
}

// build makes the program as this test was made, with the race detector or without.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "comanda")
	args := []string{"build", "-o", binary}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-race" && s.Value == "true" {
				args = append(args, "-race")
			}
		}
	}
	if out, err := exec.Command("go", append(args, "comanda/cmd/comanda")...).CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return binary
}

// startProcess starts the program on a new directory, and ends it when t ends.
func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{binary: build(t), dir: filepath.Join(t.TempDir(), "data")}
	p.start(t)
	t.Cleanup(func() { p.kill(t) })
	if err := datadir.ReadKeys(p.dir, &p.keys); err != nil {
		t.Fatal(err)
	}
	return p
}

// start starts the program and returns when it answers.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.command = exec.Command(p.binary, "serve", "--listen", "127.0.0.1:0", "--data", p.dir)
	p.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir}
	p.command.Stderr = &p.logged
	out, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if base, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			p.base = base
			return
		}
	}
	t.Fatalf("the program ended without listening: %s", p.log())
}

// kill ends the program as a crash does: with SIGKILL. It does nothing when the
// program has ended.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if p.command == nil {
		return
	}
	if err := p.command.Process.Kill(); err != nil {
		t.Errorf("kill: %v", err)
	}
	p.wait(t, syscall.SIGKILL)
}

// stop ends the program as an administrator does.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("terminate: %v", err)
	}
	p.wait(t, 0)
}

// wait waits for the end, by this signal or, with 0, with success.
func (p *process) wait(t *testing.T, by syscall.Signal) {
	t.Helper()
	err := p.command.Wait()
	status, ok := p.command.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || by == 0 && err != nil || by != 0 && status.Signal() != by {
		t.Errorf("the program ended with %v: %s", p.command.ProcessState, p.log())
	}
	p.command = nil
	web.CloseIdleConnections()
}

func (p *process) restart(t *testing.T) {
	t.Helper()
	p.stop(t)
	p.start(t)
}

func (p *process) url() string      { return p.base }
func (p *process) now() time.Time   { return time.Now() }
func (p *process) clock() *clock    { return nil }
func (p *process) log() string      { return p.logged.String() }
func (p *process) pool() poolAccess { return accessOf(p.keys, p.base, time.Now) }

func (p *process) signingKey(t *testing.T) (string, *rsa.PrivateKey) {
	t.Helper()
	return signingKeyOf(t, p.keys)
}
