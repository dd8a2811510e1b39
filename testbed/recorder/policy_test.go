package recorder

import (
	"slices"
	"strings"
	"testing"
)

func TestAPolicyIsComparedWithWhatIsAsked(t *testing.T) {
	const page = "Text\n```json\n{\"other\": 1}\n```\n```json\n" + `{"Version": "2012-10-17", "Statement": [
		{"Sid": "A", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Scan"], "Resource": ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-*"]},
		{"Sid": "B", "Effect": "Allow", "Action": ["dynamodb:Query"], "Resource": ["arn:aws:dynamodb:eu-west-1:111122223333:table/shop-a"]}]}` + "\n```\nend"
	p, err := PolicyIn(page)
	if err != nil {
		t.Fatal(err)
	}
	table, index := Call{Action: "Query", Table: "a"}, Call{Action: "Query", Table: "a", Index: "open"}
	got := p.Compare(map[string][]string{
		"dynamodb:Query":   {table.ARN(), index.ARN()},
		"dynamodb:GetItem": {index.ARN(), strings.Replace(index.ARN(), "1111", "9999", 1)},
	})
	want := []string{
		"dynamodb:GetItem on arn:aws:dynamodb:eu-west-1:999922223333:table/shop-a/index/open is needed, and not allowed",
		"dynamodb:Query on arn:aws:dynamodb:eu-west-1:111122223333:table/shop-a/index/open is needed, and not allowed",
		"dynamodb:Scan is allowed, and was never needed",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, bad := range map[string]string{
		"none":       "no block",
		"two":        page + page,
		"a denial":   "```json\n" + `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["a"],"Resource":["*"]}]}` + "\n```",
		"not a list": "```json\n" + `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a","Resource":["*"]}]}` + "\n```",
	} {
		if p, err := PolicyIn(bad); err == nil {
			t.Errorf("%s: got %v, want an error", name, p)
		}
	}
}
