package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"comanda/identity"
	"comanda/storage"
	"comanda/user"
)

// The random operations on profiles: in each round everybody works on the same two,
// which want the same few addresses.
const (
	clerks      = 12
	eachDoes    = 4
	clerkRounds = 12 // 576 operations
)

// deed is an operation on a profile, and what was answered.
type deed struct {
	do, id  string
	wants   user.Content // has a name of its own
	version int          // that was answered; 0 after a removal
	got     user.Content // that a get has answered
	err     error
}

// clerk is a client beside others, which writes down what it does.
type clerk struct {
	*user.Service
	n     uint64
	dice  *rand.Rand
	ticks *atomic.Int64
	deeds []porcupine.Operation
}

func (c *clerk) one(of ...string) string { return of[c.dice.IntN(len(of))] }

// choose rolls an operation of a round.
func (c *clerk) choose(round int) deed {
	d := deed{id: fmt.Sprintf("u-%d-%s", round, c.one("a", "b")), do: c.one("create", "put", "put", "patch", "patch", "patch", "delete", "get")}
	d.wants.Name = fmt.Sprintf("name-%d-%d", c.n, len(c.deeds))
	if at := c.one("", "a@", "A@", "b@"); at != "" {
		d.wants.Email = fmt.Sprint(at, round, ".example.com")
	}
	if handle := c.one("", "", "ana", "ANA"); handle != "" {
		d.wants.Username = fmt.Sprint(handle, round)
	}
	return d
}

// perform asks the service, and notes when that began and ended by a count that
// all share. What ended unknown never ends. Some callers don't wait long.
func (c *clerk) perform(d deed) {
	ctx := context.Background()
	if c.dice.IntN(40) == 0 {
		short, cancel := context.WithTimeout(ctx, time.Duration(c.dice.IntN(8000))*time.Microsecond)
		defer cancel()
		ctx = short
	}
	var p user.Profile
	op := porcupine.Operation{Call: c.ticks.Add(1)}
	switch d.do {
	case "create":
		p, _, d.err = c.Create(ctx, "admin", user.Creation{ID: d.id, Content: d.wants}, "")
	case "put":
		p, d.err = c.Put(ctx, d.id, d.wants, nil)
	case "patch":
		p, d.err = c.Patch(ctx, d.id, user.Patch{Name: &d.wants.Name, Email: &d.wants.Email, Username: &d.wants.Username}, nil)
	case "delete":
		d.err = c.Delete(ctx, d.id, nil)
	default:
		p, d.err = c.Get(ctx, d.id)
	}
	op.Return = c.ticks.Add(1)
	d.version, d.got = p.Version, p.Content
	if d.answer() == "unknown" {
		op.Return = math.MaxInt64
	}
	op.Input = d
	c.deeds = append(c.deeds, op)
}

// answer names the kind of an answer, or is "" for one that isn't expected.
func (d deed) answer() string {
	var taken *user.TakenError
	switch {
	case d.err == nil:
		return "done"
	case errors.Is(d.err, storage.ErrUnknown):
		return "unknown"
	case errors.As(d.err, &taken):
		return "taken"
	case errors.Is(d.err, user.ErrExists), errors.Is(d.err, user.ErrNotFound):
		return "refused"
	case errors.Is(d.err, storage.ErrBusy), errors.Is(d.err, context.DeadlineExceeded), errors.Is(d.err, storage.ErrContended):
		return "busy, late or contended"
	}
	return ""
}

// fate is what becomes of a profile.
type fate struct {
	version int
	content user.Content
	deleted bool
}

// after returns what a deed makes of a profile, and whether it is allowed.
func (f fate) after(d deed) (fate, bool) {
	exists := f.version > 0
	switch d.do {
	case "create":
		return fate{1, d.wants, false}, !exists
	case "put":
		return fate{f.version + 1, d.wants, false}, true
	case "patch":
		return fate{f.version + 1, d.wants, false}, exists && !f.deleted
	case "delete":
		if f.deleted {
			return f, true
		}
		return fate{f.version + 1, user.Content{}, true}, exists
	}
	return f, exists && !f.deleted
}

// sequence says of each profile which sequences of deeds are possible. That an
// address is taken depends on others, and is always possible. So is what may or may
// not have been done: what wasn't comes after the end.
var sequence = porcupine.Model{
	Partition: func(history []porcupine.Operation) (parts [][]porcupine.Operation) {
		by := map[string][]porcupine.Operation{}
		for _, op := range history {
			id := op.Input.(deed).id
			by[id] = append(by[id], op)
		}
		return slices.Collect(maps.Values(by))
	},
	Init: func() any { return fate{} },
	Step: func(state, input, _ any) (bool, any) {
		f, d := state.(fate), input.(deed)
		next, allowed := f.after(d)
		switch d.answer() {
		case "unknown":
			if !allowed {
				next = f
			}
			return true, next
		case "refused":
			return !allowed, f
		case "done":
			fits := d.do == "delete" || next.version == d.version && next.content == d.got
			return allowed && fits, next
		}
		return true, f
	},
}

// profileDoc is what the tests read of a stored profile.
type profileDoc struct {
	Name, Email, Username string
	Deleted               bool
}

// TestHundredsOfProfileChangesThroughANetworkThatFails has clerks fight for
// addresses, by transactions through a proxy that does everything to them, then asks
// for one sequence of operations that explains all answers, and compares profiles with claims.
func TestHundredsOfProfileChangesThroughANetworkThatFails(t *testing.T) {
	seed, p, clean, s := throughFaults(t, 2, user.Table, user.Claims)
	var ticks atomic.Int64
	var team []*clerk
	for n := range uint64(clerks) {
		team = append(team, &clerk{Service: user.NewService(s, func() time.Time { return noon }), n: n, dice: rand.New(rand.NewPCG(seed, 200+n)), ticks: &ticks})
	}
	var history []porcupine.Operation
	for round := range clerkRounds {
		var wg sync.WaitGroup
		for _, c := range team {
			wg.Go(func() {
				for range eachDoes {
					c.perform(c.choose(round))
				}
			})
		}
		wg.Wait()
	}
	p.drain()

	quiet := &clerk{Service: user.NewService(clean, func() time.Time { return noon }), dice: rand.New(rand.NewPCG(seed, 0)), ticks: &ticks}
	for round := range clerkRounds {
		for _, who := range []string{"a", "b"} {
			quiet.perform(deed{do: "get", id: fmt.Sprintf("u-%d-%s", round, who)})
		}
	}
	counts := map[string]int{}
	for _, c := range append(team, quiet) {
		history = append(history, c.deeds...)
		for _, op := range c.deeds {
			d := op.Input.(deed)
			if counts[d.answer()]++; d.answer() == "" {
				t.Errorf("%s %s: got %v, want nothing like it", d.do, d.id, d.err)
			}
		}
	}
	t.Logf("seed %d: answers %v, faults of transactions %v", seed, counts, p.transactions)
	if verdict := porcupine.CheckOperationsTimeout(sequence, history, time.Minute); verdict != porcupine.Ok {
		t.Errorf("a sequence of operations that explains every answer: got %v, want one (-faults.seed %d)", verdict, seed)
	}
	auditClaims(t, scanned[profileDoc](t, clean, user.Table.Name), scanned[struct{ UserID string }](t, clean, user.Claims.Name))
	for _, what := range []string{"done", "taken", "refused", "unknown"} {
		if counts[what] == 0 {
			t.Errorf("answers: got none that are %s among %v, want some", what, counts)
		}
	}
	for _, what := range []string{passes, throttles, failsAfter, cutsAfter, comesLate} {
		if p.transactions[what] == 0 {
			t.Errorf("transactions that the network %s: got none among %v, want some", what, p.transactions)
		}
	}
}

// scanned returns the documents of a table by partition key.
func scanned[Doc any](t *testing.T, s *Store, table string) map[string]Doc {
	t.Helper()
	docs := map[string]Doc{}
	page, err := s.Scan(context.Background(), table, "", storage.MaxPage)
	if err != nil || page.Next != "" {
		t.Fatalf("scan %s: got %v and more at %q, want one page", table, err, page.Next)
	}
	for _, r := range page.Records {
		var doc Doc
		if err := json.Unmarshal(r.Doc, &doc); err != nil {
			t.Fatal(err)
		}
		docs[r.Key.Partition] = doc
	}
	return docs
}

// auditClaims fails the test unless every claim has one living owner, and every
// living profile its claims.
func auditClaims(t *testing.T, profiles map[string]profileDoc, claims map[string]struct{ UserID string }) {
	t.Helper()
	for id, p := range profiles {
		if p.Deleted && p.Email+p.Username+p.Name != "" {
			t.Errorf("deleted profile %s: got %+v, want nothing personal", id, p)
		}
		for field, value := range map[string]string{"email": p.Email, "username": p.Username} {
			if value == "" {
				continue
			}
			sum := sha256.Sum256([]byte(identity.Fold(value)))
			key := field + "#" + base64.RawURLEncoding.EncodeToString(sum[:])
			if owner := claims[key].UserID; owner != id {
				t.Errorf("the claim on the %s of %s: got owner %q, want it", field, id, owner)
			}
			delete(claims, key)
		}
	}
	for key, claim := range claims {
		t.Errorf("claim %s of %s: its profile doesn't have it", key, claim.UserID)
	}
}
