package comanda

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is what one package may import of ours, and what it must never touch.
// Tests inside a package may import anything.
type room struct {
	ours   []string
	never  []string // import paths, or prefixes that end with a slash
	reason string
}

// pure packages decide. They can be tested with values alone.
var pure = []string{"net/", "os", "os/", "database/", "syscall", "log", "modernc.org/", "github.com/aws/"}

// transport and engine are what only adapters know.
var (
	transport = []string{"net/http", "github.com/urfave/"}
	engine    = []string{"database/", "modernc.org/", "github.com/aws/aws-sdk-go-v2/service/"}
)

var rooms = map[string]room{
	".":                 {nil, nil, "the code tour only"},
	"storage":           {nil, slices.Concat(pure, transport), "a leaf that knows no noun of ours, so that any engine can stand behind it"},
	"storagetest":       {[]string{"storage"}, engine, "holds engines to the contract, and has the doubles that tests of other rooms share"},
	"sqlite":            {[]string{"storage"}, transport, "an engine knows records, not orders"},
	"memory":            {[]string{"storage"}, slices.Concat(pure, transport), "an engine that needs nothing but its process"},
	"dynamo":            {[]string{"storage"}, []string{"net/http/httptest", "database/", "modernc.org/", "github.com/urfave/"}, "as for sqlite"},
	"stream":            {[]string{"storage", "dynamo", "feed"}, []string{"net/http", "database/", "modernc.org/", "github.com/urfave/"}, "DynamoDB's records as changes of the feed"},
	"dynamolocal":       {nil, []string{"database/", "modernc.org/"}, "starts the real DynamoDB Local for tests, and knows nothing of ours"},
	"payload":           {nil, slices.Concat(pure, transport), "a leaf that reads text"},
	"datadir":           {nil, slices.Concat(transport, engine), "files and a lock, whatever is in them"},
	"identity":          {nil, slices.Concat(transport, engine), "a leaf: who is calling, however the call came"},
	"order":             {[]string{"storage", "payload"}, slices.Concat(pure, transport), "rules are pure; stores and transports are adapters"},
	"feed":              {[]string{"storage", "order"}, slices.Concat(pure, transport), "events and their way to consumers, from any engine"},
	"report":            {[]string{"storage", "order", "feed"}, slices.Concat(pure, transport), "counts orders from events, and says what they add up to"},
	"notification":      {[]string{"order", "feed"}, slices.Concat(pure, transport), "what a change announces, in words that every channel shares"},
	"webhook":           {[]string{"storage", "order", "feed", "notification"}, engine, "sends notifications over HTTP, and knows no route of ours"},
	"user":              {[]string{"storage", "identity", "payload"}, slices.Concat(pure, transport), "as for orders"},
	"pool":              {[]string{"storage", "identity"}, slices.Concat(transport, engine), "state and rules of the user pool, no wire format"},
	"cognito":           {[]string{"pool", "identity", "storage"}, engine, "the pool's wire protocol"},
	"api":               {[]string{"report", "order", "user", "payload", "identity", "storage", "feed", "notification"}, engine, "HTTP over the domain; of storage only error kinds and cursors"},
	"administration":    {[]string{"feed", "notification", "pool", "storage", "webhook"}, engine, "what an operator does, at a server or on its store"},
	"app":               {[]string{"administration", "api", "report", "feed", "user", "cognito", "pool", "identity", "order", "storage", "webhook", "trace"}, engine, "wiring; which engine is linked is the binary's choice"},
	"keyset":            {[]string{"identity"}, engine, "the signing keys of a user pool elsewhere, over HTTP"},
	"telemetry":         {nil, slices.Concat(transport, engine), "a leaf: log lines and metrics, whatever they are about"},
	"trace":             {[]string{"storage"}, engine, "spans of requests and of the store; whoever is without it doesn't link OpenTelemetry"},
	"function":          {[]string{"api", "dynamo", "feed", "identity", "keyset", "notification", "order", "report", "storage", "stream", "telemetry", "user"}, []string{"database/", "modernc.org/", "github.com/urfave/", "github.com/prometheus/"}, "the functions on AWS Lambda, on one engine; what a start doesn't need isn't linked"},
	"cmd/lambda":        {[]string{"function", "telemetry"}, []string{"database/", "modernc.org/", "github.com/urfave/", "github.com/prometheus/"}, "runs one function"},
	"transfer":          {[]string{"storage"}, slices.Concat(transport, engine), "copies records of any store to any other, whatever is in them"},
	"terminal":          {nil, slices.Concat(pure, transport), "a leaf: text that people read and paste"},
	"engine":            {[]string{"app", "datadir", "dynamo", "feed", "memory", "order", "pool", "sqlite", "storage", "stream", "terminal"}, transport, "the only room that knows which engines there are"},
	"installation":      {[]string{"administration", "app", "datadir", "engine", "keyset", "order", "payload", "pool", "report", "storage", "terminal", "trace", "webhook"}, []string{"database/", "modernc.org/", "github.com/aws/aws-sdk-go-v2/service/", "github.com/urfave/"}, "a data directory with everything around it, whatever asks for it"},
	"relocation":        {[]string{"administration", "app", "datadir", "engine", "identity", "installation", "order", "pool", "storage", "terminal", "transfer", "user"}, []string{"database/", "modernc.org/", "github.com/urfave/"}, "what moves, and what is refused before it does"},
	"cmd/comanda":       {[]string{"administration", "app", "client", "engine", "feed", "installation", "notification", "order", "payload", "pool", "relocation", "report", "storage", "telemetry", "terminal", "trace", "transfer", "webhook"}, []string{"database/", "modernc.org/", "github.com/aws/"}, "commands, flags, and tables for people"},
	"deploy":            {[]string{"api", "app", "dynamo", "feed", "function", "order", "report", "storage", "user"}, []string{"database/", "modernc.org/", "net/http/"}, "describes the deployment on AWS by what the program declares; what tests run it with is in the test room"},
	"acceptance":        {nil, nil, "tests only"},
	"scripts/zip":       {nil, slices.Concat(transport, engine), "packs a program"},
	"scripts/customers": {nil, engine, "asks a server from outside, and knows nothing of it but its address"},
	"bench/minimal":     {nil, nil, "the least that a function on AWS Lambda with a table can be, to be measured against"},
	"bench":             {[]string{"app", "client", "datadir", "feed", "identity", "order", "pool", "report", "sqlite", "storage"}, nil, "measures the built program from outside, on data that it makes"},
	"client":            {[]string{"order", "payload", "report", "notification"}, slices.Concat(engine, []string{"os", "os/", "log", "log/", "github.com/aws/", "github.com/urfave/", "github.com/golang-jwt/"}), "the API for Go programs: the domain's types, and nothing that a server is made of; it reads no environment and logs nothing"},
	"cmd/generate":      {[]string{"api", "deploy"}, engine, "writes what is made from the program's tables"},
	"testbed/pairs":     {nil, engine, "makes certificates, and knows nothing of ours"},
	"testbed/gateway":   {[]string{"deploy", "function"}, []string{"database/", "modernc.org/", "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"}, "stands in for API Gateway and Lambda, by what deploy declares"},
	"testbed/recorder":  {[]string{"deploy"}, engine, "compares what is asked of DynamoDB with what deploy allows"},
	"testbed/terraform": {nil, engine, "runs other people's programs, and knows nothing of ours"},
}

func TestImportsFollowTheRooms(t *testing.T) {
	seen := map[string]bool{}
	for dir, file := range sources(t) {
		for _, name := range file {
			r, ok := rooms[dir]
			if !ok {
				t.Errorf("package %s has no room: add it to the table with a reason", dir)
				break
			}
			seen[dir] = true
			for _, imported := range importsOf(t, name) {
				check(t, dir, r, name, imported)
			}
		}
	}
	for dir := range rooms {
		if !seen[dir] && !slices.Contains([]string{"acceptance", "bench", "dynamo", "dynamolocal"}, dir) {
			t.Errorf("room %s has no package: take it off the table", dir)
		}
	}
}

func check(t *testing.T, dir string, r room, file, imported string) {
	t.Helper()
	if ours, ok := strings.CutPrefix(imported, "comanda/"); ok {
		if !slices.Contains(r.ours, ours) {
			t.Errorf("%s imports %s, which %s may not: %s", file, imported, dir, r.reason)
		}
		return
	}
	for _, never := range r.never {
		if imported == never || strings.HasSuffix(never, "/") && strings.HasPrefix(imported, never) {
			t.Errorf("%s imports %s, which %s never does: %s", file, imported, dir, r.reason)
		}
	}
}

// sources returns the non-test Go files by folder.
func sources(t *testing.T) map[string][]string {
	files := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || isModule(name)):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			dir := path.Dir(filepath.ToSlash(name))
			files[dir] = append(files[dir], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// isModule reports whether a folder is a module of its own, whose packages aren't ours.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func importsOf(t *testing.T, file string) []string {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}
