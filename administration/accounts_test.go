package administration

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAListHasTheUsersOfAllPages(t *testing.T) {
	for operation, member := range map[string]string{"ListUsers": "PaginationToken", "ListUsersInGroup": "NextToken"} {
		pages := map[string]string{
			"":  `{"Users":[{"Username":"ana"}],"` + member + `":"b"}`,
			"b": `{"Users":[],"` + member + `":"c"}`,
			"c": `{"Users":[{"Username":"ben"}]}`,
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var in map[string]string
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != poolTarget+operation {
				t.Errorf("got %v and error %v for %s", in, err, r.Header.Get("X-Amz-Target"))
			}
			io.WriteString(w, pages[in[member]])
		}))
		c := &Connection{URL: server.URL, Keys: keysOf(t), Client: server.Client()}
		list := c.Accounts
		if operation == "ListUsersInGroup" {
			list = c.Members
		}
		users, err := list(t.Context(), "")
		server.Close()
		if err != nil || len(users) != 2 || users[1].Username != "ben" {
			t.Errorf("%s: got %+v and error %v, want ana and ben", operation, users, err)
		}
	}
}
