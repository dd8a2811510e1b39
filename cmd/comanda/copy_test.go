package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"comanda/app"
	"comanda/datadir"
	"comanda/dynamo"
	"comanda/dynamolocal"
	"comanda/engine"
	"comanda/order"
	"comanda/storage"
	"comanda/user"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestOrdersMoveToDynamoDBAndBackThroughKills(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	data, back, n := newData(t), filepath.Join(t.TempDir(), "back"), sizeOfMove()
	furnish(t, data, n)
	before := askAsAna(t, data, true)
	createWithoutStreams(t, place)
	program := build(t)
	there := copyKilledTwice(t, program, env, n, "--from", "sqlite:"+data, "--to", place, "--identity", "embedded")
	home := copyKilledTwice(t, program, env, n, "--from", place, "--to", "sqlite:"+back, "--keys", filepath.Join(data, "keys.json"))
	want := there.digests(t)
	if len(want) != 8 || want["orders"] == want["users"] || want["pool-users"] == "" {
		t.Errorf("tables: got %v, want seven with contents of their own", want)
	}
	for table, digest := range home.digests(t) {
		if digest != want[table] {
			t.Errorf("digest of %s: got %s after the way back, want %s as at first", table, digest, want[table])
		}
	}
	for i, got := range askAsAna(t, back, false) {
		if got != before[i] {
			t.Errorf("answer %d after the move: got %s, want %s", i, got, before[i])
		}
	}
	for _, dir := range []string{data, back} {
		if left, err := filepath.Glob(filepath.Join(dir, "copy-*")); err != nil || len(left) > 0 {
			t.Errorf("after the copies: got %v, %v in the data directory, want no journal", left, err)
		}
	}
}

// askAsAna asks a server of the directory, signed in with the password, for an
// order that is placed, edited, and placed again. The first time it does that.
func askAsAna(t *testing.T, data string, first bool) (answers []string) {
	t.Helper()
	s := serve(t, data)
	defer s.stop()
	token := s.token(ana, anaPassword)
	ask := func(method, path, body string) string {
		r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text := readAll(t, resp.Body)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: got %s %s", method, path, resp.Status, text)
		}
		return resp.Header.Get("ETag") + " " + text
	}
	const placed = `{"orderId":"mine","restaurantId":"7","orderItems":[{"id":100000000000000,"name":"Té","price":1.10}],"totalAmount":110e-2}`
	if first {
		ask(http.MethodPost, "/orders", placed)
		ask(http.MethodPut, "/orders/mine", strings.Replace(placed, "Té", "Café", 1))
		ask(http.MethodPut, "/orders/mine", strings.Replace(placed, "Té", "Agua", 1))
	}
	return []string{ask(http.MethodGet, "/orders/mine", ""), ask(http.MethodGet, "/orders", ""), ask(http.MethodPost, "/orders", placed)}
}

func TestACopyThatIsInterruptedSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	createWithoutStreams(t, place)
	data, state := newData(t), filepath.Join(t.TempDir(), "state")
	furnish(t, data, 1500)
	args := []string{"copy", "--from", "sqlite:" + data, "--to", place, "--state", state}
	c := command(t, env, args...)
	_, said := signalWhen(t, c, 200, syscall.SIGINT)
	if c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(said, "comanda: interrupted: what is copied stays, and the same command goes on\n") || strings.Contains(said, "TABLE") {
		t.Errorf("after SIGINT: got exit code %d and %q, want 1 and how to go on", c.ProcessState.ExitCode(), said)
	}
	if _, err := os.Stat(state); err != nil {
		t.Errorf("state: got %v, want a file", err)
	}
	r := run(t, "", env, args...)
	if r.code != 0 || !strings.Contains(r.out, "orders") || strings.Contains(r.out, "NO:") || strings.Contains(r.err, "copying orders: 100 of") {
		t.Errorf("the same command: got %+v, want equal tables, and nothing copied again", r)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("state: is still there after the end")
	}
}

func TestWhatIsInTheWayIsNamedAndLeftAlone(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	createWithoutStreams(t, place)
	data := newData(t)
	furnish(t, data, 20)
	args := []string{"copy", "--from", "sqlite:" + data, "--to", place}
	store := openTables(t, place, order.Table)
	key := storage.Key{Table: order.TableName, Partition: "customer-7", Sort: "o-000007"}
	mine := storage.Record{Key: key, Doc: []byte(`{"mine":true}`)}
	if err := store.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &mine}}}); err != nil {
		t.Fatal(err)
	}
	r := run(t, "", env, args...)
	if r.code != 1 || r.out != "" || !strings.Contains(r.err, `another record under "customer-7", "o-000007" of table orders: nothing was overwritten`) {
		t.Errorf("got %+v, want the key and that nothing was overwritten", r)
	}
	if found, err := store.Get(t.Context(), key); err != nil || string(found.Doc) != string(mine.Doc) {
		t.Errorf("the record in the way: got %s, %v, want it left alone", found.Doc, err)
	}
}

// TestARestoredTableFillsTheGapsOfALiveOne is the procedure of docs/deploy.md: the table of
// orders was restored beside the live one, where life went on.
func TestARestoredTableFillsTheGapsOfALiveOne(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	createWithoutStreams(t, place)
	restored := place + "&orders=" + placeOf(t, place).Table(order.Table).Name + "-restored"
	createWithoutStreams(t, restored)
	live, old := openTables(t, place, order.Table), openTables(t, restored, order.Table)
	for _, s := range []storage.Store{live, old} {
		for i, id := range []string{"r1", "r2", "r3"} {
			placeOrder(t, s, id, i)
		}
	}
	if _, err := order.NewService(live, order.AcceptTotal, clockAt(1)).Cancel(t.Context(), "ana", "r1", nil); err != nil {
		t.Fatal(err)
	}
	keyOf := func(id string) storage.Key { return storage.Key{Table: order.TableName, Partition: "ana", Sort: id} }
	gone, err := live.Get(t.Context(), keyOf("r2"))
	if err != nil {
		t.Fatal(err)
	}
	if err := live.Commit(t.Context(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &gone}}}); err != nil {
		t.Fatal(err)
	}
	placeOrder(t, live, "r4", 3)
	args := []string{"copy", "--from", restored, "--to", place}
	if r := run(t, "", env, args...); r.code != 1 || !strings.Contains(r.err, `"r1" of table orders: nothing was overwritten`) || !strings.Contains(r.err, "--keep-destination") || strings.Contains(r.err, "remove") {
		t.Errorf("without --keep-destination: got %+v, want it to stop at r1, name the flag and advise no removal", r)
	}
	statuses := func() (got string) {
		for _, id := range []string{"r1", "r2", "r3", "r4"} {
			o, err := order.NewService(live, order.AcceptTotal, time.Now).Get(t.Context(), "ana", id)
			if err != nil {
				t.Fatalf("order %s after the copy: %v", id, err)
			}
			got += fmt.Sprint(id, " ", o.Status, " ")
		}
		return got
	}
	args = append(args, "--keep-destination")
	r := run(t, "", env, args...)
	if want := "r1 CANCELED r2 PLACED r3 PLACED r4 PLACED "; r.code != 0 || statuses() != want {
		t.Errorf("got %+v and orders %s, want exit code 0 and %s", r, statuses(), want)
	}
	for _, want := range []string{"table users is " + placeOf(t, place).Table(user.Table).Name + " on both sides: left out\n", `kept as it is in the destination, where it differs: "ana", "r1" of table orders` + "\n"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("said: got %s, want %q in it", r.err, want)
		}
	}
	if strings.Count(r.err, "kept as it is") != 1 || strings.Contains(r.err, "remove") || !strings.Contains(r.out, "1 kept as they are there") {
		t.Errorf("got %+v, want r1 alone listed, counted, and no advice to remove it", r)
	}
	again := readComparison(t, run(t, "", env, append(args, "--json")...).out)
	if records, written := again.of("orders"); len(again.Tables) != 1 || records != 3 || written != 0 || again.Tables[0].Differ != 1 {
		t.Errorf("once more: got %+v, want nothing written and one that differs", again)
	}
}

// placeOrder places an order of Ana's, the same one in every store.
func placeOrder(t *testing.T, s storage.Store, id string, minute int) {
	t.Helper()
	placement := order.Placement{OrderID: id, Content: contentOf(0)}
	if _, _, err := order.NewService(s, order.AcceptTotal, clockAt(minute)).Place(t.Context(), "ana", placement, "POST /orders", ""); err != nil {
		t.Fatal(err)
	}
}

// clockAt returns a clock that stands still.
func clockAt(minute int) func() time.Time {
	return func() time.Time { return time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC) }
}

// TestOrdersOfTheWorkshopMoveHome takes over a table as the workshop's template
// makes it, without indexes, whose items have no version.
func TestOrdersOfTheWorkshopMoveHome(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	other, _ := onDynamoDB(t)
	createWithoutStreams(t, place)
	createWithoutStreams(t, other)
	workshop, client, n := dynamolocal.Prefix()+"OrdersTable", dynamolocal.Client(t), 30
	bare := order.Table
	bare.Name, bare.Indexes, bare.Feed = workshop, nil, false
	if err := dynamo.CreateTables(t.Context(), client, []storage.Table{bare}, dynamo.Options{}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		id := fmt.Sprint("w-", i)
		item, err := dynamodbItem(fmt.Sprintf(foreignOrder, id, "eva", i))
		if err != nil {
			t.Fatal(err)
		}
		item["userId"], item["orderId"] = &types.AttributeValueMemberS{Value: "eva"}, &types.AttributeValueMemberS{Value: id}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &workshop, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(t.TempDir(), "home")
	from := place + "&orders=" + workshop
	there := readComparison(t, run(t, "", env, "copy", "--json", "--from", from, "--to", "sqlite:"+data).out)
	onward := readComparison(t, run(t, "", env, "copy", "--json", "--from", "sqlite:"+data, "--to", other).out)
	if records, written := there.of("orders"); records != n || written != n || there.digests(t)["orders"] != onward.digests(t)["orders"] {
		t.Errorf("orders: got %+v and %+v, want %d with the same digest", there, onward, n)
	}
	s, err := engine.Directory(data).Open(t.Context(), app.Tables(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	page, err := order.NewService(s.Store, order.AcceptTotal, time.Now).List(t.Context(), "eva", order.Filter{Limit: 100})
	if err != nil || len(page.Orders) != n || page.Unreadable != 0 || page.Orders[0].OrderID != "w-29" || page.Orders[0].Total != 199_700 {
		t.Errorf("list at home: got %d orders, %v, want %d, the newest first", len(page.Orders), err, n)
	}
}

// dynamodbItem returns an object as the workshop's functions store it: under data.
func dynamodbItem(doc string) (map[string]types.AttributeValue, error) {
	v := map[string]any{}
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	delete(v, "odd") // which has what DynamoDB can't hold as it is
	v["odd"] = map[string]any{"numbers": []any{json.Number("1.50"), json.Number("1E+20"), json.Number("1E-20")}, "_": nil}
	return map[string]types.AttributeValue{"data": attributeOf(v)}, nil
}

func attributeOf(v any) types.AttributeValue {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]types.AttributeValue, len(v))
		for name, member := range v {
			m[name] = attributeOf(member)
		}
		return &types.AttributeValueMemberM{Value: m}
	case []any:
		l := make([]types.AttributeValue, len(v))
		for i := range v {
			l[i] = attributeOf(v[i])
		}
		return &types.AttributeValueMemberL{Value: l}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case string:
		return &types.AttributeValueMemberS{Value: v}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

func TestCopiesRefuseWhatCanNotWork(t *testing.T) {
	t.Parallel()
	place, env := onDynamoDB(t)
	missing, _ := onDynamoDB(t)
	must(t, "", env, "tables", "create", "--to", place)
	data, running, locked := newData(t), serve(t, newData(t)), newData(t)
	d, err := datadir.Open(locked)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	noStore := newData(t)
	if err := os.Remove(filepath.Join(noStore, "comanda.db")); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(data, link); err != nil {
		t.Fatal(err)
	}
	must(t, "", env, "users", "--data", data, "list")
	from := func(l, to string, more ...string) []string {
		return append([]string{"copy", "--from", l, "--to", to}, more...)
	}
	local := "sqlite:" + data
	tests := map[string]struct {
		args []string
		code int
		want string
	}{
		"no destination":            {[]string{"copy", "--from", local}, 2, `"to" not set`},
		"bad locations":             {from("here", "dynamodb:X"), 2, `--from: location "here"`},
		"the same place":            {from("sqlite:"+link, local+"/"), 2, "the same place"},
		"an argument":               {from(local, place, "now"), 2, "unexpected argument"},
		"unknown identity":          {from(local, place, "--identity", "ldap"), 2, "embedded or none"},
		"two ways for accounts":     {from(local, place, "--identity", "none", "--user-pool", "eu-west-1_A"), 2, "exclude each other"},
		"a user pool at home":       {from(place, local, "--user-pool", "eu-west-1_A"), 2, "from sqlite: to dynamodb:"},
		"no user pool":              {from(local, place, "--user-pool", "pool"), 2, "must be the id of a user pool"},
		"an invitation to nothing":  {from(local, place, "--invite"), 2, "needs --user-pool"},
		"a pool that is kept":       {from(local, place, "--keep-destination", "--identity", "embedded"), 2, "accounts that are gone stay gone"},
		"too many at once":          {from(local, place, "--parallel", "5000"), 2, "1 to 1024"},
		"keys for the cloud":        {from(local, place, "--keys", "k"), 2, "--keys is for a copy to sqlite"},
		"another public URL":        {from(place, local, "--public-url", "https://orders.example.com"), 2, `name "http://127.0.0.1:8080" since its first start`},
		"a server at the source":    {from("sqlite:"+running.data, place), 1, "stop that first"},
		"a lock at the destination": {from(place, "sqlite:"+locked), 1, "stop that first"},
		"no data at the source":     {from("sqlite:"+filepath.Join(data, "none"), place), 1, "there is nothing to copy in "},
		"no store at the source":    {from("sqlite:"+noStore, place), 1, "there is nothing to copy"},
		"missing tables":            {from(local, missing), 1, "comanda tables create --to '" + missing + "'"},
		"missing tables at home":    {from(missing, local), 1, "comanda tables create"},
		"another's journal":         {from(local, place, "--state", write(t, "j", `{"format":1,"from":"a","to":"b","tables":{}}`)+"/j"), 1, "belongs to the copy from a to b"},
		"tables for a directory":    {[]string{"tables", "create", "--to", local}, 2, "only DynamoDB needs tables"},
		"an unknown table":          {[]string{"tables", "show", "--table", "people"}, 2, `no table "people"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, "", env, tt.args...)
			if r.code != tt.code || r.out != "" || !strings.Contains(r.err, tt.want) {
				t.Errorf("got %+v, want exit code %d and %q", r, tt.code, tt.want)
			}
		})
	}
	if r := run(t, "", nil, from(local, place)...); r.code != 1 || !strings.Contains(r.err, "comanda: no AWS credentials: set AWS_ACCESS_KEY_ID") || !strings.HasSuffix(r.err, ", or sign in with the AWS CLI\n") {
		t.Errorf("without credentials: got %+v, want what to set", r)
	}
	if _, err := os.Stat(filepath.Join(data, "none")); err == nil {
		t.Error("a source that isn't there was made")
	}
}
