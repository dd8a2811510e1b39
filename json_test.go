package comanda

import (
	"slices"
	"testing"
)

// Two libraries read and write JSON. github.com/go-json-experiment/json is the one of this project: it
// refuses what encoding/json overlooks, and keeps numbers as text. encoding/json is for the rooms
// below, where what is on the other side was made for it, or where its bytes have gone out or are
// stored already.
const (
	ourJSON      = "github.com/go-json-experiment/json"
	standardJSON = "encoding/json"
)

// onStandardJSON are the rooms that use encoding/json, with the reason.
var onStandardJSON = map[string]string{
	"pool":            "tokens, key sets and challenges go out in its bytes since the first release",
	"cognito":         "Cognito's wire, as the SDKs of AWS have been answered since the first release",
	"identity":        "the list of groups in a claim, as gateways spell it",
	"keyset":          "the library for key sets takes its RawMessage",
	"function":        "the types of AWS Lambda's events read themselves with it",
	"sqlite":          "the catalog of a database, in its bytes since the first release",
	"datadir":         "files of an installation, which people read",
	"storagetest":     "compares documents of any engine by another library than theirs",
	"testbed/gateway": "stands in for AWS, so a mistake of our library can't be on both sides",
	"administration":  "Cognito's wire, from the client's side",
	"engine":          "definitions of tables, as the AWS CLI reads them",
	"installation":    "files of keys, which the pool writes with it",
	"relocation":      "settings of clients, as the AWS CLI prints and reads them",
	"cmd/comanda":     "what other programs print and read: answers of a server, of Cognito, files of keys",
	"bench":           "what other programs print",
	"terminal":        "lines for other programs, in which answers of a server are as they came",
	"transfer":        "a file for itself that is read by eye",
}

// onBoth are the rooms of those that use the other one, too.
var onBoth = map[string]string{
	"administration": "its own operations are read strictly",
	"pool":           "its documents are the codec's that all rooms share",
	"cmd/comanda":    "a recount has our own types in it",
	"bench":          "it makes orders with the order's own types",
	"transfer":       "it compares documents as they are spelled",
}

func TestEveryRoomUsesOneLibraryForJSON(t *testing.T) {
	unused := map[string]bool{}
	for dir := range onStandardJSON {
		unused[dir] = true
	}
	for dir, files := range sources(t) {
		for _, file := range files {
			imported := importsOf(t, file)
			ours := slices.Contains(imported, ourJSON) || slices.Contains(imported, ourJSON+"/jsontext")
			standard := slices.Contains(imported, standardJSON)
			if standard {
				delete(unused, dir)
			}
			switch {
			case standard && onStandardJSON[dir] == "":
				t.Errorf("%s imports %s: use %s, or give the room's reason in json_test.go", file, standardJSON, ourJSON)
			case ours && onStandardJSON[dir] != "" && onBoth[dir] == "":
				t.Errorf("%s imports %s, and its room uses %s: use one in a room, or give the reason in json_test.go", file, ourJSON, standardJSON)
			}
		}
	}
	for dir := range unused {
		t.Errorf("room %s doesn't use %s: take it off the table", dir, standardJSON)
	}
}
