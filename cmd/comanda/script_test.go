package main

import (
	"bufio"
	"errors"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs what is in testdata, which reads like a terminal. Beside the commands of
// testscript there are
//
//	exits CODE COMMAND ARGUMENTS…   runs a command that ends with the code
//	serves ARGUMENTS…               starts comanda serve, until the script ends or stops it; $URL is where it answers
//	stops                           ends the server with SIGTERM, and expects that it ends well
//	newdata DIRECTORY               a data directory that was served before, with the users of newData
func TestScripts(t *testing.T) {
	t.Parallel()
	if err := template(); err != nil {
		t.Fatal(err)
	}
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"exits": scriptExits, "serves": scriptServes, "stops": scriptStops, "newdata": scriptNewData,
	}
	maps.Copy(commands, worldCommands)
	testscript.Run(t, testscript.Params{
		Dir: "testdata", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			e.Setenv("PASSWORD", anaPassword)
			return nil
		},
		Cmds: commands,
	})
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGUMENTS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

// scriptServed is the server of a script, in its environment.
type scriptServed struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when its output has ended
}

func (s scriptServed) end(signal os.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil {
		return err
	}
	<-s.ended
	return s.cmd.Wait()
}

// scripts has the [scriptServed] of each script that runs one.
var scripts sync.Map

func scriptServes(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serves can't be negated: exits 1 comanda serve …")
	}
	self, err := os.Executable()
	ts.Check(err)
	c := exec.Command(self, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	c.Dir = ts.MkAbs(".")
	c.Env = []string{runMain, "PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "GORACE=atexit_sleep_ms=0", "COMANDA_STORE=" + ts.Getenv("COMANDA_STORE")}
	log, err := os.OpenFile(ts.MkAbs("serve.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	ts.Check(err)
	defer log.Close()
	c.Stderr = log
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	s := scriptServed{c, make(chan struct{})}
	listening := make(chan string, 1)
	go func() {
		defer close(s.ended)
		defer close(listening)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				listening <- at
			}
		}
	}()
	url, ok := <-listening
	if !ok {
		ts.Fatalf("the server ended before it listened: %v", c.Wait())
	}
	ts.Setenv("URL", url)
	scripts.Store(ts, s)
	ts.Defer(func() {
		if s, ok := scripts.LoadAndDelete(ts); ok {
			_ = s.(scriptServed).end(os.Kill) // a script that has failed, or that has no more to say
		}
	})
}

func scriptStops(ts *testscript.TestScript, _ bool, _ []string) {
	s, ok := scripts.LoadAndDelete(ts)
	if !ok {
		ts.Fatalf("no server runs")
	}
	ts.Check(s.(scriptServed).end(syscall.SIGTERM))
}

func scriptNewData(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: newdata DIRECTORY")
	}
	to := ts.MkAbs(args[0])
	ts.Check(os.CopyFS(to, os.DirFS(templateDir)))
	ts.Check(os.Chmod(to, 0o700))
}
