package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocationsAreReadAndShown(t *testing.T) {
	t.Parallel()
	tests := map[string]Place{
		"sqlite:./comanda-data":     directory{"./comanda-data"},
		"sqlite:/srv/a?b":           directory{"/srv/a?b"},
		"dynamodb:eu-west-1":        cloud{region: "eu-west-1", names: map[string]string{}},
		"dynamodb:local?prefix=pp-": cloud{region: "local", prefix: "pp-", names: map[string]string{}},
		"dynamodb:us-east-1?endpoint=http://127.0.0.1:8000&orders=shop-OrdersTable-1X&prefix=a.": cloud{
			region: "us-east-1", endpoint: "http://127.0.0.1:8000", prefix: "a.", names: map[string]string{"orders": "shop-OrdersTable-1X"},
		},
		"memory:": volatile{},
	}
	for text, want := range tests {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(directory{}, cloud{})); diff != "" {
			t.Errorf("%s: want to got:\n%s", text, diff)
		}
		if got.String() != text {
			t.Errorf("shown: got %s, want %s", got, text)
		}
	}
	slash, err := Parse("dynamodb:eu-west-1?endpoint=http://127.0.0.1:8000/")
	if err != nil || slash.String() != "dynamodb:eu-west-1?endpoint=http://127.0.0.1:8000" {
		t.Errorf("a slash at the end: got %s, %v, want it left out", slash, err)
	}
}

func TestWrongLocationsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"":                    {"sqlite:DIR"},
		"sqlite:":             {"sqlite:DIR"},
		"sqlite":              {"memory:"},
		"memory:x":            {"nothing after the colon"},
		"./comanda-data":      {"sqlite:DIR"},
		"postgres:shop":       {"dynamodb:REGION"},
		"dynamodb:Eu West":    {`region "Eu West"`},
		"dynamodb:?prefix=a-": {`region ""`},
		"dynamodb:eu-west-1?endpoint=127.0.0.1:8000&prefix=a/b&colour=red": {`endpoint "127.0.0.1:8000"`, `prefix "a/b"`, `parameter "colour"`},
		"dynamodb:eu-west-1?endpoint=http://u:p@host":                      {"endpoint"},
		"dynamodb:eu-west-1?orders=x":                                      {`"x" of table orders`},
		"dynamodb:eu-west-1?prefix=a&prefix=b":                             {"prefix is given 2 times"},
		"dynamodb:eu-west-1?prefix=%zz":                                    {"question mark"},
	}
	for text, want := range tests {
		_, err := Parse(text)
		if err == nil {
			t.Errorf("%s: got no error", text)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %q, want %q in it", text, err, part)
			}
		}
	}
}
