package terminal

import (
	"os/exec"
	"testing"
)

func TestQuotedWordsComeOutOfAShellAsTheyWere(t *testing.T) {
	words := []string{"", "plain", "/a/b-c_d.e", "two words", "it's", `"$HOME" \n`, "*", "a;b", "~x", "é", "line\nbreak"}
	for _, want := range words {
		got, err := exec.Command("sh", "-c", "printf %s "+Quote(want)).Output()
		if err != nil || string(got) != want {
			t.Errorf("%q as %s: got %q, %v, want it back", want, Quote(want), got, err)
		}
	}
}

func TestNothingThatMovesACursorIsPrinted(t *testing.T) {
	for text, want := range map[string]string{"Ñandú 3": "Ñandú 3", "a\x1b[2Jb": "a\uFFFD[2Jb", "two\nlines\t": "two\uFFFDlines\uFFFD", "": ""} {
		if got := Printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
