package transfer

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalDocumentsSpellEverythingInOneWay(t *testing.T) {
	tests := map[string]struct{ doc, want string }{
		"members by name":     {`{"b":1,"a":{"d":true,"c":null},"":false}`, `{"":false,"a":{"c":null,"d":true},"b":1e0}`},
		"order of an array":   {`{"a":[3, 1,2]}`, `{"a":[3e0,1e0,2e0]}`},
		"empty things":        {`{"a":[],"b":{},"c":""}`, `{"a":[],"b":{},"c":""}`},
		"white space":         {" { \"a\" :\n1 } ", `{"a":1e0}`},
		"escapes":             {`{"\u0061":"\u00e9\/\n"}`, `{"a":"é/\n"}`},
		"text stays text":     {`{"a":"1.10"}`, `{"a":"1.10"}`},
		"zero":                {`[0,-0,0.00,0e5,-0E-7]`, `[0,0,0,0,0]`},
		"trailing zeros":      {`[1.10,1.1,11e-1,0.11E+1,110e-2]`, `[11e-1,11e-1,11e-1,11e-1,11e-1]`},
		"powers":              {`[100,1e2,1E+2,0.1e3,100000000000000]`, `[1e2,1e2,1e2,1e2,1e14]`},
		"small":               {`[0.0001,1e-4,-0.00010]`, `[1e-4,1e-4,-1e-4]`},
		"38 digits":           {`[12345678901234567890123456789012345678.90]`, `[123456789012345678901234567890123456789e-1]`},
		"beyond binary":       {`[9007199254740993,0.1]`, `[9007199254740993e0,1e-1]`},
		"DynamoDB's spelling": {`[999999999999999,1E+14]`, `[999999999999999e0,1e14]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := canonical([]byte(tt.doc))
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestWhatIsNoDocumentIsRefusedWithoutShowingIt(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing": "", "cut off": `{"secret":1`, "two": `{"secret":1}{}`, "a name twice": `{"secret":1,"secret":1}`,
		"bad text": "{\"secret\":\"\xff\"}", "bad number": `{"secret":01}`, "endless exponent": `{"secret":1e99999999999999999999}`,
		"not JSON": "secret", "bad array": `{"secret":[1,]}`,
	} {
		got, err := canonical([]byte(doc))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %q, %v, want an error that hides the document", name, got, err)
		}
	}
}

func TestCanonicalFormsAreFixed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number")
		once, err := canonical([]byte(number))
		if err != nil {
			t.Fatalf("%s: %v", number, err)
		}
		twice, err := canonical(once)
		if err != nil || string(twice) != string(once) {
			t.Fatalf("canonical form of %s: got %s, %v, want %s again", number, twice, err, once)
		}
		if strings.Trim(number, "-0") != "" && !strings.ContainsAny(number, ".eE") {
			if shifted, err := canonical([]byte(number + "0e-1")); err != nil || string(shifted) != string(once) {
				t.Fatalf("%s0e-1: got %s, %v, want %s", number, shifted, err, once)
			}
		}
	})
}
