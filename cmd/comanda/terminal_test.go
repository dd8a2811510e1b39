//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoterminal returns both ends of a terminal: what a person types into and
// reads from, and what a program gets.
func pseudoterminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// expect reads what the person sees up to and including a text.
func expect(t *testing.T, r *bufio.Reader, text string) string {
	t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), text) {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("on the terminal: got %q, %v, want %q", seen.String(), err, text)
		}
		seen.WriteByte(b)
	}
	return seen.String()
}

// start runs the program with some of its streams on the terminal.
func start(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
}

func TestTheFirstPasswordIsShownOnATerminalOnceAndSavedNowhere(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	var password string
	for _, first := range []bool{true, false} {
		person, program := pseudoterminal(t)
		c := command(t, nil, "serve", "--listen", "127.0.0.1:0", "--data", data)
		c.Stdin, c.Stdout, c.Stderr = program, program, program
		start(t, c)
		r := bufio.NewReader(person)
		seen := expect(t, r, "listening on http://127.0.0.1:")
		found := regexp.MustCompile(`Password +(\S+) `).FindStringSubmatch(seen)
		switch {
		case first && found == nil:
			t.Fatalf("first start: got %q, want a password", seen)
		case first:
			password = found[1]
			expect(t, r, "\n")
			s := &served{t: t, data: data}
			s.url = s.announced().URL
			s.token("admin", password)
			err := s.pool().Call(t.Context(), "SignUp", map[string]any{
				"ClientId": s.pool().Keys.ClientID, "Username": "ben@example.com", "Password": "Some-Thing-3",
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, r, "confirmation code of ben@example.com: ")
		case found != nil:
			t.Errorf("second start: got %q, want no password", seen)
		}
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("after an interrupt: got %v, want exit code 0", err)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "admin-password")); err == nil {
		t.Error("admin-password: got a file, want none after the terminal has shown it")
	}
}

func TestPasswordsAreTypedWithoutEcho(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	temporary := map[string]any{"Username": "tom", "TemporaryPassword": "For-A-While-7", "MessageAction": "SUPPRESS"}
	if err := s.pool().Admin(t.Context(), "AdminCreateUser", temporary, nil); err != nil {
		t.Fatal(err)
	}
	person, program := pseudoterminal(t)
	c := command(t, []string{"COMANDA_DATA=" + s.data}, "token", "--username", "tom")
	var out strings.Builder
	c.Stdin, c.Stdout, c.Stderr = program, &out, program
	start(t, c)
	r := bufio.NewReader(person)
	seen := ""
	for _, step := range [][2]string{
		{"Password: ", "For-A-While-7"}, {"New password: ", "My-Own-Secret-8"}, {"The same again: ", "My-Own-Secret-8"},
	} {
		seen += expect(t, r, step[0])
		fmt.Fprintln(person, step[1])
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("got %v after %q, want exit code 0", err, seen)
	}
	if strings.Contains(seen, "While") || strings.Contains(seen, "Secret") {
		t.Errorf("on the terminal: got %q, want no password", seen)
	}
	if strings.Count(out.String(), ".") != 2 || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("standard output: got %q, want a token alone", out.String())
	}
	s.token("tom", "My-Own-Secret-8")
}

func TestAServerEndsWithTheTerminalThatItWasStartedFrom(t *testing.T) {
	t.Parallel()
	person, program := pseudoterminal(t)
	c := command(t, nil, "serve", "--listen", "127.0.0.1:0", "--data", newData(t))
	c.Stdin, c.Stdout, c.Stderr = program, program, program
	start(t, c)
	expect(t, bufio.NewReader(person), "listening on http://127.0.0.1:")
	person.Close()
	if err := c.Process.Signal(syscall.SIGHUP); err != nil { // what the system does when a window is closed
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("after the terminal was closed: got %v, want exit code 0", err)
	}
}

func TestARemovalIsDoneOnlyAfterYes(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	for _, reply := range []string{"", "no", "Yes"} {
		s.token(ana, anaPassword)
		person, program := pseudoterminal(t)
		c := command(t, []string{"COMANDA_DATA=" + s.data}, "users", "delete", "--username", ana)
		c.Stdin, c.Stdout, c.Stderr = program, program, program
		start(t, c)
		r := bufio.NewReader(person)
		expect(t, r, "Delete the sign-in account of ana? [y/N] ")
		fmt.Fprintln(person, reply)
		answer, code := "nothing was done", 1
		if reply == "Yes" {
			answer, code = "deleted the sign-in account of ana", 0
		}
		expect(t, r, answer)
		c.Wait()
		if got := c.ProcessState.ExitCode(); got != code {
			t.Errorf("after %q: got exit code %d, want %d", reply, got, code)
		}
	}
}

func TestAnInterruptAtThePromptRestoresTheEcho(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	person, program := pseudoterminal(t)
	echo := func() bool {
		state, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return state.Lflag&unix.ECHO != 0
	}
	c := command(t, []string{"COMANDA_DATA=" + s.data}, "token", "--username", ana)
	c.Stdin, c.Stderr = program, program
	start(t, c)
	r := bufio.NewReader(person)
	expect(t, r, "Password: ")
	if echo() {
		t.Error("echo at the prompt: got on, want off")
	}
	fmt.Fprint(person, "half\x03") // what the key Control-C sends
	expect(t, r, "comanda: read the password: nothing was typed")
	if err := c.Wait(); c.ProcessState.ExitCode() != 1 {
		t.Errorf("after an interrupt: got %v, want exit code 1", err)
	}
	if !echo() {
		t.Error("echo after an interrupt: got off, want on")
	}
}

func TestACopyOnATerminalDrawsABarAndClearsIt(t *testing.T) {
	t.Parallel()
	person, program := pseudoterminal(t)
	data := newData(t)
	furnish(t, data, 300)
	c := command(t, nil, "copy", "--from", "sqlite:"+data, "--to", "sqlite:"+filepath.Join(t.TempDir(), "new"))
	c.Stdout, c.Stderr = program, program
	start(t, c)
	r := bufio.NewReader(person)
	expect(t, r, "copying orders")
	expect(t, r, "/300, ")
	seen := expect(t, r, "EQUAL")
	if i := strings.LastIndexAny(seen, "\r"); i < 0 || !strings.HasPrefix(seen[i:], "\rTABLE") || strings.Contains(seen, "comanda: copying") {
		t.Errorf("before the table: got %.300q, want the bar cleared and no lines of progress", seen)
	}
	expect(t, r, "pool-sessions  0")
	if err := c.Wait(); err != nil {
		t.Errorf("copy: got %v, want exit code 0", err)
	}
}
