package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"comanda/testbed/terraform"
)

// people is a process that asks moto's user pool with boto3. See moto/people.py.
type people struct {
	moto string // URL

	mu       sync.Mutex // one question at a time
	question *json.Encoder
	answer   *json.Decoder
	problems logBuffer
}

// newPeople starts the process, and ends it when t ends.
func newPeople(t *testing.T, moto string) *people {
	t.Helper()
	p := &people{moto: moto}
	command := exec.Command("../scripts/python", "moto/people.py", moto, terraform.Region)
	command.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	command.Stderr = &p.problems
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.end(t, command, in) })
	p.question, p.answer = json.NewEncoder(in), json.NewDecoder(out)
	return p
}

// end closes the input, which ends the process.
func (p *people) end(t *testing.T, command *exec.Cmd, in io.Closer) {
	t.Helper()
	if err := in.Close(); err != nil {
		t.Errorf("end the process that asks moto: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the process that asks moto: %v: %s", err, p.problems.String())
	}
}

// ask sends one request to the pool, whose clock is late. A refusal is a [*poolError].
func (p *people) ask(operation string, in object, late time.Duration, out any) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.question.Encode(object{"operation": operation, "input": in, "late": int(late.Seconds())}); err != nil {
		return fmt.Errorf("%s: %w: %s", operation, err, p.problems.String())
	}
	var said struct {
		Output json.RawMessage
		Status int
		Error  string
	}
	if err := p.answer.Decode(&said); err != nil {
		return fmt.Errorf("%s: %w: %s", operation, err, p.problems.String())
	}
	switch {
	case said.Error != "":
		return fmt.Errorf("%s: %w", operation, &poolError{said.Status, said.Error})
	case out == nil:
		return nil
	}
	return json.Unmarshal(said.Output, out)
}
