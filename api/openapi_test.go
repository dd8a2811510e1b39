package api

import (
	"bytes"
	"testing"
)

func TestOpenAPIDocumentIsUpToDate(t *testing.T) {
	want, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(openAPIDocument, want) {
		t.Error("api/openapi.json isn't what the table of routes makes: run `make generate`")
	}
}
