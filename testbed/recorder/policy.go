package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// Policy is a policy of IAM that a page of the documentation shows, for tests that
// compare it with what the program asks for.
type Policy struct {
	Version   string
	Statement []struct {
		Sid, Effect      string
		Action, Resource []string
	}
}

// PolicyIn returns the one policy in a page: the block of JSON that has statements.
func PolicyIn(page string) (p Policy, err error) {
	blocks := slices.DeleteFunc(strings.Split(page, "```json\n")[1:], func(b string) bool { return !strings.Contains(b, `"Statement"`) })
	if len(blocks) != 1 {
		return p, fmt.Errorf("read a policy: the page has %d, not 1", len(blocks))
	}
	text, _, _ := strings.Cut(blocks[0], "```")
	if err := json.Unmarshal([]byte(text), &p, json.RejectUnknownMembers(true)); err != nil {
		return p, fmt.Errorf("read a policy: %w", err)
	}
	for _, s := range p.Statement {
		if s.Effect != "Allow" || p.Version != "2012-10-17" {
			return p, errors.New("read a policy: it isn't one of the version 2012-10-17 that only allows")
		}
	}
	return p, nil
}

// Allows reports whether the policy allows an action on a resource.
func (p Policy) Allows(action, resource string) bool {
	for _, s := range p.Statement {
		matches := func(pattern string) bool { return wildcard(pattern).MatchString(resource) }
		if slices.Contains(s.Action, action) && slices.ContainsFunc(s.Resource, matches) {
			return true
		}
	}
	return false
}

// wildcard returns a resource of a policy as an expression. A * stands for
// anything, slashes and colons included.
func wildcard(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// Compare returns what is wrong with the policy, in words, given the actions that
// were seen, each with a resource: what the policy lacks, and what it allows and no request needed.
func (p Policy) Compare(seen map[string][]string) (wrong []string) {
	for action, resources := range seen {
		for _, r := range resources {
			if !p.Allows(action, r) {
				wrong = append(wrong, fmt.Sprintf("%s on %s is needed, and not allowed", action, r))
			}
		}
	}
	for _, s := range p.Statement {
		for _, a := range s.Action {
			if len(seen[a]) == 0 {
				wrong = append(wrong, a+" is allowed, and was never needed")
			}
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// Where the policies of the documentation are for.
const (
	pageRegion  = "eu-west-1"
	pageAccount = "111122223333"
	pagePrefix  = "shop-"
)

// ARN returns the name that a call's table or index has in the policies of the
// documentation.
func (c Call) ARN() string {
	arn := "arn:aws:dynamodb:" + pageRegion + ":" + pageAccount + ":table/" + pagePrefix + c.Table
	if c.Index != "" {
		arn += "/index/" + c.Index
	}
	return arn
}

// Asked returns what a recorder was asked for under one name, for [Policy.Compare],
// and which requests it couldn't understand.
func (r *Recorder) Asked(name string) (seen map[string][]string, problems []string) {
	seen = make(map[string][]string)
	for _, c := range r.Seen()[name] {
		action := "dynamodb:" + c.Action
		seen[action] = append(seen[action], c.ARN())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return seen, slices.Clone(r.problems)
}

// Doer sends requests, as the SDK's clients want it done.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Around returns a Doer that notes requests under a name and has next send them: for
// a client in this process, which needs no server in between.
func (r *Recorder) Around(name string, next Doer) Doer { return noting{r, name, next} }

type noting struct {
	recorder *Recorder
	name     string
	next     Doer
}

func (n noting) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	n.recorder.note(n.name, request.Header.Get("X-Amz-Target"), body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	return n.next.Do(request)
}
