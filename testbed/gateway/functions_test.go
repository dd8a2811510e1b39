package gateway

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"comanda/deploy"
)

func TestAnswersOfFunctions(t *testing.T) {
	s := newStage(t, Runtime{Timeout: 4 * time.Second, Processes: 2}, Config{})
	for _, x := range []struct {
		do     string
		status int
		header map[string]string
		body   string
	}{
		{"base64", 200, map[string]string{"Content-Type": "image/png", "X-Number": "7"}, "\xff\x00"},
		{"headers", 401, map[string]string{"Www-Authenticate": "", "X-Amzn-Remapped-Www-Authenticate": "Bearer", "X-Amzn-Remapped-Server": "x", "X-Many": "a,b"}, ""},
		{"malformed", 502, nil, "internal"}, {"status", 502, nil, "internal"}, {"fail", 502, nil, "internal"}, {"large", 502, nil, "internal"},
		{"exit", 502, nil, "internal"}, {"hang", 504, nil, "unknown-outcome"}, {"", 200, nil, ""},
	} {
		t.Run(x.do, func(t *testing.T) {
			a := s.send(t, "GET", "/Prod/healthz", "", "X-Do: "+x.do)
			if a.status != x.status || !strings.Contains(a.body, x.body) {
				t.Errorf("got %d %.100q, want %d with %q", a.status, a.body, x.status, x.body)
			}
			for name, v := range x.header {
				if got := strings.Join(a.header.Values(name), ","); got != v {
					t.Errorf("%s: got %q, want %q", name, got, v)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	s := newStage(t, Runtime{}, Config{Validate: func(model string, body []byte) error {
		if model == "Placement" && string(body) == "bad" {
			return errors.New("bad")
		}
		return nil
	}})
	authorization := "Authorization: " + s.keys.token(t, "one", nil)
	for _, x := range []struct {
		name, method, body string
		header             string
		status             int
	}{
		{"a body that the validator refuses", "POST", "bad", authorization, 400},
		{"a body that it doesn't know", "PUT", "bad", authorization, 200},
		{"a body larger than Lambda takes", "POST", strings.Repeat("x", maxPayload), authorization, 413},
		{"a body larger than the gateway takes", "POST", strings.Repeat("x", maxBody+1), authorization, 413},
		{"headers larger than the gateway takes", "POST", "", "Authorization: " + strings.Repeat("x", maxHeaders), 431},
		{"a bad body without a token", "POST", "bad", "X-None: 1", 401},
		{"a bad body of another type", "POST", "bad", "Content-Type: text/plain", 200},
	} {
		t.Run(x.name, func(t *testing.T) {
			path := map[string]string{"POST": "/Prod/orders", "PUT": "/Prod/orders/x"}[x.method]
			header := []string{x.header}
			if strings.HasPrefix(x.header, "Content-Type") {
				header = append(header, authorization)
			}
			if a := s.send(t, x.method, path, x.body, header...); a.status != x.status {
				t.Errorf("got %d %.200s, want %d", a.status, a.body, x.status)
			}
		})
	}
}

func TestRefusalsCanBeReplaced(t *testing.T) {
	s := newStage(t, Runtime{}, Config{Refusals: map[Refusal]deploy.Response{
		Unauthorized: {Status: 418, Header: []deploy.Header{{Name: "X-Fixed", Value: "1"}}, Body: `{"message":$context.error.messageString,"id":"$context.requestId"}`},
	}})
	a := s.send(t, "GET", "/Prod/orders", "")
	if a.status != 418 || a.body != `{"message":"Unauthorized","id":"`+a.header.Get("X-Amzn-Requestid")+`"}` || a.header.Get("X-Fixed") != "1" {
		t.Errorf("got %d %s %v", a.status, a.body, a.header)
	}
}

func TestADeploymentHasAResponseForEveryRefusal(t *testing.T) {
	deployed, err := deploy.Responses()
	if err != nil {
		t.Fatal(err)
	}
	without := slices.DeleteFunc(deployed, func(r deploy.Response) bool { return r.Type == string(Unauthorized) })
	if _, err := responsesOf(without); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
		t.Errorf("without one: got %v, want an error that names it", err)
	}
}

func TestAProcessDoesOneRequestAtATime(t *testing.T) {
	const processes = 3
	s := newStage(t, Runtime{Processes: processes, Timeout: 20 * time.Second}, Config{})
	var mu sync.Mutex
	pids := map[int]int64{}
	var sending sync.WaitGroup
	for range 2 * processes {
		sending.Go(func() {
			a, err := s.try("GET", "/Prod/healthz", "", "X-Do: stay")
			mu.Lock()
			defer mu.Unlock()
			if err != nil || a.status != 200 {
				t.Errorf("got %d, %v", a.status, err)
				return
			}
			pids[a.echo.PID] = max(pids[a.echo.PID], a.echo.Nth)
		})
	}
	sending.Wait()
	if len(pids) != processes || s.functions.Started()["system"] != processes {
		t.Errorf("got %d processes %v, want %d", len(pids), pids, processes)
	}
	var total int64
	for _, n := range pids {
		total += n
	}
	if total != 2*processes {
		t.Errorf("the processes have done %d requests, want %d", total, 2*processes)
	}
}

func TestProcessesAreUsedAgainAndEnd(t *testing.T) {
	s := newStage(t, Runtime{}, Config{})
	first, second := s.send(t, "GET", "/Prod/healthz", ""), s.send(t, "GET", "/Prod/version", "")
	if first.echo.PID != second.echo.PID || second.echo.Nth != 2 {
		t.Errorf("got process %d and then %d, want one for both", first.echo.PID, second.echo.PID)
	}
	if left := time.Until(first.echo.Deadline); left <= 0 || left > 29*time.Second {
		t.Errorf("the function was told that it has %v left, want up to 29 s", left)
	}
	if err := s.functions.Recycle(); err != nil {
		t.Fatal(err)
	}
	third := s.send(t, "GET", "/Prod/healthz", "")
	if third.echo.PID == first.echo.PID || third.echo.Nth != 1 {
		t.Errorf("after recycling: got process %d and request %d of it, want a new one", third.echo.PID, third.echo.Nth)
	}
	if err := s.functions.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{first.echo.PID, third.echo.PID} {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is still there: %v", pid, err)
		}
	}
	if a := s.send(t, "GET", "/Prod/healthz", ""); a.status != 502 {
		t.Errorf("a closed function: got %d, want 502", a.status)
	}
}

func TestAFunctionThatCanNotStartIsSaid(t *testing.T) {
	s := newStage(t, Runtime{Environment: func(name string) []string {
		if name == "system" {
			return []string{"BROKEN=1"}
		}
		return nil
	}}, Config{})
	_, err := s.functions.Invoke(t.Context(), "system", []byte("{}"))
	if !errors.Is(err, ErrExited) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v, want that the process ended with exit status 3", err)
	}
	if a := s.send(t, "GET", "/Prod/healthz", ""); a.status != 502 {
		t.Errorf("got %d, want 502", a.status)
	}
	if _, err := s.functions.Invoke(t.Context(), "nobody", nil); err == nil {
		t.Error("an unknown function was invoked")
	}
}
