package api

import (
	"net/url"
	"testing"

	"comanda/storage"
)

func readToken(token string, bound ...string) (storage.Cursor, error) {
	q := newQuery("nextToken="+url.QueryEscape(token), listParameters)
	cursor := q.pageToken(bound...)
	return cursor, q.err()
}

func TestPageTokenIsBoundToWhoAskedForWhat(t *testing.T) {
	token := newPageToken("place", "listOrders", "ana", "PLACED")
	if got, err := readToken(token, "listOrders", "ana", "PLACED"); err != nil || got != "place" {
		t.Fatalf("own token: got %q, %v, want its cursor", got, err)
	}
	for name, tc := range map[string]struct {
		token string
		bound []string
	}{
		"another caller":    {token, []string{"listOrders", "bob", "PLACED"}},
		"another filter":    {token, []string{"listOrders", "ana", ""}},
		"another operation": {token, []string{"listQueue", "ana", "PLACED"}},
		"shifted fields":    {token, []string{"listOrdersana", "", "PLACED"}},
		"cut":               {token[:len(token)-8], []string{"listOrders", "ana", "PLACED"}},
		"too short":         {"AQ", []string{"listOrders", "ana", "PLACED"}},
		"other version":     {"Ag" + token[2:], []string{"listOrders", "ana", "PLACED"}},
		"not base64":        {"***", []string{"listOrders", "ana", "PLACED"}},
		"padded":            {token + "=", []string{"listOrders", "ana", "PLACED"}},
	} {
		if got, err := readToken(tc.token, tc.bound...); err == nil {
			t.Errorf("%s: got cursor %q, want a refusal", name, got)
		}
	}
	if got := newPageToken("", "listOrders"); got != "" {
		t.Errorf("no cursor: got token %q, want none", got)
	}
}

func FuzzPageToken(f *testing.F) {
	f.Add(newPageToken("place", "listOrders", "ana"))
	f.Add("AQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		cursor, err := readToken(token, "listOrders", "ana")
		if err == nil && cursor != "" && newPageToken(cursor, "listOrders", "ana") != token {
			t.Errorf("token %q was accepted with cursor %q, which has another token", token, cursor)
		}
	})
}
