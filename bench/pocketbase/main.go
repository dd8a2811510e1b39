// Command pocketbase is what the server's rate is compared with: PocketBase as
// it comes, with one collection that has the fields of an order and lets every
// signed-in user create records.
//
//	pocketbase prepare 200 --dir DIR   make the collection and 200 users, print a token a line
//	pocketbase serve --http HOST:PORT --dir DIR
//
// Nothing is tuned, and nothing is added that would slow it down: no unique
// index, no rule that reads, no time zone. It is a module of its own, so that
// the program and its tests don't depend on what PocketBase depends on.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	// PocketBase takes a program in the temporary directory for one that is being
	// developed, and would print every SQL statement. DefaultDev says no.
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDev: false, HideStartBanner: true})
	app.RootCmd.AddCommand(&cobra.Command{
		Use: "prepare USERS", Short: "make the collection and users, print a token a line",
		Args: cobra.ExactArgs(1), SilenceUsage: true,
		RunE: func(_ *cobra.Command, args []string) error { return prepare(app, args[0]) },
	})
	app.OnRecordCreateRequest(collection).BindFunc(own)
	if err := app.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

// collection is where orders go.
const collection = "orders"

// own adds what the server knows about a placement: whose it is, and its status.
func own(e *core.RecordRequestEvent) error {
	e.Record.Set("userId", e.Auth.Id)
	e.Record.Set("status", "PLACED")
	return e.Next()
}

func prepare(app core.App, users string) error {
	n, err := strconv.Atoi(users)
	if err != nil || n < 1 {
		return fmt.Errorf("number of users %q: must be 1 or more", users)
	}
	if err := createOrders(app); err != nil {
		return fmt.Errorf("create the collection: %w", err)
	}
	if err := hashCheaply(app); err != nil {
		return fmt.Errorf("make signing up cheap: %w", err)
	}
	// Without a superuser the server opens a browser to make one.
	if _, err := createUser(app, core.CollectionNameSuperusers, "root@example.com"); err != nil {
		return fmt.Errorf("create the superuser: %w", err)
	}
	for i := range n {
		u, err := createUser(app, "users", fmt.Sprintf("customer%d@example.com", i))
		if err != nil {
			return fmt.Errorf("create user %d: %w", i, err)
		}
		token, err := u.NewAuthToken()
		if err != nil {
			return fmt.Errorf("sign in user %d: %w", i, err)
		}
		fmt.Println(token)
	}
	return nil
}

// createOrders makes the collection: the members of a placement, and the owner,
// the status and the times that a server adds.
func createOrders(app core.App) error {
	c := core.NewBaseCollection(collection)
	c.CreateRule = types.Pointer(`@request.auth.id != ""`)
	c.Fields.Add(
		&core.TextField{Name: "userId"},
		&core.TextField{Name: "orderId", Required: true, Max: 64},
		&core.NumberField{Name: "restaurantId"},
		&core.JSONField{Name: "orderItems"},
		&core.NumberField{Name: "totalAmount"},
		&core.TextField{Name: "status"},
		&core.TextField{Name: "note"},
		&core.TextField{Name: "deliveryAddress"},
		&core.AutodateField{Name: "orderTime", OnCreate: true},
		&core.AutodateField{Name: "updatedAt", OnCreate: true, OnUpdate: true},
	)
	return app.Save(c)
}

// hashCheaply sets the least cost of password hashes. No account signs in here, so
// it changes how long the preparation takes and nothing else.
func hashCheaply(app core.App) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	password, ok := users.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField)
	if !ok {
		return errors.New("the collection users has no password field")
	}
	password.Cost = bcrypt.MinCost
	return app.Save(users)
}

func createUser(app core.App, kind, email string) (*core.Record, error) {
	c, err := app.FindCollectionByNameOrId(kind)
	if err != nil {
		return nil, err
	}
	u := core.NewRecord(c)
	u.SetEmail(email)
	u.SetPassword(security.RandomString(20))
	u.SetVerified(true)
	return u, app.Save(u)
}
