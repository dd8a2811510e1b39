package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/dynamolocal"
	"comanda/storage"
)

func number(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// workshopItem is an order as the workshop's Python functions store it.
func workshopItem(user, id, at string) item {
	return item{
		"userId": text(user), "orderId": text(id),
		"data": &types.AttributeValueMemberM{Value: item{
			"orderId": text(id), "userId": text(user), "restaurantId": number("1"), "totalAmount": number("19.97"),
			"status": text("PLACED"), "orderTime": text(at), "_": text("kept"),
			"orderItems": &types.AttributeValueMemberL{Value: []types.AttributeValue{
				&types.AttributeValueMemberM{Value: item{"id": number("1"), "name": text("Spaghetti"), "price": number("9.99"), "quantity": number("1")}},
			}},
		}},
	}
}

func workshopDoc(user, id, at string) string {
	return fmt.Sprintf(`{"_":"kept","orderId":%q,"orderItems":[{"id":1,"name":"Spaghetti","price":9.99,"quantity":1}],"orderTime":%q,`+
		`"restaurantId":1,"status":"PLACED","totalAmount":19.97,"userId":%q}`, id, at, user)
}

// placedAt is where records of other software belong in the index by time.
func placedAt(k storage.Key, doc []byte) map[string]storage.IndexKey {
	var d struct {
		OrderTime string `json:"orderTime"`
	}
	if err := json.Unmarshal(doc, &d); err != nil || d.OrderTime == "" {
		return nil
	}
	return map[string]storage.IndexKey{"by_time": {Partition: k.Partition, Sort: d.OrderTime + "_" + k.Sort}}
}

var taking = Options{Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{orders.Name: placedAt}}

// workshopTable returns a store on a table that was made with keys only.
func workshopTable(t *testing.T, n *network, opts Options) (*Store, *dynamodb.Client, string) {
	t.Helper()
	ctx, client := context.Background(), dynamolocal.Client(t)
	name := dynamolocal.Prefix() + "workshop"
	bare := Definition(storage.Table{Name: name, Partition: orders.Partition, Sort: orders.Sort})
	if _, err := client.CreateTable(ctx, bare); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			t.Error(err)
		}
	})
	opts.Timeout = patience
	opts.Names = map[string]string{orders.Name: name}
	s, err := New(dynamolocal.Client(t, n.option), []storage.Table{orders}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, client, name
}

func putItem(t *testing.T, client *dynamodb.Client, table string, it item) {
	t.Helper()
	if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &table, Item: it}); err != nil {
		t.Fatal(err)
	}
}

func TestItemsOfOtherSoftwareAreReadReplacedAndDeleted(t *testing.T) {
	s, client, table := workshopTable(t, newNetwork(), taking)
	ctx, k := context.Background(), orderKey("ana", "o-1")
	const at = "2021-04-09T10:20:30Z"
	for _, c := range []struct {
		name string
		item func() item
		doc  string
	}{
		{"an order of the workshop", func() item { return workshopItem("ana", "o-1", at) }, workshopDoc("ana", "o-1", at)},
		{"a version of another type", func() item {
			it := workshopItem("ana", "o-1", at)
			it[VersionAttribute] = number("7")
			return it
		}, workshopDoc("ana", "o-1", at)},
		{"attributes without a document", func() item {
			return item{"userId": text("ana"), "orderId": text("o-1"), "name": text("Ana"), "tags": &types.AttributeValueMemberSS{Value: []string{"a"}}}
		}, `{"name":"Ana","tags":["a"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			putItem(t, client, table, c.item())
			old, err := s.Get(ctx, k)
			if err != nil || old.Version != "" || string(old.Doc) != c.doc {
				t.Fatalf("get: got version %q, document %s (%v); want none and %s", old.Version, old.Doc, err, c.doc)
			}
			replace := storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old, New: &storage.Record{Key: k, Doc: []byte(`{"n":1}`)}}}}
			if err := s.Commit(ctx, replace); err != nil {
				t.Fatalf("replace: %v", err)
			}
			late := replace
			late.ID = storage.NewCommitID()
			refusal, ok := errors.AsType[*storage.Conflict](s.Commit(ctx, late))
			if !ok || refusal.Current == nil || refusal.Current.Version != replace.ID {
				t.Errorf("replace the old item again: got %v, want a conflict with the new record", refusal)
			}
			putItem(t, client, table, c.item())
			if err := s.Commit(ctx, storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{Old: &old}}}); err != nil {
				t.Errorf("delete: %v", err)
			}
			if _, err := s.Get(ctx, k); !errors.Is(err, storage.ErrNotFound) {
				t.Errorf("get when deleted: got %v, want %v", err, storage.ErrNotFound)
			}
			refusal, ok = errors.AsType[*storage.Conflict](s.Commit(ctx, late))
			if !ok || refusal.Current != nil {
				t.Errorf("replace what is gone: got %v, want a conflict with nothing", refusal)
			}
		})
	}
}

func TestACreationFindsAnItemOfOtherSoftware(t *testing.T) {
	s, client, table := workshopTable(t, newNetwork(), taking)
	const at = "2021-04-09T10:20:30Z"
	putItem(t, client, table, workshopItem("ana", "o-1", at))
	k := orderKey("ana", "o-1")
	err := s.Commit(context.Background(), storage.Commit{ID: storage.NewCommitID(), Writes: []storage.Write{{New: &storage.Record{Key: k, Doc: []byte(`{}`)}}}})
	refusal, ok := errors.AsType[*storage.Conflict](err)
	if !ok || refusal.Current == nil || refusal.Current.Version != "" || string(refusal.Current.Doc) != workshopDoc("ana", "o-1", at) {
		t.Errorf("create: got %v with %+v, want a conflict with the item", err, refusal)
	}
}

func TestKeysOfAnotherTypeAreSaid(t *testing.T) {
	ctx, client := context.Background(), dynamolocal.Client(t)
	name := dynamolocal.Prefix() + "numbered"
	in := Definition(storage.Table{Name: name, Partition: "userid"})
	in.AttributeDefinitions[0].AttributeType = types.ScalarAttributeTypeN
	if _, err := client.CreateTable(ctx, in); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(name)}); err != nil {
			t.Error(err)
		}
	}()
	for declared, want := range map[string]error{"userid": ErrOtherTable, "id": ErrOtherTable} {
		opts := Options{Names: map[string]string{"people": name}}
		_, err := Open(ctx, client, []storage.Table{{Name: "people", Partition: declared, Doc: "data"}}, opts)
		if !errors.Is(err, want) {
			t.Errorf("open with key %s: got %v, want %v", declared, err, want)
		}
	}
	_, err := Open(ctx, client, []storage.Table{people}, Options{Prefix: "nothing-"})
	if !errors.Is(err, ErrNoTable) {
		t.Errorf("open a table that isn't there: got %v, want %v", err, ErrNoTable)
	}
}
