package main

import (
	"archive/zip"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestWhatAStartDoesntNeedIsntLinked keeps the other engine, the user pool and
// everything else out that would make the start slower or the archive larger.
func TestWhatAStartDoesntNeedIsntLinked(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := strings.Fields(string(out))
	if len(linked) < 100 {
		t.Fatalf("got %d packages, want all that are linked", len(linked))
	}
	for _, name := range linked {
		for _, never := range []string{
			"modernc.org", "comanda/sqlite", "comanda/pool", "comanda/cognito", "comanda/app", "comanda/datadir", "database/sql",
			"github.com/prometheus", "github.com/urfave", "golang.org/x/crypto/argon2", "net/rpc", "html/template",
			"github.com/aws/aws-sdk-go-v2/config", "go.opentelemetry.io", "comanda/trace",
		} {
			if name == never || strings.HasPrefix(name, never+"/") && name != "database/sql/driver" { // the interfaces alone, by way of google/uuid
				t.Errorf("the program links %s", name)
			}
		}
	}
}

func TestTheArchiveIsTheSameEachTime(t *testing.T) {
	digests := map[[sha256.Size]byte]bool{}
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "elsewhere", "deep")} {
		build := exec.Command("../../scripts/lambda", dir)
		build.Env = append(os.Environ(), "GOARCH="+runtime.GOARCH, "RELEASE=1.2.3")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		archive, err := os.ReadFile(filepath.Join(dir, "lambda.zip"))
		if err != nil {
			t.Fatal(err)
		}
		digests[sha256.Sum256(archive)] = true
		checkArchive(t, dir)
	}
	if len(digests) != 1 {
		t.Errorf("two builds of the same: got %d digests", len(digests))
	}
}

// checkArchive looks for the one program in the archive, executable.
func checkArchive(t *testing.T, dir string) {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(dir, "lambda.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 1 || z.File[0].Name != "bootstrap" || z.File[0].Mode() != 0o755 {
		t.Fatalf("got %d files, the first %s of mode %v, want bootstrap alone, executable", len(z.File), z.File[0].Name, z.File[0].Mode())
	}
	packed, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	if err != nil || string(got) != string(want) {
		t.Errorf("the archive has %d bytes, the program %d (%v)", len(got), len(want), err)
	}
	if !strings.Contains(string(got), "1.2.3") {
		t.Error("the program doesn't know its release")
	}
}
