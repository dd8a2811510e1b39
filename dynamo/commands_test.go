package dynamo

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"comanda/dynamolocal"
	"comanda/order"
)

// slowly stands before DynamoDB Local, which changes tables at once. As on AWS, a
// table refuses the next change, and an index isn't ready, until time has passed:
// here until a caller has asked for the table.
type slowly struct {
	*proxy
	mu       sync.Mutex
	updating bool
	refused  int
	seen     map[string]int // requests by operation
}

func (s *slowly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[operation]++
	if operation == "UpdateTable" && s.updating {
		s.refused++
		errorReply(http.StatusBadRequest, codeTableThere).send(w)
		return
	}
	answer := s.forward(r.Header.Clone(), body)
	switch text := string(answer.body); {
	case operation == "UpdateTable":
		s.updating = true
	case operation == "DescribeTable" && s.updating:
		s.updating = false
		if strings.Contains(text, `"IndexName":"open"`) { // which lives on its own time
			text = strings.ReplaceAll(text, `"IndexStatus":"ACTIVE"`, `"IndexStatus":"CREATING"`)
		}
		answer.body = []byte(text)
		answer.header.Del("Content-Length")
		answer.header.Del("X-Amz-Crc32")
	}
	answer.send(w)
}

// takeoverCommands are those of docs/dynamodb.md, up to adopting.
func takeoverCommands(t *testing.T, table string) string {
	t.Helper()
	text, err := os.ReadFile(capacityDocument)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```sh\n(table=.*?)comanda tables adopt").FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no commands that begin with table= and end with comanda tables adopt", capacityDocument)
	}
	return strings.Replace(string(found[1]), "table=workshop-OrdersTable-1ABCDEF\n", "table="+table+"\n", 1)
}

// The commands are pasted as they are, with Amazon's own command line.
func TestTheCommandsThatTakeATableOverWaitForEachChange(t *testing.T) {
	h := takeOver(t) // skips without DynamoDB Local
	tools, err := filepath.Abs("../.venv/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(tools, "aws")); err != nil {
		t.Fatalf("no command line of AWS: %v: scripts/install brings it", err)
	}
	s := &slowly{proxy: &proxy{target: dynamolocal.Endpoint(t), client: http.DefaultClient}, seen: map[string]int{}}
	server := httptest.NewServer(s)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // should a loop never end
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", "sleep() { :; }\n"+takeoverCommands(t, h.store.tables[order.TableName].name))
	shell.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "AWS_ENDPOINT_URL_DYNAMODB="+server.URL, "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=comanda", "AWS_SECRET_ACCESS_KEY=comanda", "AWS_PAGER=", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true")
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("commands: %v\n%s", err, out)
	}
	if s.refused > 0 || s.seen["UpdateTable"] != 2 || s.seen["DescribeTable"] < 3 {
		t.Errorf("requests: got %v, %d of them refused, want two changes and nothing refused", s.seen, s.refused)
	}
	if _, err := h.store.StreamARN(t.Context(), order.TableName); err != nil {
		t.Errorf("stream: got %v, want one of new and old images", err)
	}
	h.adopt(5, 6)
	h.wantQueue("old", "late", "young", "new", "next")
}
