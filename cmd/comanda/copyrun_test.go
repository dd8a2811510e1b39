package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"comanda/app"
	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/engine"
	"comanda/order"
	"comanda/storage"
)

// onDynamoDB returns a location on DynamoDB Local that no other test uses, and
// the environment of commands that go there.
func onDynamoDB(t *testing.T) (string, []string) {
	t.Helper()
	place := placeOf(t, "dynamodb:us-east-1?endpoint="+dynamolocal.Endpoint(t)+"&prefix="+dynamolocal.Prefix())
	return place.String(), []string{"AWS_ACCESS_KEY_ID=comanda", "AWS_SECRET_ACCESS_KEY=comanda"}
}

// placeOf reads a place.
func placeOf(t *testing.T, text string) engine.Place {
	t.Helper()
	p, err := engine.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// optionsOf returns how tables of a place are opened without the program.
func optionsOf(t *testing.T, text string) dynamo.Options {
	t.Helper()
	o := dynamo.Options{
		Names: map[string]string{},
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	}
	for _, table := range app.Tables() {
		o.Names[table.Name] = placeOf(t, text).Table(table).Name
	}
	return o
}

// openTables opens tables of a place on DynamoDB Local.
func openTables(t *testing.T, text string, tables ...storage.Table) storage.Store {
	t.Helper()
	s, err := dynamo.Open(t.Context(), dynamolocal.Client(t), tables, optionsOf(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// createWithoutStreams makes the tables of a large test. DynamoDB Local looks
// through all stream records that it has with every write to a table with a stream.
func createWithoutStreams(t *testing.T, place string) {
	t.Helper()
	tables := app.Tables()
	for i := range tables {
		tables[i].Feed = false
	}
	if err := dynamo.CreateTables(t.Context(), dynamolocal.Client(t), tables, optionsOf(t, place)); err != nil {
		t.Fatal(err)
	}
}

// comparison is what comanda copy --json prints.
type comparison struct {
	From, To string
	Tables   []struct {
		Table    string
		From, To struct {
			Records int
			Digest  string
		}
		Equal   bool
		Written int
		Differ  int
	}
}

// digests returns the digest of every table, and fails unless both sides have it.
func (c comparison) digests(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, r := range c.Tables {
		if !r.Equal || r.From != r.To {
			t.Errorf("copy from %s to %s: table %s: got %+v, want both sides equal", c.From, c.To, r.Table, r)
		}
		all[r.Table] = r.From.Digest
	}
	return all
}

// of returns the records of a table, and how many of them the last run has written.
func (c comparison) of(table string) (records, written int) {
	for _, r := range c.Tables {
		if r.Table == table {
			return r.To.Records, r.Written
		}
	}
	return 0, 0
}

func readComparison(t *testing.T, text string) comparison {
	t.Helper()
	var c comparison
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatalf("result of the copy: %v in %q", err, text)
	}
	return c
}

var copiedLine = regexp.MustCompile(`copying orders: (\d+) of \d+`)

// killWhen starts the program and kills it, without any warning, as soon as it
// says that so many orders are copied. It returns the number that was said first.
func killWhen(t *testing.T, c *exec.Cmd, copied int) int {
	t.Helper()
	first, _ := signalWhen(t, c, copied, syscall.SIGKILL)
	if status := c.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() {
		t.Fatalf("%s: ended by itself before %d orders were copied: %v", strings.Join(c.Args[1:], " "), copied, c.ProcessState)
	}
	return first
}

// signalWhen is killWhen with any signal. It also returns what was said after it.
func signalWhen(t *testing.T, c *exec.Cmd, copied int, signal syscall.Signal) (first int, rest string) {
	t.Helper()
	output, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	first = -1
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		found := copiedLine.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		n, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		if first < 0 {
			first = n
		}
		if n >= copied {
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	for lines.Scan() {
		rest += lines.Text() + "\n"
	}
	c.Wait()
	return first, rest
}

// copyKilledTwice copies n orders with a command that is killed twice on the way,
// and returns what its third run prints.
func copyKilledTwice(t *testing.T, program string, env []string, n int, args ...string) comparison {
	t.Helper()
	args = append([]string{"copy", "--json"}, args...)
	start := func() *exec.Cmd {
		c := command(t, env, args...)
		c.Path = program
		return c
	}
	killWhen(t, start(), n/20)
	if first := killWhen(t, start(), n/3); first < n/20 {
		t.Errorf("the second run went on after %d orders, want at least the %d that the first has copied", first, n/20)
	}
	r := finish(t, start(), "")
	if r.code != 0 {
		t.Fatalf("third run: got exit code %d and %q", r.code, r.err)
	}
	c := readComparison(t, r.out)
	if records, written := c.of("orders"); records < n || written == 0 || written > n-n/3 {
		t.Errorf("third run: got %d orders, of which it has written %d, want %d, and to have gone on after %d", records, written, n, n/3)
	}
	return c
}

// build returns the program as users have it: with the race detector, which other
// tests of copies have on, this much takes too long.
func build(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "comanda")
	if out, err := exec.Command("go", "build", "-o", name, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return name
}

// sizeOfMove is the number of orders that move house.
func sizeOfMove() int {
	if os.Getenv("COMANDA_PROVE") != "" {
		return 100_000
	}
	return 5_000
}
