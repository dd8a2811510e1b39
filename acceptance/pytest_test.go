package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"comanda/datadir"
	"comanda/dynamolocal"
	"comanda/pool"
)

// The workshop's own test_api.py and conftest.py, unchanged, in their own Python,
// against the program on DynamoDB and on Lambda. They use one key pair for everything, the
// user pool's, and DynamoDB Local shows each key pair tables of its own; so the
// program has the same one here.

func TestTheWorkshopPassesOnDynamoDB(t *testing.T) {
	w := newWorkshop(t)
	keys := newKeys(t)
	p := &process{binary: built(t, program), dir: filepath.Join(t.TempDir(), "data"), environment: roleOf(keys).environment()}
	saveKeys(t, p.dir, keys)
	prefix := dynamolocal.Prefix()
	location := "dynamodb:" + keys.Region + "?endpoint=" + dynamolocal.Endpoint(t) + "&prefix=" + prefix
	create := exec.Command(p.binary, "tables", "create", "--to", location)
	create.Env = p.environment
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("create the tables: %v\n%s", err, out)
	}
	p.arguments = []string{"--store", location, "--identity", "embedded"}
	p.run(t)
	w.run(t, p, p.base, prefix)
}

func TestTheWorkshopPassesOnLambda(t *testing.T) {
	w := newWorkshop(t)
	keys := newKeys(t)
	r := roleOf(keys)
	l := &onLambda{keys: keys, client: r.client(t), role: r, binary: built(t, functions)}
	l.record(t)
	s := l.open(t, options{}).(*lambdaServer)
	w.run(t, s, s.signIn.URL, s.prefix)
}

func roleOf(k pool.Keys) role { return role{k.Region, k.AccessKeyID, k.SecretAccessKey} }

// saveKeys makes a data directory that has these keys.
func saveKeys(t *testing.T, path string, keys pool.Keys) {
	t.Helper()
	d, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.SaveKeys(keys); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// workshop is the folder with the workshop's tests, and the Python that runs them.
type workshop struct{ folder, python string }

// newWorkshop skips the test when the folder isn't at hand, which the project
// doesn't need; scripts/test-race knows that reason by its first words, and counts it. Without
// Python it ends the test.
func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	folder := os.Getenv("WORKSHOP")
	if folder == "" {
		folder = "../../shared/workshop"
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"test_api.py", "conftest.py"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Skipf("without the workshop: no %s in %s: WORKSHOP names another folder", name, folder)
		}
	}
	python, err := filepath.Abs("../.venv/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, "-c", "import boto3, moto.server, pytest, requests").CombinedOutput(); err != nil {
		message := "no Python with boto3, moto, pytest and requests: scripts/install makes one"
		if os.Getenv("COMANDA_REQUIRE") == "all" {
			t.Fatalf("%s: %v\n%s", message, err, out)
		}
		t.Skip(message + "; `make check` runs this test")
	}
	return &workshop{folder, python}
}

// run runs the tests twice in a row against a server whose user pool answers at
// signIn and whose tables have a prefix.
func (w *workshop) run(t *testing.T, s server, signIn, prefix string) {
	t.Helper()
	p := s.pool()
	tests := exec.Command(w.python, "workshop/both.py")
	tests.Env = append(role{p.region, p.accessKey, p.secretKey}.environment(),
		"PATH="+os.Getenv("PATH"), "HOME="+t.TempDir(), "WORKSHOP="+w.folder,
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER="+signIn, "AWS_ENDPOINT_URL_DYNAMODB="+dynamolocal.Endpoint(t),
		"COMANDA_URL="+s.url(), "COMANDA_USER_POOL_ID="+p.id, "COMANDA_CLIENT_ID="+p.clientID, "COMANDA_ORDERS_TABLE="+prefix+"orders")
	out, err := tests.CombinedOutput()
	if err != nil || strings.Count(string(out), "8 passed") != 2 {
		t.Errorf("the workshop's tests: got %v, want 8 passed twice:\n%s\nlog of the program:\n%.4000s", err, out, s.log())
	}
	t.Logf("test_api.py and conftest.py, unchanged, twice:\n%s", out)
}
