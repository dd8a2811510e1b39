package acceptance

import (
	"bufio"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"comanda/datadir"
	"comanda/pool"
)

// process is the program as people start it: a process with a data directory.
type process struct {
	binary, dir string
	arguments   []string // of serve, beside address and directory
	environment []string
	command     *exec.Cmd
	base        string
	keys        pool.Keys
	logged      logBuffer
}

// binaries is where the programs are, once they are built. TestMain makes and
// removes it.
var binaries string

// program builds the program as this test was built, with the race detector or
// without, and functions the functions as they are on Lambda. Each is built once.
var (
	program   = sync.OnceValues(func() (string, error) { return build("comanda", raceDetector()...) })
	functions = sync.OnceValues(func() (string, error) { return build("lambda", "-tags", "lambda.norpc") })
)

func build(command string, args ...string) (string, error) {
	binary := filepath.Join(binaries, command)
	args = append(append([]string{"build", "-o", binary}, args...), "comanda/cmd/"+command)
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cmd/%s: %w\n%s", command, err, out)
	}
	return binary, nil
}

func raceDetector() []string {
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return []string{"-race"}
	}
	return nil
}

// built returns the path of a program, or fails the test.
func built(t *testing.T, once func() (string, error)) string {
	t.Helper()
	binary, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// startProcess starts the program on a new directory, and ends it when t ends.
func startProcess(t *testing.T) *process {
	t.Helper()
	p := &process{binary: built(t, program), dir: filepath.Join(t.TempDir(), "data")}
	p.run(t)
	return p
}

// run starts the program, and ends it when t ends.
func (p *process) run(t *testing.T) {
	t.Helper()
	p.start(t)
	t.Cleanup(func() { p.kill(t) })
	if err := datadir.ReadKeys(p.dir, &p.keys); err != nil {
		t.Fatal(err)
	}
}

// start starts the program and returns when it answers.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.command = exec.Command(p.binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", p.dir}, p.arguments...)...)
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "COMANDA_LOG_FORMAT=json"}, p.environment...)
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
