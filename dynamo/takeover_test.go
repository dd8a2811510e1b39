package dynamo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"comanda/dynamolocal"
	"comanda/order"
	"comanda/storage"
	"comanda/user"
)

// house is a table of orders of the workshop in which we go on working.
type house struct {
	*order.Service
	store      *Store
	t          *testing.T
	client     *dynamodb.Client
	unreadable []string // reported orders, in turn
}

// takeOver makes a table with the indexes given, puts orders of the workshop into it,
// and opens it as ours.
func takeOver(t *testing.T, indexes ...string) *house {
	t.Helper()
	ctx, h := context.Background(), &house{t: t, client: dynamolocal.Client(t)}
	d := order.Table
	d.Name, d.Feed = dynamolocal.Prefix()+"orders", false // without a stream, as the workshop makes it
	d.Indexes = slices.DeleteFunc(slices.Clone(d.Indexes), func(ix storage.Index) bool { return !slices.Contains(indexes, ix.Name) })
	if _, err := h.client.CreateTable(ctx, Definition(d)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := h.client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &d.Name}); err != nil {
			t.Error(err)
		}
	})
	for id, age := range map[string]time.Duration{"old": 24*time.Hour + 5*time.Minute, "late": 10 * time.Minute, "young": 9*time.Minute + 59*time.Second, "new": time.Minute, "next": 0} {
		putItem(t, h.client, d.Name, pythonOrder(id, noon.Add(-age)))
	}
	broken := pythonOrder("broken", noon.Add(-2*time.Hour))
	broken["data"].(*types.AttributeValueMemberM).Value["totalAmount"] = text("a lot")
	putItem(t, h.client, d.Name, broken)
	var err error
	h.store, err = Open(ctx, h.client, []storage.Table{order.Table}, Options{
		Names: map[string]string{order.TableName: d.Name}, Timeout: patience,
		Index: map[string]func(storage.Key, []byte) map[string]storage.IndexKey{order.TableName: order.IndexOf},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = order.NewService(h.store, order.AcceptTotal, func() time.Time { return noon })
	h.ReportUnreadable(func(_ context.Context, err *order.UnreadableError) { h.unreadable = append(h.unreadable, err.OrderID) })
	return h
}

// pythonOrder is what the workshop's add_order stores for the order that its
// tests place; times have no fraction of a second.
func pythonOrder(id string, at time.Time) item {
	line := func(id, name, price, quantity string) types.AttributeValue {
		return &types.AttributeValueMemberM{Value: item{"id": number(id), "name": text(name), "price": number(price), "quantity": number(quantity)}}
	}
	return item{"userId": text(customer), "orderId": text(id), "data": &types.AttributeValueMemberM{Value: item{
		"orderId": text(id), "userId": text(customer), "restaurantId": number("1"), "totalAmount": number("19.97"),
		"orderItems": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			line("1", "Spaghetti", "9.99", "1"), line("2", "Pizza - SMALL", "4.99", "2"),
		}},
		"status": text("PLACED"), "orderTime": text(at.Truncate(time.Second).Format(time.RFC3339)),
	}}}
}

func anyRestaurant(string) bool { return true }

// wantList compares the customer's orders, newest first, and what was reported.
func (h *house) wantList(want ...string) {
	h.t.Helper()
	h.unreadable = nil
	var got []string
	for f := (order.Filter{Limit: 2}); ; {
		page, err := h.List(context.Background(), customer, f)
		if err != nil {
			h.t.Fatalf("list: %v", err)
		}
		for _, o := range page.Orders {
			got = append(got, o.OrderID)
		}
		if f.After = page.Next; f.After == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("list: got %v, want %v", got, want)
	}
}

func (h *house) wantQueue(want ...string) {
	h.t.Helper()
	page, err := h.Queue(context.Background(), "1", order.Filter{Limit: 20})
	if err != nil {
		h.t.Fatalf("queue: %v", err)
	}
	var got []string
	for _, o := range page.Orders {
		got = append(got, o.OrderID)
	}
	if !slices.Equal(got, want) {
		h.t.Errorf("queue: got %v, want %v", got, want)
	}
}

// work does to orders of the workshop what can be done with ours. Before it,
// all are PLACED; after it, the order next is edited, new acknowledged, young canceled.
func (h *house) work() {
	h.t.Helper()
	ctx, content := context.Background(), workshopOrder(h.t, "")
	o, err := h.Get(ctx, customer, "old")
	if err != nil || !o.Same(content) || o.Status != order.Placed || o.Version != 1 || !o.OrderTime.Equal(noon.Add(-24*time.Hour-5*time.Minute).Truncate(time.Second)) {
		h.t.Errorf("get: got %+v (%v), want the order as it was stored", o, err)
	}
	for _, id := range []string{"old", "late"} {
		if _, err := h.Cancel(ctx, customer, id, nil); !isError[*order.TooOldError](err) {
			h.t.Errorf("cancel the order %s: got %v, want %T", id, err, (*order.TooOldError)(nil))
		}
	}
	if o, err := h.Cancel(ctx, customer, "young", nil); err != nil || o.Status != order.Canceled || o.Version != 2 {
		h.t.Errorf("cancel within ten minutes: got %s, version %d (%v), want it canceled", o.Status, o.Version, err)
	}
	edited := workshopOrder(h.t, "ring")
	if o, err := h.Edit(ctx, customer, "next", edited, []int{1}); err != nil || o.Note != "ring" || o.Version != 2 {
		h.t.Errorf("edit: got note %q, version %d (%v), want it edited", o.Note, o.Version, err)
	}
	step := order.Step{Status: order.Acknowledged}
	if o, err := h.Advance(ctx, "staff", customer, "new", step, nil, anyRestaurant); err != nil || o.Status != order.Acknowledged {
		h.t.Errorf("acknowledge: got %s (%v), want it acknowledged", o.Status, err)
	}
	for _, id := range []string{"old", "next"} {
		placed := order.Placement{OrderID: id, Content: content}
		if o, replayed, err := h.Place(ctx, customer, placed, "", ""); err != nil || !replayed || o.OrderID != id {
			h.t.Errorf("place the order %s again: got replayed %v (%v), want true", id, replayed, err)
		}
		if _, _, err := h.Place(ctx, customer, order.Placement{OrderID: id, Content: edited}, "", ""); !errors.Is(err, order.ErrReused) {
			h.t.Errorf("place another order as %s: got %v, want %v", id, err, order.ErrReused)
		}
	}
	if _, err := h.Get(ctx, customer, "broken"); !isError[*order.UnreadableError](err) {
		h.t.Errorf("get what can't be read: got %v, want %T", err, (*order.UnreadableError)(nil))
	}
}

func isError[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestOrdersOfTheWorkshopInATableWithoutOurIndexes(t *testing.T) {
	h := takeOver(t)
	h.wantList("next", "new", "young", "late", "old")
	h.work()
	h.wantList("next", "new", "young", "late", "old")
	if want := []string{"broken"}; !slices.Equal(slices.Compact(h.unreadable), want) {
		t.Errorf("reported: got %v, want %v", h.unreadable, want)
	}
	if _, err := h.Queue(context.Background(), "1", order.Filter{Limit: 20}); !errors.Is(err, ErrNoIndex) || !strings.Contains(err.Error(), "open") {
		t.Errorf("queue: got %v, want %v and which", err, ErrNoIndex)
	}
	h.adopt(0, 3) // there is no index for which to
}

func TestOrdersOfTheWorkshopInATableWithAnIndexForQueues(t *testing.T) {
	h := takeOver(t, "open")
	h.wantQueue()
	h.adopt(5, 6) // all but what can't be read
	h.wantQueue("old", "late", "young", "new", "next")
	h.work()
	h.wantQueue("old", "late", "new", "next")
	h.wantList("next", "new", "young", "late", "old")
}

func TestTheIndexForQueuesCanBeAddedLater(t *testing.T) {
	h, ctx := takeOver(t), context.Background()
	d := Definition(order.Table)
	ix := d.GlobalSecondaryIndexes[0]
	create := &types.CreateGlobalSecondaryIndexAction{IndexName: ix.IndexName, KeySchema: ix.KeySchema, Projection: ix.Projection}
	table := h.store.tables[order.TableName]
	in := &dynamodb.UpdateTableInput{TableName: &table.name, GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: create}}}
	for _, a := range d.AttributeDefinitions {
		if n := *a.AttributeName; n == "restaurant" || n == "opened" {
			in.AttributeDefinitions = append(in.AttributeDefinitions, a)
		}
	}
	if _, err := h.client.UpdateTable(ctx, in); err != nil {
		t.Fatal(err)
	}
	for active := false; !active; {
		there, err := h.store.describe(ctx, table)
		if err != nil {
			t.Fatal(err)
		}
		active = there.GlobalSecondaryIndexes[0].IndexStatus == types.IndexStatusActive
	}
	h.adopt(5, 6)
	h.wantQueue("old", "late", "young", "new", "next")
}

func TestOrdersOfTheWorkshopInATableWithOurIndexes(t *testing.T) {
	h := takeOver(t, "by_time", "open")
	h.wantList()
	h.work()
	h.wantList("next", "new", "young") // what is ours by now
	h.wantQueue("new", "next")
	h.adopt(3, 3) // old, late and what can't be read
	h.wantList("next", "new", "young", "late", "old")
	if want := []string{"broken"}; !slices.Equal(slices.Compact(h.unreadable), want) {
		t.Errorf("reported: got %v, want %v", h.unreadable, want)
	}
	h.wantQueue("old", "late", "new", "next")
	h.adopt(0, 3)
	o, err := h.Advance(context.Background(), "staff", customer, "old", order.Step{Status: order.Canceled}, []int{1}, anyRestaurant)
	if err != nil || o.Version != 2 {
		t.Errorf("cancel what was adopted: got version %d (%v), want 2", o.Version, err)
	}
	h.wantQueue("late", "new", "next")
}

// An erasure must not depend on what lists show: notes would stay.
func TestOrdersOfTheWorkshopAreErasedBeforeTheyAreAdopted(t *testing.T) {
	for name, indexes := range map[string][]string{"without our indexes": nil, "with our indexes": {"by_time", "open"}} {
		t.Run(name, func(t *testing.T) {
			h, ctx := takeOver(t, indexes...), context.Background()
			noted := pythonOrder("noted", noon.Add(-time.Hour))
			noted["data"].(*types.AttributeValueMemberM).Value["note"] = text("ring twice")
			putItem(t, h.client, h.store.tables[order.TableName].name, noted)
			n, err := h.Erase(ctx, "admin", customer)
			if n != 1 || err == nil || !strings.Contains(err.Error(), "1 stored orders of the user can't be read") {
				t.Errorf("erase: got %d changed, %v, want one, and that one can't be read", n, err)
			}
			if o, err := h.Get(ctx, customer, "noted"); err != nil || o.Note != "" || o.Version != 2 {
				t.Errorf("order: got note %q, version %d (%v), want it erased", o.Note, o.Version, err)
			}
		})
	}
}

// adopt compares how many items of the workshop are changed, and are there.
func (h *house) adopt(want, wantFound int) {
	h.t.Helper()
	found := 0
	if n, err := h.store.Adopt(context.Background(), order.TableName, func(n int) { found = n }); n != want || found != wantFound || err != nil {
		h.t.Errorf("adopt: got %d changed of %d (%v), want %d of %d", n, found, err, want, wantFound)
	}
}

func TestProfilesOfTheWorkshop(t *testing.T) {
	tables := []storage.Table{user.Table, user.Claims}
	s := openTables(t, tables, Options{})
	service := user.NewService(s, func() time.Time { return noon })
	ctx, name := context.Background(), s.tables[user.Table.Name].name
	client := dynamolocal.Client(t)
	for _, id := range []string{"u-1", "u-2"} {
		putItem(t, client, name, item{"userid": text(id), "name": text("Ana"), "email": text(id + "@example.com"), "phone": number("7"), "timestamp": text("2026-03-14T11:00:00.123456")})
	}
	putItem(t, client, name, item{"userid": text("u-3"), "name": number("7")})
	var reported []string
	service.ReportUnreadable(func(_ context.Context, err *user.UnreadableError) { reported = append(reported, err.UserID) })

	p, err := service.Get(ctx, "u-1")
	if err != nil || p.Name != "Ana" || p.Email != "u-1@example.com" || !p.UpdatedAt.Equal(time.Date(2026, 3, 14, 11, 0, 0, 123_000_000, time.UTC)) {
		t.Errorf("get: got %+v (%v), want the profile as it was stored", p, err)
	}
	page, err := service.List(ctx, "", 10)
	if err != nil || len(page.Users) != 2 || !slices.Equal(reported, []string{"u-3"}) {
		t.Errorf("list: got %d profiles, reported %v (%v), want 2 and u-3", len(page.Users), reported, err)
	}
	content := p.Content
	content.Address = "1 Main Street"
	if p, err = service.Put(ctx, "u-1", content, []int{1}); err != nil || p.Version != 2 {
		t.Errorf("put: got version %d (%v), want 2", p.Version, err)
	}
	_, _, err = service.Create(ctx, "admin", user.Creation{ID: "u-4", Content: user.Content{Name: "Bea", Email: "U-1@example.com"}}, "")
	if !isError[*user.TakenError](err) {
		t.Errorf("create with the address of the profile taken over: got %v, want it taken since the first change", err)
	}
	if err := service.Delete(ctx, "u-2", nil); err != nil {
		t.Errorf("delete: got %v, want success, though there is no claim to release", err)
	}
}
