package installation

import "testing"

func TestTheStartSaysHowToCallTheProgramAgain(t *testing.T) {
	for self, want := range map[string]string{
		"/srv/bin/comanda":                         "/srv/bin/comanda",
		"/srv/my bin/comanda":                      "'/srv/my bin/comanda'",
		"/tmp/go-build3410390028/b001/exe/comanda": "go run ./cmd/comanda",
	} {
		if got := callOf(self); got != want {
			t.Errorf("callOf(%q): got %s, want %s", self, got, want)
		}
	}
}
