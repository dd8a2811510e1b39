package recorder

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestARequestNeedsPermissions(t *testing.T) {
	tests := []struct {
		target, body string
		want         []string
	}{
		{"GetItem", `{"TableName":"orders","Key":{"userId":{"S":"u"}}}`, []string{"GetItem on orders"}},
		{"PutItem", `{"TableName":"orders","Item":{},"ConditionExpression":"attribute_not_exists(a)"}`, []string{"PutItem on orders"}},
		{"DeleteItem", `{"TableName":"orders"}`, []string{"DeleteItem on orders"}},
		{"UpdateItem", `{"TableName":"orders"}`, []string{"UpdateItem on orders"}},
		{"Scan", `{"TableName":"users"}`, []string{"Scan on users"}},
		{"Query", `{"TableName":"orders"}`, []string{"Query on orders"}},
		{"Query", `{"TableName":"orders","IndexName":"by_time","Select":"ALL_ATTRIBUTES"}`, []string{"Query on orders/by_time"}},
		{"Query", `{"TableName":"arn:aws:dynamodb:eu-west-1:1:table/orders"}`, []string{"Query on orders"}},
		{"DescribeTable", `{"TableName":"orders"}`, []string{"DescribeTable on orders"}},
		{"BatchGetItem", `{"RequestItems":{"a":{"Keys":[]},"b":{"Keys":[]}}}`, []string{"BatchGetItem on a", "BatchGetItem on b"}},
		{
			"TransactWriteItems",
			`{"TransactItems":[{"Put":{"TableName":"users"}},{"Delete":{"TableName":"user_claims"}},{"ConditionCheck":{"TableName":"x"}},{"Update":{"TableName":"y"}}],"ClientRequestToken":"t"}`,
			[]string{"ConditionCheckItem on x", "DeleteItem on user_claims", "PutItem on users", "UpdateItem on y"},
		},
		{"TransactGetItems", `{"TransactItems":[{"Get":{"TableName":"users"}}]}`, []string{"GetItem on users"}},
	}
	for _, test := range tests {
		calls, err := CallsOf(target+test.target, []byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.target, err)
			continue
		}
		var got []string
		for _, c := range calls {
			got = append(got, c.String())
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.target, test.body, got, test.want)
		}
	}
}

func TestARequestThatIsNotWrittenDownIsAnError(t *testing.T) {
	for target, body := range map[string]string{
		"":                                   `{}`,
		"DynamoDBStreams_20120810.GetItem":   `{"TableName":"orders"}`,
		target + "GetItem":                   `{}`,
		target + "ExecuteStatement":          `{"Statement":"SELECT 1"}`,
		target + "Query":                     `not JSON`,
		target + "TransactWriteItems":        `{"TransactItems":[{"Get":{"TableName":"a"}},{"Other":{"TableName":"b"}}]}`,
		target + "BatchGetItem":              `{"RequestItems":{}}`,
		target + "UpdateContinuousBackups":   `{"TableName":"orders"}`,
		target + "TransactWriteItems ":       `{"TransactItems":[{"Put":{"TableName":"a"}}]}`,
		target + "DeleteItem\nX-Other: evil": `{"TableName":"orders"}`,
	} {
		if calls, err := CallsOf(target, []byte(body)); err == nil {
			t.Errorf("%q %s: got %v, want an error", target, body, calls)
		}
	}
}

func TestTheRecorderHandsOnAndRemembers(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(append([]byte(r.Header.Get("X-Amz-Target")+" "), body...))
	}))
	defer service.Close()
	endpoint, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	recorder := New(endpoint, func(table string) string { return strings.TrimPrefix(table, "test-") })
	server := httptest.NewServer(recorder)
	defer server.Close()
	send := func(function, operation, body string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/"+function+"/", bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", target+operation)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}

	answer := send("get_order", "GetItem", `{"TableName":"test-orders"}`)
	got, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if want := target + `GetItem {"TableName":"test-orders"}`; answer.StatusCode != http.StatusTeapot || string(got) != want || answer.Header.Get("X-Path") != "/" {
		t.Errorf("the answer: got %d %q for path %q, want 418 %q for /", answer.StatusCode, got, answer.Header.Get("X-Path"), want)
	}
	if wrong := recorder.Wrong([]string{"get_order"}); wrong != nil {
		t.Errorf("a call that the role allows: got %q, want nothing wrong", wrong)
	}

	for range 2 {
		_ = send("get_order", "DeleteItem", `{"TableName":"test-orders"}`).Body.Close()
	}
	_ = send("unheard_of", "PutItem", `{"TableName":"test-orders"}`).Body.Close()
	_ = send("get_order", "ListTables", `{}`).Body.Close()
	wrong := recorder.Wrong([]string{"get_order", "queue"})
	for _, want := range []string{
		"get_order called DeleteItem on orders, which its role doesn't allow",
		"the role of queue allows Query on orders/open, which it was never seen to call",
		"the role of queue allows BatchGetItem on orders, which it was never seen to call",
		`"unheard_of" isn't a function of this run`,
		"the permissions for ListTables aren't written down",
	} {
		if n := len(slices.DeleteFunc(slices.Clone(wrong), func(w string) bool { return !strings.Contains(w, want) })); n != 1 {
			t.Errorf("what is wrong: got %d times %q, want once in %q", n, want, wrong)
		}
	}
}

func TestARareCallNeedsNotBeSeenAndMayBe(t *testing.T) {
	placed := Call{Action: "PutItem", Table: "orders"}
	if wrong := Compare("add_order", []Call{placed}); wrong != nil {
		t.Errorf("without the rare call: got %q, want nothing wrong", wrong)
	}
	if wrong := Compare("add_order", []Call{placed, {Action: "GetItem", Table: "orders"}}); wrong != nil {
		t.Errorf("with the rare call: got %q, want nothing wrong", wrong)
	}
}
