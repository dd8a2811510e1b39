package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMemoryIsReadFromTheStatusOfAProcess(t *testing.T) {
	const status = "Name:\tcomanda\nVmPeak:\t 1300000 kB\nVmHWM:\t   61440 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n"
	for line, want := range map[string]float64{"VmHWM": 61440 * 1024, "VmRSS": 51200 * 1024} {
		if got, err := parseStatus(status, line); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", line, got, err, want)
		}
	}
	for _, line := range []string{"VmSwap", "Threads", ""} {
		if got, err := parseStatus(status, line); err == nil {
			t.Errorf("%q: got %v, want an error", line, got)
		}
	}
}

func TestTheEnvironmentHasNoSettingsOfTheServer(t *testing.T) {
	t.Setenv("COMANDA_ZONE", "Europe/Madrid")
	t.Setenv("BENCH_KEPT", "1")
	all := strings.Join(environment(), "\n")
	if strings.Contains(all, "COMANDA_") || !strings.Contains(all, "BENCH_KEPT=1") {
		t.Errorf("got %s, want it without COMANDA_ZONE and with BENCH_KEPT", all)
	}
}

func TestAnAnswerCountsOnlyWhenItIs200(t *testing.T) {
	for status, want := range map[int]bool{200: true, 503: false, 404: false} {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				t.Errorf("asked for %s instead of /readyz", r.URL.Path)
			}
			w.WriteHeader(status)
		}))
		s := &server{program: program{ready: "/readyz"}, address: h.Listener.Addr().String()}
		if got := s.answers(); got != want {
			t.Errorf("status %d: got %v, want %v", status, got, want)
		}
		h.Close()
		if s.answers() {
			t.Errorf("a server that is gone answers")
		}
	}
}

func TestTheCeilingReadsTheBodyAndGivesItsAnswer(t *testing.T) {
	body := strings.NewReader(`{"a":1}`)
	w := httptest.NewRecorder()
	ceilingHandler([]byte(`{"b":2}`)).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/orders", body))
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(answer), `{"b":2}`; w.Code != http.StatusOK || got != want {
		t.Errorf("got %d %s, want 200 %s", w.Code, got, want)
	}
	if n := body.Len(); n != 0 {
		t.Errorf("%d bytes of the body weren't read", n)
	}
}

func TestStoredOrdersMustBeThoseAcknowledged(t *testing.T) {
	for _, c := range []struct {
		stored, acknowledged, open int
		ok                         bool
	}{
		{100, 100, 0, true},
		{164, 100, 64, true},
		{165, 100, 64, false},
		{99, 100, 64, false},
	} {
		err := checkCount(c.stored, c.acknowledged, c.open)
		if (err == nil) != c.ok || err != nil && !errors.Is(err, errCount) {
			t.Errorf("%d stored, %d acknowledged, %d open: got %v, want ok %v", c.stored, c.acknowledged, c.open, err, c.ok)
		}
	}
}
