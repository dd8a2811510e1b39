package acceptance

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Tests of what people make of the OpenAPI document, with the tools in the folder generated:
// clients, and checks of the document and of the server by it.

// madeOfTheDocument is a server with a user who is signed in, and its document in a file.
type madeOfTheDocument struct {
	*client
	as       *user
	document string
}

func newMadeOfTheDocument(t *testing.T) madeOfTheDocument {
	t.Helper()
	for _, needed := range []string{"node_modules/.lock", "tools/complete"} {
		if _, err := os.Stat(filepath.Join("generated", needed)); err != nil {
			if os.Getenv("COMANDA_REQUIRE") == "all" {
				t.Fatalf("%v: scripts/install installs it", err)
			}
			t.Skip("without what makes clients of the OpenAPI document; `make check` runs this test")
		}
	}
	c := newSuite(newEmbedded(t)).open(t, options{follow: true})
	m := madeOfTheDocument{c, c.signUp(t, "ana", "apiAdmins"), filepath.Join(t.TempDir(), "openapi.json")}
	if err := os.WriteFile(m.document, c.get(t, nil, "/openapi.json").body, 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

// run runs a tool in the folder generated, and returns what it prints on standard output.
func (m madeOfTheDocument) run(t *testing.T, command string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command, arguments...)
	c.Dir, c.Env = "generated", append(os.Environ(), "COMANDA_URL="+m.url(), "ID_TOKEN="+m.as.idToken, "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "PYTHONDONTWRITEBYTECODE=1")
	var out, complaints strings.Builder
	c.Stdout, c.Stderr = &out, &complaints
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", command, arguments, err, out.String(), complaints.String())
	}
	return strings.TrimSpace(out.String())
}

// TestGeneratedClientsKeepNumbers makes clients, compiles them, and has them place orders and read them
// back: with the largest ids, and amounts that 32 bits can't hold.
func TestGeneratedClientsKeepNumbers(t *testing.T) {
	m := newMadeOfTheDocument(t)
	kept := "restaurant number:999999999999999 items number:-999999999999999 text:" + strings.Repeat("9", 64) + " courier text:999999999999999 " +
		"prices 617283.945 999999.9999 total 1234567.89 largest 99999999.9999 listed 1"
	t.Run("clients", func(t *testing.T) {
		for name, tool := range map[string]string{
			"oapi": "oapi-codegen, Go", "generator": "openapi-generator, Go", "typescript": "openapi-generator, TypeScript", "python": "openapi-python-client",
		} {
			t.Run(tool, func(t *testing.T) {
				t.Parallel()
				if got := m.run(t, "./client", name, m.document, t.TempDir()); got != kept {
					t.Errorf("got  %s\nwant %s", got, kept)
				}
			})
		}
	})
	for _, name := range []string{"oapi", "generator", "typescript", "python"} { // what they sent, to the character
		m.get(t, m.as, "/orders/"+name).expect(t, want{status: 200, json: fields{
			"restaurantId": 999999999999999, "orderItems.0.price": 617283.945, "totalAmount": 1234567.89,
		}})
	}
}

func TestLintersFindNoErrorInTheDocument(t *testing.T) {
	m := newMadeOfTheDocument(t)
	m.run(t, "node_modules/.bin/spectral", "lint", "--fail-severity", "warn", "--ruleset", "spectral.yaml", m.document)
	m.run(t, "node_modules/.bin/redocly", "lint", "--config", "redocly.yaml", m.document)
}

// TestSchemathesisFindsNothingThatIsNotExplained sends requests that the document describes, and some that it
// doesn't. What is explained is in generated/checks.py, each with its reason.
func TestSchemathesisFindsNothingThatIsNotExplained(t *testing.T) {
	m := newMadeOfTheDocument(t)
	said := m.run(t, "./schemathesis", m.document, t.TempDir())
	t.Log(said[max(0, len(said)-400):])
}

// TestTheDocsPageCanBeReadAndTried visits /docs in a browser, light and dark, on a phone and on a screen, and places the order
// that "Try it out" offers, as it is.
func TestTheDocsPageCanBeReadAndTried(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil && os.Getenv("COMANDA_REQUIRE") != "all" {
		t.Skip("no chromium; `make check` runs this test")
	}
	m := newMadeOfTheDocument(t)
	const kept = `{"answers":["200","200","200","200"],"unreadable":[]}`
	if got := m.run(t, "node", "page.js"); got != kept {
		t.Errorf("got %s\nwant %s", got, kept)
	}
	m.get(t, m.as, "/orders/dinner-1").expect(t, want{status: 200, json: fields{"totalAmount": 19.97, "restaurantId": 7, "version": 1}})
}
