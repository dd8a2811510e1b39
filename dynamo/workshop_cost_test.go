package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/dynamolocal"
	"comanda/order"
	"comanda/storage"
)

// workshop sends the requests of the workshop's functions: an order is put when
// Powertools has put a record of the request, and that record is updated with the
// answer afterwards. No condition protects the order, and no index sorts it.
type workshop struct {
	t                   *testing.T
	client              *dynamodb.Client
	orders, idempotency string
	user, note          string
}

func newWorkshop(t *testing.T, m *meter, user, note string) workshop {
	t.Helper()
	prefix := dynamolocal.Prefix()
	w := workshop{t, dynamolocal.Client(t, m.option), prefix + "orders", prefix + "idempotency", user, note}
	plain := dynamolocal.Client(t)
	for _, d := range []storage.Table{{Name: w.orders, Partition: "userId", Sort: "orderId"}, {Name: w.idempotency, Partition: "id"}} {
		if _, err := plain.CreateTable(context.Background(), Definition(d)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := plain.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &d.Name}); err != nil {
				t.Error(err)
			}
		})
	}
	return w
}

// item is the workshop's item of the same order as ours.
func (w workshop) item(id string) item {
	it := pythonOrder(id, noon)
	it["userId"] = text(w.user)
	data := it["data"].(*types.AttributeValueMemberM).Value
	if data["userId"] = text(w.user); w.note != "" {
		data["note"] = text(w.note)
	}
	return it
}

// id is the key of Powertools' record: the function's name and the digest of the
// request.
func (w workshop) id(id string) types.AttributeValue {
	return text("orders-AddOrder-a1b2c3d4e5f6.src.api.create_order.lambda_handler#0123456789abcdef0123456789" + fmt.Sprintf("%06.6s", id))
}

// begin puts the record of a request in progress, unless there is one.
func (w workshop) begin(id string) error {
	_, err := w.client.PutItem(context.Background(), &dynamodb.PutItemInput{
		TableName: &w.idempotency, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		Item: item{"id": w.id(id), "status": text("INPROGRESS"), "expiration": number(fmt.Sprint(noon.Add(time.Hour).Unix())),
			"in_progress_expiration": number(fmt.Sprint(noon.Add(10 * time.Second).UnixMilli()))},
		ConditionExpression: aws.String("attribute_not_exists(#id) OR #expiration < :now"), ExpressionAttributeNames: map[string]string{"#id": "id", "#expiration": "expiration"},
		ExpressionAttributeValues: item{":now": number(fmt.Sprint(noon.Unix()))},
	})
	return err
}

// complete notes the answer on the record.
func (w workshop) complete(id string) error {
	_, err := w.client.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &w.idempotency, Key: item{"id": w.id(id)}, UpdateExpression: aws.String("SET #data = :data, #expiration = :expiration, #status = :status"),
		ExpressionAttributeNames:  map[string]string{"#data": "data", "#expiration": "expiration", "#status": "status"},
		ExpressionAttributeValues: w.completed(),
	})
	return err
}

func (w workshop) completed() item {
	return item{":data": text(w.answer()), ":expiration": number(fmt.Sprint(noon.Add(time.Hour).Unix())), ":status": text("COMPLETED")}
}

// answer is the answer to a placement as Powertools keeps it: JSON within JSON.
func (w workshop) answer() string {
	o := order.Place(w.user, "o-01", workshopOrder(w.t, w.note), order.AcceptTotal, noon)
	body, err := o.FirstAnswer()
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := json.Marshal(map[string]any{"statusCode": 200, "headers": map[string]string{}, "body": string(body)})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(answer)
}

func (w workshop) put(id string) error {
	_, err := w.client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: &w.orders, Item: w.item(id)})
	return err
}

// get is the query of one order that every function makes.
func (w workshop) get(id string) error {
	_, err := w.client.Query(context.Background(), &dynamodb.QueryInput{TableName: &w.orders,
		KeyConditionExpression:   aws.String("#u = :u AND #o = :o"),
		ExpressionAttributeNames: map[string]string{"#u": "userId", "#o": "orderId"}, ExpressionAttributeValues: item{":u": text(w.user), ":o": text(id)}})
	return err
}

// list reads all orders of a customer, up to a megabyte, unsorted.
func (w workshop) list() error {
	_, err := w.client.Query(context.Background(), &dynamodb.QueryInput{TableName: &w.orders, KeyConditionExpression: aws.String("#u = :u"),
		ExpressionAttributeNames: map[string]string{"#u": "userId"}, ExpressionAttributeValues: item{":u": text(w.user)}})
	return err
}

func (w workshop) cancel(id string) error {
	_, err := w.client.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{
		TableName: &w.orders, Key: item{"userId": text(w.user), "orderId": text(id)}, UpdateExpression: aws.String("SET #d.#s = :s"),
		ExpressionAttributeNames: map[string]string{"#d": "data", "#s": "status"}, ExpressionAttributeValues: item{":s": text("CANCELED")}})
	return err
}

// operations are what the workshop's API can do.
func (w workshop) operations() []namedOperation {
	all := func(steps ...func() error) func() error {
		return func() error {
			for _, step := range steps {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		}
	}
	of := func(do func(string) error, id string) func() error { return func() error { return do(id) } }
	record := w.completed()
	record["id"] = w.id("o-01")
	size := itemSize(item{"id": w.id("o-01"), "data": record[":data"], "status": record[":status"], "expiration": record[":expiration"],
		"in_progress_expiration": number(fmt.Sprint(noon.UnixMilli()))})
	return []namedOperation{
		{"place", all(of(w.begin, "o-01"), of(w.put, "o-01"), of(w.complete, "o-01")), usage{}, 0},
		{"place again (a repetition)", func() error {
			if err := w.begin("o-01"); !isError[*types.ConditionalCheckFailedException](err) {
				return errors.Join(errors.New("want a refusal"), err)
			}
			return nil
		}, usage{}, wholeUnits(size)},
		{"get", of(w.get, "o-01"), usage{}, 0},
		{"edit", all(of(w.get, "o-01"), of(w.put, "o-01"), of(w.get, "o-01")), usage{}, 0},
		{"cancel by the owner", all(of(w.get, "o-01"), of(w.cancel, "o-01")), usage{}, 0},
		{"", func() error {
			for i := range 32 {
				if err := w.put(fmt.Sprintf("p-%02d", i)); err != nil {
					return err
				}
			}
			return nil
		}, usage{}, 0},
		{"list all 33", w.list, usage{}, 0},
	}
}
