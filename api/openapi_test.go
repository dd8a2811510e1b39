package api

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write generated files")

func TestOpenAPIDocumentIsUpToDate(t *testing.T) {
	got, err := generateOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, openAPIDocument) {
		t.Error("openapi.json is out of date: run go test ./api -run OpenAPI -update")
	}
}
