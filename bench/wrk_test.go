package main

import (
	"errors"
	"math"
	"strings"
	"testing"
)

const report = `Running 8s test @ http://127.0.0.1:1
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.49ms    2.10ms  35.02ms   85.97%
  118421 requests in 8.01s, 63.13MB read
{"requests":118421,"microseconds":8012345,"p50":3100,"p99":17250,"max":35020,"connect":0,"read":0,"write":0,"status":0,"timeout":0}
`

func TestALoadIsReadFromTheLineOfTheScript(t *testing.T) {
	w, err := parseLoad([]byte(report))
	if err != nil {
		t.Fatal(err)
	}
	want := load{Requests: 118421, Microseconds: 8012345, P50: 3100, P99: 17250, Max: 35020}
	if w != want {
		t.Errorf("got %+v, want %+v", w, want)
	}
	if got, want := w.rate(), 14779.817893; math.Abs(got-want) > 1e-5 {
		t.Errorf("rate: got %f, want %f a second", got, want)
	}
	if got, want := w.p99(), 17.25; got != want {
		t.Errorf("p99: got %v, want %v ms", got, want)
	}
	if err := w.check(); err != nil {
		t.Errorf("check: got %v, want no error", err)
	}
}

func TestAReportWithoutAUsableLineIsRefused(t *testing.T) {
	for name, report := range map[string]string{
		"nothing":         "",
		"wrk's own alone": "  118421 requests in 8.01s, 63.13MB read\n",
		"a cut line":      `{"requests":118421,"micro`,
		"no time":         `{"requests":1,"microseconds":0}`,
	} {
		if w, err := parseLoad([]byte(report)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, w)
		}
	}
}

func TestALoadWithErrorsOrWithoutAnswersIsRefused(t *testing.T) {
	good := load{Requests: 10, Microseconds: 1}
	for name, change := range map[string]func(*load){
		"an error status":      func(w *load) { w.Status = 1 },
		"a refused connection": func(w *load) { w.Connect = 1 },
		"a broken read":        func(w *load) { w.Read = 1 },
		"a broken write":       func(w *load) { w.Write = 1 },
		"a timeout":            func(w *load) { w.Timeout = 1 },
		"no answers":           func(w *load) { w.Requests = 0 },
	} {
		w := good
		change(&w)
		if err := w.check(); !errors.Is(err, errLoad) {
			t.Errorf("%s: got %v, want errLoad", name, err)
		}
	}
}

func TestTheRemedyForAMissingWrkIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := findWrk(); err == nil || !strings.Contains(err.Error(), "apt-get install wrk") {
		t.Errorf("got %v, want how to install it", err)
	}
}
