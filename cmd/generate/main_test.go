package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestEveryGeneratedFileIsWrittenWhereItIs compares what is written to an empty project with ours.
func TestEveryGeneratedFileIsWrittenWhereItIs(t *testing.T) {
	root, written := t.TempDir(), 0
	for _, dir := range []string{"api", "deploy/sam", "deploy/terraform"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := generate(root); err != nil {
		t.Fatal(err)
	}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		written++
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join("../..", name))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s: got other content than ours: run `make generate`", name)
		}
		return err
	})
	if err != nil || written != 4 {
		t.Errorf("got %d files, %v, want the OpenAPI document, two templates and a dashboard", written, err)
	}
	if err := generate(filepath.Join(root, "nowhere")); err == nil {
		t.Error("in a folder that isn't there: got nil, want an error")
	}
}
