// A service in Go that checks ID tokens with go-oidc: everything is found by discovery.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

func main() {
	ctx, raw := context.Background(), os.Getenv("ID_TOKEN")
	issuer, clientID := os.Getenv("COMANDA_TOKEN_ISSUER"), os.Getenv("COMANDA_CLIENT_ID")

	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		log.Fatal(err)
	}
	token, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(ctx, raw)
	if err != nil {
		log.Fatal(err)
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := token.Claims(&claims); err != nil {
		log.Fatal(err)
	}
	if _, err := provider.Verifier(&oidc.Config{ClientID: "another"}).Verify(ctx, raw); err == nil {
		log.Fatal("a token for another client was accepted")
	}
	if err := json.NewEncoder(os.Stdout).Encode(claims); err != nil {
		log.Fatal(fmt.Errorf("print: %w", err))
	}
}
