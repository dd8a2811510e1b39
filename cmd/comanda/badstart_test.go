package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"comanda/installation"
)

// write puts a file into a new directory and returns the directory.
func write(t *testing.T, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// change overwrites bytes of the database of a stopped server.
func change(t *testing.T, data string, offset int64, bytes []byte) string {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(data, "comanda.db"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(bytes, offset); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBadStartsSayClearlyWhatIsWrong(t *testing.T) {
	t.Parallel()
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	const userVersion = 60 // offset in the header of a SQLite file
	in := func(dir string) []string { return []string{"serve", "--listen", "127.0.0.1:0", "--data", dir} }
	tests := map[string]struct {
		args []string
		env  []string
		code int
		want []string // one for each line
	}{
		"an unknown command":        {args: []string{"serv"}, code: 2, want: []string{`unknown command "serv"`}},
		"help on an unknown one":    {args: []string{"serv", "--help"}, code: 2, want: []string{`unknown command "serv": see comanda --help`}},
		"help on one in a group":    {args: []string{"users", "ad", "--help"}, code: 2, want: []string{`unknown command "ad": see comanda users --help`}},
		"an address that isn't one": {args: []string{"orders", "list"}, env: []string{"COMANDA_URL=foo", "COMANDA_TOKEN=x"}, code: 2, want: []string{`--url "foo", or COMANDA_URL: must be a URL`}},
		"a password from nobody":    {args: []string{"token", "--username", "ana", "--url", "http://127.0.0.1:1", "--client-id", "x"}, code: 2, want: []string{"give --password-stdin"}},
		"a user without a password": {args: []string{"users", "--data", newData(t), "add", "--username", "eva"}, code: 2, want: []string{"give --password-stdin"}},
		"a command, named once":     {args: []string{"orders", "list", "now"}, code: 2, want: []string{`comanda: orders list: unexpected argument "now": see comanda orders list --help`}},
		"an unknown flag":           {args: []string{"serve", "--lisen", "x"}, code: 2, want: []string{"-lisen"}},
		"an argument":               {args: []string{"serve", "now"}, code: 2, want: []string{`unexpected argument "now"`}},
		"an address without a port": {args: []string{"serve", "--listen", "localhost"}, code: 2, want: []string{`--listen "localhost": must be HOST:PORT`}},
		"plain HTTP for everybody":  {args: []string{"serve", "--listen", "0.0.0.0:8080"}, code: 2, want: []string{"--tls-cert"}},
		"a certificate without key": {args: []string{"serve", "--tls-cert", "x"}, code: 2, want: []string{"together"}},
		"several bad settings": {
			args: []string{"serve", "--listen", ":x", "--behind-proxy", "10.0.0.1"},
			env:  []string{"COMANDA_ZONE=Mars", "COMANDA_LOG_LEVEL=loud", "COMANDA_TOTAL_POLICY=guess", "COMANDA_UNKNOWN_FIELDS=warn", "COMANDA_LOG_FORMAT=xml", "COMANDA_ADMIN_GROUP=a b", "COMANDA_PUBLIC_URL=here", "COMANDA_CORS_ORIGIN=shop"},
			code: 2,
			want: []string{"--listen", "--public-url", "--behind-proxy", "--cors-origin", "--total-policy", "--unknown-fields", "--log-level", "--log-format", "--admin-group", "--zone"},
		},
		"a mail server without a sender": {
			args: []string{"serve"}, env: []string{"COMANDA_SMTP=smtp://shop:hidden@mail.example.com"}, code: 2, want: []string{"--smtp: from must be"},
		},
		"a mail server of no form, a weak policy and an age of no unit": {
			args: []string{"serve", "--smtp", "smtp://shop:hid den@h", "--password-policy", "4", "--key-rotation", "90"}, code: 2,
			want: []string{`--password-policy "4"`, `--key-rotation "90"`, "--smtp: must be a URL"},
		},
		"an occupied port": {
			args: []string{"serve", "--listen", occupied.Addr().String(), "--data", newData(t)}, code: 1,
			want: []string{"listen on " + occupied.Addr().String() + ": address already in use"},
		},
		"another public URL than at first": {
			args: append(in(newData(t)), "--public-url", "https://orders.example.com/"), code: 2,
			want: []string{`--public-url "https://orders.example.com/": tokens of this data directory name "http://127.0.0.1:8080" since its first start`},
		},
		"a public URL for Cognito's tokens": {
			args: append(in(newData(t)), "--public-url", "https://orders.example.com", "--user-pool", "eu-west-1_Ab", "--client", "c"), code: 2,
			want: []string{`--public-url "https://orders.example.com": has no effect`},
		},
		"metrics for everybody": {args: []string{"serve", "--metrics-listen", "0.0.0.0:9090"}, code: 2, want: []string{`--metrics-listen "0.0.0.0:9090": plain HTTP`}},
		"a certificate that is missing": {
			args: append(in(newData(t)), "--tls-cert", "/nowhere/c.pem", "--tls-key", "/nowhere/k.pem"), code: 2, want: []string{"--tls-cert /nowhere/c.pem"},
		},
		"a directory below a file":   {args: in(filepath.Join(write(t, "file", ""), "file", "data")), code: 1, want: []string{"not a directory"}},
		"a directory of other files": {args: in(write(t, "letter.txt", "Dear")), code: 1, want: []string{"files in it that are not Comanda's"}},
		"a database of others":       {args: in(change(t, newData(t), 68, []byte("Othr"))), code: 1, want: []string{"not a database of this program"}},
		"a newer database":           {args: in(change(t, newData(t), userVersion, []byte{0, 0, 3, 231})), code: 1, want: []string{"schema version 999"}},
		"a damaged database":         {args: in(change(t, newData(t), 100, make([]byte, 4000))), code: 1, want: []string{"damaged"}},
		"no database at all":         {args: in(change(t, newData(t), 0, []byte("Dear Grace, this"))), code: 1, want: []string{"it isn't a SQLite file"}},
		"lost keys":                  {args: in(write(t, "comanda.db", "x")), code: 1, want: []string{"no keys.json"}},
		"damaged keys":               {args: in(write(t, "keys.json", "{")), code: 1, want: []string{"keys.json is damaged"}},
		"keys of something else":     {args: in(write(t, "keys.json", `{"format": 9}`)), code: 1, want: nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", tt.env, tt.args...)
			if r.code != tt.code {
				t.Errorf("exit code: got %d, want %d", r.code, tt.code)
			}
			if r.out != "" {
				t.Errorf("standard output: got %q, want nothing", r.out)
			}
			lines := strings.Split(strings.TrimSuffix(r.err, "\n"), "\n")
			if tt.want != nil && len(lines) != len(tt.want) {
				t.Fatalf("lines: got %q, want %d", lines, len(tt.want))
			}
			for i, line := range lines {
				if strings.Contains(line, "hid") {
					t.Errorf("line %d: got %q, want no password", i, line)
				}
				if !strings.HasPrefix(line, "comanda: ") || strings.Contains(line, "goroutine") {
					t.Errorf("line %d: got %q, want a message of comanda", i, line)
				}
				if tt.want != nil && !strings.Contains(line, tt.want[i]) {
					t.Errorf("line %d: got %q, want %q in it", i, line, tt.want[i])
				}
			}
		})
	}
}

func TestASecondServerOnTheSameDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	r := run(t, "", nil, "serve", "--listen", "127.0.0.1:0", "--data", s.data)
	if want := "served by another process"; r.code != 1 || !strings.Contains(r.err, want) || strings.Count(r.err, "\n") != 1 {
		t.Errorf("second server: got exit code %d and %q, want 1 and one line with %q", r.code, r.err, want)
	}
	if _, err := installation.Find(t.Context(), s.data); err != nil {
		t.Errorf("first server: got %v, want it to go on", err)
	}
	s.stop()
}
