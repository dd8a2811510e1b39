package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMakeBuildsTheReleaseThatItIsGiven builds by the very line of the Makefile.
func TestMakeBuildsTheReleaseThatItIsGiven(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil && os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("this test needs make: `make check` runs it")
	}
	program := filepath.Join(t.TempDir(), "comanda")
	const release = "v1.2.3-4-gabcdef0"
	if out, err := exec.Command("make", "-C", "../..", "build", "PROGRAM="+program, "RELEASE="+release).CombinedOutput(); err != nil {
		t.Fatalf("make build: %v: %s", err, out)
	}
	out, err := exec.Command(program, "version").Output()
	if err != nil || string(out) != release+"\n" {
		t.Errorf("version: got %q, %v, want %s", out, err, release)
	}
}
