package function

// Trigger says what invokes a function.
type Trigger string

// The triggers.
const (
	Gateway    Trigger = "gateway"    // API Gateway, a REST API with proxy integration
	Authorizer Trigger = "authorizer" // API Gateway, as a TOKEN authorizer
	Stream     Trigger = "stream"     // the stream of the orders table
	Pipe       Trigger = "pipe"       // an EventBridge Pipe, as enrichment
)

// Function is one Lambda function.
type Function struct {
	Name       string   // value of _HANDLER, and the end of the function's name on AWS
	Trigger    Trigger  // what invokes it
	Operations []string // ids of the API's operations that it serves; for Gateway only
	Purpose    string   // one line for people
}

// Functions are all functions of a deployment: one for each operation on
// orders, so that each has the permissions which it needs and no other, and one
// for what belongs together elsewhere.
var Functions = []Function{
	{"add_order", Gateway, []string{"placeOrder"}, "places orders"},
	{"list_orders", Gateway, []string{"listOrders"}, "lists a customer's own orders"},
	{"get_order", Gateway, []string{"getOrder"}, "reads one of a customer's own orders"},
	{"edit_order", Gateway, []string{"editOrder"}, "edits orders"},
	{"cancel_order", Gateway, []string{"cancelOrder"}, "cancels orders for their owners"},
	{"user_orders", Gateway, []string{"listUserOrders"}, "lists a customer's orders with the customer beside them"},
	{"user_order", Gateway, []string{"getUserOrder"}, "reads a customer's order for staff"},
	{"order_status", Gateway, []string{"advanceOrder"}, "moves orders on for staff"},
	{"queue", Gateway, []string{"listQueue"}, "lists a restaurant's open orders"},
	{"users", Gateway, []string{"listUsers", "createUser", "getUser", "putUser", "patchUser", "deleteUser"}, "keeps profiles"},
	{"erasure", Gateway, []string{"eraseUser"}, "erases a person from profiles and orders"},
	{"monitor", Gateway, []string{"monitor"}, "shows rankings and revenue"},
	{"system", Gateway, []string{"health", "ready", "version", "openAPI", "docs", "docsFile"}, "says what runs, and how to call it"},
	{"authorizer", Authorizer, nil, "verifies ID tokens"},
	{"reports", Stream, nil, "counts orders for the reports"},
	{"enrichment", Pipe, nil, "turns changes into notifications"},
}
