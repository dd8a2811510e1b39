package main

import (
	"context"
	"strings"
	"testing"

	"comanda/administration"
	"comanda/datadir"
	"comanda/installation"
)

func TestUsersAreAdministeredWithAndWithoutAServer(t *testing.T) {
	t.Parallel()
	for name, running := range map[string]bool{"running": true, "stopped": false} {
		t.Run(name, func(t *testing.T) {
			data := newData(t)
			if running {
				serve(t, data)
			}
			env := []string{"COMANDA_DATA=" + data}
			password := must(t, "", env, "users", "add", "--username", "boss", "--admin", "--email", "boss@example.com", "--name", "B", "--generate-password")
			must(t, "Another-One-6\n", env, "users", "reset-password", "--username", ana, "--password-stdin")
			if running {
				boss := must(t, password, env, "token", "-u", "boss", "--password-stdin")
				must(t, "Another-One-6", env, "token", "-u", ana, "--password-stdin")
				owner := must(t, adminPassword, env, "token", "-u", "admin", "--password-stdin")
				if strings.Count(boss, ".") != 2 || boss == owner {
					t.Errorf("token: got %q, want one line with a JSON web token", boss)
				}
				return
			}
			s := serve(t, data)
			s.token("boss", strings.TrimSpace(password))
			s.token(ana, "Another-One-6")
		})
	}
}

func TestADirectoryOnTheCommandLineIsStrongerThanTheEnvironment(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := []string{"COMANDA_URL=http://127.0.0.1:1", "COMANDA_CLIENT_ID=other", "COMANDA_DATA=elsewhere"}
	must(t, anaPassword, env, "token", "-u", ana, "--password-stdin", "--data", s.data)
	if r := run(t, anaPassword, env, "token", "-u", ana, "--password-stdin"); r.code != 1 || !strings.Contains(r.err, "http://127.0.0.1:1") {
		t.Errorf("the environment alone: got %+v, want its address asked", r)
	}
	keys, err := installation.Keys(s.data)
	if err != nil {
		t.Fatal(err)
	}
	must(t, anaPassword, nil, "token", "-u", ana, "--password-stdin", "--url", s.url, "--client-id", keys.ClientID)
}

func TestWhoeverSignedUpCanBeConfirmedWithoutTheCode(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	env := []string{"COMANDA_DATA=" + s.data}
	err := s.pool().Call(t.Context(), "SignUp", map[string]any{
		"ClientId": s.pool().Keys.ClientID, "Username": "ben", "Password": "Some-Thing-3",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := run(t, "Some-Thing-3", env, "token", "-u", "ben", "--password-stdin"); r.code != 1 || !strings.Contains(r.err, "UserNotConfirmedException") {
		t.Errorf("sign-in before: got %+v, want UserNotConfirmedException", r)
	}
	must(t, "", env, "users", "confirm", "--username", "ben")
	must(t, "Some-Thing-3", env, "token", "-u", "ben", "--password-stdin")
}

func TestRefusalsOfUsersAndTokensAreOneLine(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	locked := newData(t)
	d, err := datadir.Open(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	temporary := map[string]any{"Username": "tom", "TemporaryPassword": "For-A-While-7", "MessageAction": "SUPPRESS"}
	if err := s.pool().Admin(t.Context(), "AdminCreateUser", temporary, nil); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		stdin string
		args  []string
		code  int
		want  string
	}{
		"weak password":        {"weak\n", []string{"users", "add", "-u", "zoe", "--password-stdin"}, 1, "InvalidPasswordException"},
		"existing user":        {"Some-Thing-3\n", []string{"users", "add", "-u", "ANA", "--password-stdin"}, 1, "UsernameExistsException"},
		"unknown group":        {"", []string{"users", "--admin-group", "nobody", "add", "-u", "zoe", "--admin", "--generate-password"}, 1, "nothing was created"},
		"unknown user":         {"", []string{"users", "confirm", "-u", "zoe"}, 1, "UserNotFoundException"},
		"unknown user's reset": {"", []string{"users", "reset-password", "-u", "zoe", "--generate-password"}, 1, "UserNotFoundException"},
		"no username":          {"", []string{"users", "add"}, 2, `"username" not set`},
		"two passwords":        {"", []string{"users", "add", "-u", "zoe", "--generate-password", "--password-stdin"}, 2, "exclude each other"},
		"empty password":       {"\n", []string{"token", "-u", ana, "--password-stdin"}, 2, "is empty"},
		"nobody to ask":        {"", []string{"token", "-u", ana}, 2, "standard input is not a terminal: give --password-stdin"},
		"wrong password":       {"Wrong-Secret-5", []string{"token", "-u", ana, "--password-stdin"}, 1, "NotAuthorizedException"},
		"temporary password":   {"For-A-While-7", []string{"token", "-u", "tom", "--password-stdin"}, 1, "run the command without --password-stdin"},
		"server is starting":   {"", []string{"users", "--data", locked, "confirm", "-u", ana}, 1, "it is starting or stopping"},
		"server is stopped":    {"x", []string{"token", "--data", locked, "-u", ana, "--password-stdin"}, 1, "start one with comanda serve, or give the --url"},
		"never served":         {"", []string{"users", "--data", t.TempDir(), "add", "-u", "zoe", "--generate-password"}, 1, "start the server once"},
		"bad admin group":      {"", []string{"users", "--admin-group", "a b", "confirm", "-u", ana}, 2, "--admin-group"},
		"unknown subcommand":   {"", []string{"users", "remove"}, 2, `unknown command "remove"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, tt.stdin, []string{"COMANDA_DATA=" + s.data}, tt.args...)
			if r.code != tt.code || r.out != "" || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("got %+v, want exit code %d and one line with %q", r, tt.code, tt.want)
			}
		})
	}
	_, err = s.pool().SignIn(context.Background(), "zoe", "whatever")
	if err == nil || !strings.Contains(err.Error(), "NotAuthorizedException") {
		t.Errorf("sign-in of the user that was refused: got %v, want NotAuthorizedException", err)
	}
}

func TestGeneratedPasswordsHaveEveryKindOfCharacterAndDiffer(t *testing.T) {
	t.Parallel()
	a, b := administration.GeneratePassword(), administration.GeneratePassword()
	for _, kind := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "-"} {
		if !strings.ContainsAny(a, kind) {
			t.Errorf("got %d characters and none of %s, want one", len(a), kind)
		}
	}
	if a == b || len(a) < 20 {
		t.Errorf("two passwords of %d characters: got equal %v, want long and different ones", len(a), a == b)
	}
}
