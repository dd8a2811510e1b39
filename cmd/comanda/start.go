package main

import (
	"context"
	"fmt"
	"strings"

	"comanda/installation"
	"comanda/terminal"
)

// administrator creates the first administrator at the first start. The password
// goes out at once, because it isn't known otherwise: to the terminal or, without
// one, to a file. It returns what remains to be said, "" for nothing.
func (p program) administrator(ctx context.Context, in *installation.Instance) (string, error) {
	username, password, err := in.Administrator(ctx)
	if err != nil || username == "" {
		return "", err
	}
	if password == "" {
		return username + ", as before; a new password: comanda users reset-password --username " + username, nil
	}
	if terminal.Is(p.out) {
		return "", p.Print(fmt.Sprintf("\n  Administrator   %s\n  Password        %s   (shown this once: keep it)\n", username, password))
	}
	file, err := in.SavePassword(password)
	if err != nil {
		return "", fmt.Errorf("%w: set another password with comanda users reset-password --username %s", err, username)
	}
	return username + ", the password is in " + installation.Absolute(file), nil
}

// welcome returns what a start ends with: where everything is, and lines to paste.
func (p program) welcome(in *installation.Instance, admin string) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %-15s %s\n", name, value)
		}
	}
	base := installation.Reachable(in.URL())
	b.WriteString("\n")
	line("API", base)
	line("Documentation", base+"/docs")
	line("Metrics", installation.Reachable(in.MetricsURL()))
	line("Data", installation.Absolute(in.Data()))
	line("Records", in.Records())
	line("User pool", in.UserPool())
	line("Token issuer", in.Issuer())
	line("Key set", in.KeySet())
	line("Administrator", admin)
	fmt.Fprintf(&b, "\nA first order, from another terminal:\n\n")
	for _, command := range firstOrder(in, installation.Program()) {
		fmt.Fprintf(&b, "  %s\n", command)
	}
	fmt.Fprintf(&b, "\nlistening on %s\n", in.URL())
	return b.String()
}

// firstOrder returns commands that place an order at the server.
func firstOrder(in *installation.Instance, self string) []string {
	place := self + " orders place --example"
	if in.Pool == nil {
		return []string{"export COMANDA_TOKEN=...   # an ID token of the user pool", place + " --url " + installation.Reachable(in.URL())}
	}
	return []string{
		fmt.Sprintf("eval \"$(%s env --data %s)\"", self, quote(installation.Absolute(in.Data()))),
		fmt.Sprintf("export COMANDA_TOKEN=\"$(%s token --username admin)\"", self),
		place,
	}
}
