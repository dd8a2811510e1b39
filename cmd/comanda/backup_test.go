package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"comanda/datadir"
)

// placement is the request for order id.
func placement(id string) string {
	return fmt.Sprintf(`{"orderId":%q,"restaurantId":1,"orderItems":[{"id":1,"name":"Soup","price":9.99}],"totalAmount":9.99}`, id)
}

// post places an order with a token and returns the status and whether it was a repetition.
func post(ctx context.Context, url, token, id string) (status int, replayed bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/orders", strings.NewReader(placement(id)))
	if err != nil {
		return 0, false, err
	}
	r.Header.Set("Authorization", token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("Idempotent-Replayed") == "true", err
}

// customers place orders one after the other until they are told to stop.
type customers struct {
	sync.Mutex
	acknowledged []string
	err          error
	working      sync.WaitGroup
	stop         context.CancelFunc
}

// hungry lets n customers begin.
func hungry(t *testing.T, url, token string, n int) *customers {
	ctx, stop := context.WithCancel(t.Context())
	c := &customers{stop: stop}
	for worker := range n {
		c.working.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("o-%d-%d", worker, i)
				status, replayed, err := post(ctx, url, token, id)
				c.Lock()
				switch {
				case ctx.Err() != nil:
				case err != nil || status != http.StatusOK || replayed:
					c.err = errors.Join(c.err, fmt.Errorf("place %s: got %d, replayed %v, %w", id, status, replayed, err))
				default:
					c.acknowledged = append(c.acknowledged, id)
				}
				c.Unlock()
			}
		})
	}
	return c
}

// placed returns the ids of the orders that are acknowledged by now.
func (c *customers) placed() []string {
	c.Lock()
	defer c.Unlock()
	return c.acknowledged[:len(c.acknowledged):len(c.acknowledged)]
}

// placeSome returns when so many orders are acknowledged.
func placeSome(t *testing.T, url, token string, from, to int) (ids []string) {
	t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprint("some-", i)
		if status, _, err := post(t.Context(), url, token, id); err != nil || status != http.StatusOK {
			t.Fatalf("place %s: got %d, %v", id, status, err)
		}
		ids = append(ids, id)
	}
	return ids
}

// wantReplayed places orders again, which a server has to know.
func wantReplayed(t *testing.T, url, token string, ids []string) {
	t.Helper()
	for _, id := range ids {
		if status, replayed, err := post(t.Context(), url, token, id); err != nil || status != http.StatusOK || !replayed {
			t.Fatalf("order %s placed again: got %d, replayed %v, %v, want the first answer", id, status, replayed, err)
		}
	}
}

func TestABackupUnderLoadIsRestoredWithEveryOrder(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	token := s.token(ana, anaPassword)
	load := hungry(t, s.url, token, 4)
	earlier := placeSome(t, s.url, token, 0, 30)
	earlier = append(earlier, load.placed()...)
	dir := t.TempDir()
	backup, restored := filepath.Join(dir, "deep", "backup"), filepath.Join(dir, "restored")
	out := must(t, "", nil, "backup", backup, "--data", s.data)
	load.stop()
	load.working.Wait()
	if load.err != nil || len(load.acknowledged) == 0 {
		t.Fatalf("orders meanwhile: got %d and %v, want some, and no failure", len(load.acknowledged), load.err)
	}
	if !strings.HasPrefix(out, "backed up "+s.data+" to "+backup+": ") || !strings.Contains(out, " MB, checked, in ") {
		t.Errorf("backup said %q, want what and how much", out)
	}
	s.stop()
	out = must(t, "", nil, "restore", backup, "--data", restored)
	if !strings.HasSuffix(out, "serve it: comanda serve --data '"+restored+"'\n") && !strings.HasSuffix(out, "serve it: comanda serve --data "+restored+"\n") {
		t.Errorf("restore said %q, want how to serve it", out)
	}
	for _, path := range []string{backup, restored} {
		wantPrivate(t, path)
	}
	again := serve(t, restored)
	wantReplayed(t, again.url, token, earlier)
	placeSome(t, again.url, again.token(ana, anaPassword), 30, 31)
	again.stop()
	must(t, "", nil, "check", "--data", restored)
}

// wantPrivate expects a data directory that only its owner can read, with
// nothing in it that belongs to a moment, and nothing half made beside it.
func wantPrivate(t *testing.T, path string) {
	t.Helper()
	got := map[string]string{}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = info.Mode().String()
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().String(); mode != "drwx------" || len(got) != 2 || got["comanda.db"] != "-rw-------" || got["keys.json"] != "-rw-------" {
		t.Errorf("%s: got mode %s and %v, want comanda.db and keys.json, for the owner only", path, mode, got)
	}
	if left := halfMade(t, path); len(left) > 0 {
		t.Errorf("beside %s: got %v, want nothing", path, left)
	}
}

// halfMade returns the directories in the making for a path.
func halfMade(t *testing.T, path string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestTheDirectoryOfAKilledServerIsBackedUpWithItsLog(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	token := s.token(ana, anaPassword)
	ids := placeSome(t, s.url, token, 0, 20)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.wait()
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, "", nil, "check", "--data", s.data)
	must(t, "", nil, "backup", backup, "--data", s.data)
	empty := t.TempDir()
	if err := os.Chmod(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, "", nil, "restore", backup, "--data", empty)
	wantPrivate(t, empty)
	again := serve(t, empty)
	wantReplayed(t, again.url, token, ids)
	again.stop()
}

func TestABackupThatIsCutShortLeavesNothingUnderItsName(t *testing.T) {
	t.Parallel()
	data := newData(t)
	furnish(t, data, 300)
	for _, end := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		t.Run(end.String(), func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "backup")
			c := command(t, nil, "backup", to, "--data", data)
			said := &buffer{}
			c.Stderr = said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			for len(halfMade(t, to)) == 0 {
				if _, err := os.Stat(to); err == nil {
					break
				}
			}
			c.Process.Signal(end)
			c.Wait()
			_, err := os.Stat(to)
			switch done := err == nil; {
			case done: // it was faster, and then it is a whole one
				t.Log("the backup was faster than the signal")
				must(t, "", nil, "check", "--data", to)
				return
			case c.ProcessState.Success():
				t.Errorf("exit code: got 0 without a backup")
			case end == syscall.SIGINT:
				if left := halfMade(t, to); len(left) > 0 || said.String() != "comanda: interrupted: nothing is left at "+to+"\n" {
					t.Errorf("got %v left and %q, want nothing, and a line that says so", left, said)
				}
			}
			must(t, "", nil, "backup", to, "--data", data)
			must(t, "", nil, "check", "--data", to)
		})
	}
}

// torn returns a data directory whose database was copied while orders came in:
// every other page is of a later moment.
func torn(t *testing.T) string {
	t.Helper()
	const page = 4096
	data := newData(t)
	file := filepath.Join(data, "comanda.db")
	furnish(t, data, 400)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, data)
	placeSome(t, s.url, s.token(ana, anaPassword), 0, 300)
	s.stop()
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at+page <= min(len(before), len(after)); at += 2 * page {
		copy(after[at:at+page], before[at:])
	}
	if err := os.WriteFile(file, after, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestATornCopyIsFoundAndNotTakenFurther(t *testing.T) {
	t.Parallel()
	data, to := torn(t), filepath.Join(t.TempDir(), "to")
	for _, args := range [][]string{
		{"check", "--data", data},
		{"check", "--data", data, "--json"},
		{"backup", to, "--data", data},
		{"restore", data, "--data", to},
		{"copy", "--from", "sqlite:" + data, "--to", "sqlite:" + to},
	} {
		r := run(t, "", nil, args...)
		if r.code != 1 || r.out != "" || !strings.Contains(r.err, "database file is damaged: ") || len(r.err) > 2000 {
			t.Errorf("%s: got %+v, want exit code 1 and a few words about the damage", args[0], r)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: made %s", args[0], to)
		}
	}
}

func TestCheckSaysWhatItLookedAt(t *testing.T) {
	t.Parallel()
	s := serve(t, newData(t))
	placeSome(t, s.url, s.token(ana, anaPassword), 0, 3)
	if out := must(t, "", nil, "check", "--data", s.data); !strings.Contains(out, "\norders         3        3\n") || !strings.Contains(out, s.data+" is sound: 3 orders, ") {
		t.Errorf("check: got %q, want the tables and 3 orders", out)
	}
	var found checked
	if err := json.Unmarshal([]byte(must(t, "", nil, "check", "--data", s.data, "--json")), &found); err != nil {
		t.Fatal(err)
	}
	if found.Data != s.data || found.Bytes == 0 || len(found.Tables) == 0 {
		t.Errorf("check --json: got %+v, want the directory, its size and its tables", found)
	}
	s.stop()
}

func TestBackupAndRestoreRefuseWhatCanNotWork(t *testing.T) {
	t.Parallel()
	data, dir := newData(t), t.TempDir()
	backup := filepath.Join(dir, "backup")
	must(t, "", nil, "backup", backup, "--data", data)
	without := func(name string) string {
		t.Helper()
		d := newData(t)
		if err := os.Remove(filepath.Join(d, name)); err != nil {
			t.Fatal(err)
		}
		return d
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
		t.Fatal(err)
	}
	fresh, spoiled := filepath.Join(dir, "fresh"), newData(t)
	if err := os.WriteFile(filepath.Join(spoiled, "keys.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		env  []string
		args []string
		code int
		want string
	}{
		"no target":               {nil, []string{"backup", "--data", data}, 2, "needs the directory to make"},
		"a target that is there":  {nil, []string{"backup", backup, "--data", data}, 1, datadir.ErrTaken.Error()},
		"a link as the target":    {nil, []string{"backup", link, "--data", data}, 1, datadir.ErrTaken.Error()},
		"the directory itself":    {nil, []string{"backup", filepath.Join(data, "b"), "--data", data}, 1, "choose another place, on another disk"},
		"no directory":            {nil, []string{"backup", fresh, "--data", fresh}, 1, "is no data directory yet"},
		"no keys":                 {nil, []string{"backup", fresh, "--data", without("keys.json")}, 1, datadir.ErrKeysLost.Error()},
		"damaged keys":            {nil, []string{"backup", fresh, "--data", spoiled}, 1, "keys.json is damaged"},
		"no store":                {nil, []string{"backup", fresh, "--data", without("comanda.db")}, 1, "point-in-time recovery, see docs/deploy.md"},
		"a store on DynamoDB":     {nil, []string{"backup", fresh, "--data", data, "--store", "dynamodb:eu-west-1"}, 1, "point-in-time recovery, see docs/deploy.md"},
		"a store in the settings": {[]string{"COMANDA_STORE=dynamodb:eu-west-1"}, []string{"backup", fresh, "--data", data}, 1, "point-in-time recovery, see docs/deploy.md"},
		"a place below a file":    {nil, []string{"backup", filepath.Join(backup, "keys.json", "b"), "--data", data}, 1, "not a directory"},
		"no backup":               {nil, []string{"restore", fresh, "--data", fresh + "2"}, 1, "there is no such directory: give the directory that comanda backup has made"},
		"a directory in use":      {nil, []string{"restore", backup, "--data", data}, 1, datadir.ErrTaken.Error()},
		"an emptied backup":       {nil, []string{"restore", truncated(t), "--data", fresh}, 1, "the file is empty"},
		"a newer backup":          {nil, []string{"restore", change(t, newData(t), 60, []byte{0, 0, 3, 231}), "--data", fresh}, 1, "schema version 999"},
		"another's file":          {nil, []string{"check", "--data", change(t, newData(t), 68, []byte("Othr"))}, 1, "not a database of this program"},
		"nothing to check":        {nil, []string{"check", "--data", fresh}, 1, "there is no such directory: give a data directory, or a backup"},
		"an argument":             {nil, []string{"check", data}, 2, "unexpected argument"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", tt.env, tt.args...)
			if r.code != tt.code || r.out != "" || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
				t.Errorf("got %+v, want exit code %d and one line with %q", r, tt.code, tt.want)
			}
		})
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("after the refusals: got %v, %v, want nothing half made", left, err)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a refused command made its target")
	}
}

// truncated is a data directory whose store has lost all its bytes.
func truncated(t *testing.T) string {
	t.Helper()
	data := newData(t)
	if err := os.Truncate(filepath.Join(data, "comanda.db"), 0); err != nil {
		t.Fatal(err)
	}
	return data
}
