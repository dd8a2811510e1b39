package dynamolocal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestTheServerAnswers(t *testing.T) {
	if _, err := Client(t).ListTables(context.Background(), &dynamodb.ListTablesInput{}); err != nil {
		t.Errorf("list tables: %v", err)
	}
	if a, b := Endpoint(t), Endpoint(t); a != b {
		t.Errorf("endpoint asked for twice: got %s and %s, want one server", a, b)
	}
}

func TestAnEndpointOfTheEnvironmentIsUsed(t *testing.T) {
	const want = "http://127.0.0.1:1"
	t.Setenv(endpointVariable, want)
	if got := Endpoint(t); got != want {
		t.Errorf("endpoint: got %s, want %s", got, want)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	_, err := start()
	if !errors.Is(err, errMissing) || !strings.Contains(err.Error(), "scripts/dynamodb") {
		t.Errorf("start without the server's files: got %v, want %v and what to do", err, errMissing)
	}
}

// program returns a stand-in for java.
func program(t *testing.T, script string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "java")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAServerThatEndsAtOnceIsNoticed(t *testing.T) {
	s, err := launch(program(t, "echo no such option; exit 3"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.wait(); err == nil || !strings.Contains(err.Error(), "no such option") {
		t.Errorf("wait: got %v, want an error with what was printed", err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestStoppingEndsTheChild(t *testing.T) {
	s, err := launch(program(t, "exec cat /dev/zero >/dev/null"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	<-s.ended
	if _, err := os.Stat(s.log); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("log of a stopped server: got %v, want it removed", err)
	}
}
