package installation

import "testing"

func TestListenersOnEveryAddressAreReachedOnTheLoopbackAddress(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"http://127.0.0.1:80":  "http://127.0.0.1:80",
		"http://0.0.0.0:8080":  "http://127.0.0.1:8080",
		"https://[::]:443":     "https://127.0.0.1:443",
		"http://10.1.2.3:8080": "http://10.1.2.3:8080",
		"http://[::1]:8080":    "http://[::1]:8080",
		"":                     "",
	}
	for listening, want := range tests {
		if got := Reachable(listening); got != want {
			t.Errorf("Reachable(%q): got %q, want %q", listening, got, want)
		}
	}
}

func TestOnlyAddressesOfThisMachineAreAskedForTheServerOfADirectory(t *testing.T) {
	for address, here := range map[string]bool{
		"http://127.0.0.1:8080": true, "https://127.8.0.1:443": true, "http://[::1]:8080": true,
		"http://192.0.2.1:8080": false, "http://localhost:8080": false, "http://orders.example.com": false, "": false, "::": false,
	} {
		if err := checkHere(address); (err == nil) != here {
			t.Errorf("%q: got %v, want it taken: %v", address, err, here)
		}
	}
}
