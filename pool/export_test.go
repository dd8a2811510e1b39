package pool

import "testing"

// SharedPlace returns the place that a made-up text shares with others.
func SharedPlace(p *Pool, kind, text string) string { return p.sharedKey(kind, text).Partition }

// WrongCodes returns how many wrong codes are counted for a name today.
func WrongCodes(t *testing.T, p *Pool, username string) int {
	acc, err := p.account(t.Context(), username)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := p.readAttempts(t.Context(), acc.key)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range a.Classes {
		n += c.WrongThen
	}
	return n
}

// KnownSources returns how many sources of a name have a class of their own.
func KnownSources(t *testing.T, p *Pool, username string) int {
	acc, err := p.account(t.Context(), username)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := p.readAttempts(t.Context(), acc.key)
	if err != nil {
		t.Fatal(err)
	}
	return max(0, len(a.Classes)-1)
}
