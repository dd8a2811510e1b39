package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"comanda/datadir"
	"comanda/installation"
)

func TestEnvSetsUpAShell(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data)
	keys, err := installation.Keys(data)
	if err != nil {
		t.Fatal(err)
	}
	script := `eval "$("$0" env --data "$1")" && echo "$COMANDA_URL|$COMANDA_DATA|$COMANDA_USER_POOL_ID|$COMANDA_CLIENT_ID|` +
		`$AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER|$AWS_ACCESS_KEY_ID|$AWS_SECRET_ACCESS_KEY|$AWS_REGION|$AWS_DEFAULT_REGION|$AWS_SESSION_TOKEN|$AWS_PROFILE|$AWS_DEFAULT_PROFILE|$AWS_USE_FIPS_ENDPOINT"`
	c := command(t, []string{"AWS_ACCESS_KEY_ID=AKIAOTHER", "AWS_SESSION_TOKEN=old", "AWS_PROFILE=work", "AWS_DEFAULT_PROFILE=work", "AWS_REGION=eu-west-1", "AWS_USE_FIPS_ENDPOINT=true"})
	c.Args = []string{"sh", "-c", script, c.Path, data}
	if c.Path, err = exec.LookPath("sh"); err != nil {
		t.Fatal(err)
	}
	r := finish(t, c, "")
	want := strings.Join([]string{s.url, data, keys.PoolID, keys.ClientID, s.url, keys.AccessKeyID, keys.SecretAccessKey, keys.Region, keys.Region, "", "", "", ""}, "|") + "\n"
	if r.code != 0 || r.out != want {
		t.Errorf("shell after eval: got %d and %q, want 0 and %q", r.code, r.out, want)
	}
	const replaced = "comanda: AWS_ACCESS_KEY_ID, AWS_REGION, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_USE_FIPS_ENDPOINT of this shell are replaced, and other AWS commands fail"
	if !strings.HasPrefix(r.err, replaced) || strings.Contains(r.err, "AKIAOTHER") {
		t.Errorf("warning: got %q, want %q, without the key", r.err, replaced)
	}
	for name, env := range map[string][]string{
		"by itself":               {"AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_REGION=local"},
		"by another server's":     {"AWS_ACCESS_KEY_ID=AKIALOCALAAAAAAAAAAA", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=http://127.0.0.1:1"},
		"where there was nothing": nil,
	} {
		if again := run(t, "", env, "env", "--data", data); again.err != "" {
			t.Errorf("replaced %s: got %q, want no warning", name, again.err)
		}
	}
}

func TestEnvRunsOneCommandAndPassesItsExitCodeOn(t *testing.T) {
	t.Parallel()
	data := newData(t)
	s := serve(t, data)
	tests := map[string]struct {
		args []string
		want result
	}{
		"the environment":      {[]string{"sh", "-c", `echo "$COMANDA_URL$AWS_PROFILE"`}, result{0, s.url + "\n", ""}},
		"flags of the command": {[]string{"echo", "--data", "-n"}, result{0, "--data -n\n", ""}},
		"standard input":       {[]string{"cat"}, result{0, "in", ""}},
		"exit code 7":          {[]string{"sh", "-c", "exit 7"}, result{7, "", ""}},
		"no such command":      {[]string{"no-such-command"}, result{1, "", "comanda: run no-such-command: executable file not found in $PATH: check the command after --\n"}},
		"no such path":         {[]string{"./nowhere"}, result{1, "", "comanda: run ./nowhere: stat ./nowhere: no such file or directory: check the command after --\n"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"env", "--data", data, "--"}, tt.args...)
			if got := run(t, "in", []string{"AWS_PROFILE=work"}, args...); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestTablesOfOtherKeysSayWhoseKeysAreHere looks for tables of DynamoDB Local, which keeps those of
// each key apart, in a shell whose keys comanda env has replaced since they were made.
func TestTablesOfOtherKeysSayWhoseKeysAreHere(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	must(t, "", env, "webhooks", "list", "--store", place)
	data := newData(t)
	keys, err := installation.Keys(data)
	if err != nil {
		t.Fatal(err)
	}
	var local []string
	for name, value := range installation.NewEnvironment("http://127.0.0.1:1", data, keys).Variables() {
		local = append(local, name+"="+value)
	}
	r := run(t, "", local, "webhooks", "list", "--store", place)
	if r.code != 1 || !strings.Contains(r.err, "comanda env has set") || !strings.Contains(r.err, "with the keys that the tables were made with") {
		t.Errorf("got %+v, want to be told of the keys", r)
	}
}

func TestEnvWithoutAServerSaysSo(t *testing.T) {
	t.Parallel()
	data := newData(t)
	stale := newData(t)
	d, err := datadir.Open(stale)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Announce(datadir.Server{URL: "http://127.0.0.1:1", PID: 1}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		data string
		code int
		want string
	}{
		"stopped":      {data, 0, "no server runs: start one with comanda serve; the address is set to http://127.0.0.1:8080"},
		"crashed":      {stale, 0, "its server doesn't answer at http://127.0.0.1:1 any more"},
		"never served": {filepath.Join(t.TempDir(), "new"), 1, "is no data directory yet: start the server once with comanda serve"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", nil, "env", "--data", tt.data)
			if r.code != tt.code || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("got %d and %q, want %d and one line with %q", r.code, r.err, tt.code, tt.want)
			}
			if has := strings.Contains(r.out, "export COMANDA_URL=http://127.0.0.1:8080\n"); has != (tt.code == 0) {
				t.Errorf("standard output: got %q, want the default address: %v", r.out, tt.code == 0)
			}
		})
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
