package user

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"comanda/storage"
)

// shuffled does one of the changes to one of two profiles, with claims that
// several want.
func (r registry) shuffled(dice *rand.Rand) (Profile, error) {
	id := fmt.Sprintf("u-%d", dice.IntN(2))
	c := spellings[dice.IntN(len(spellings))]
	if dice.IntN(2) == 0 {
		c.Email = fmt.Sprintf("%d@example.com", dice.IntN(2))
	}
	if dice.IntN(3) == 0 {
		c.Username = ""
	}
	switch dice.IntN(5) {
	case 0, 1:
		return r.Put(background, id, c, nil)
	case 2, 3:
		return r.Patch(background, id, Patch{Email: &c.Email, Username: &c.Username}, nil)
	default:
		return Profile{}, r.Delete(background, id, nil)
	}
}

func TestConcurrentChangesOfProfilesLeaveEveryClaimWithItsOwner(t *testing.T) {
	r := newRegistry(t)
	seen := map[string]int{}
	for round := range 12 {
		answers := make([]Profile, 8)
		errs := together(len(answers), func(i int) (err error) {
			answers[i], err = r.shuffled(rand.New(rand.NewPCG(uint64(round), uint64(i))))
			return err
		})
		versions := map[string]Content{}
		for i, err := range errs {
			var taken *TakenError
			switch {
			case err == nil && answers[i].ID == "":
				seen["deleted"]++
			case err == nil:
				seen["changed"]++
				r.wantOneContent(versions, answers[i])
			case errors.As(err, &taken):
				seen["taken"]++
			case errors.Is(err, ErrNotFound):
				seen["missing"]++
			case !errors.Is(err, storage.ErrContended):
				t.Errorf("round %d: got %v", round, err)
			}
		}
		r.audit()
	}
	for _, outcome := range []string{"deleted", "changed", "taken", "missing"} {
		if seen[outcome] == 0 {
			t.Errorf("got no %s among %v, want some: the rounds prove too little", outcome, seen)
		}
	}
}

// wantOneContent fails the test if two answers of one round show different
// contents for one version of a profile: one of the changes was lost then.
func (r registry) wantOneContent(versions map[string]Content, p Profile) {
	r.t.Helper()
	version := fmt.Sprintf("%s version %d", p.ID, p.Version)
	if other, ok := versions[version]; ok && other != p.Content {
		r.t.Errorf("%s: got both %+v and %+v", version, other, p.Content)
	}
	versions[version] = p.Content
}

func TestNoneOfManyPatchesOfOneProfileIsLost(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", bea)
	const writers = 16
	var fields = []func(p *Patch, s *string){
		func(p *Patch, s *string) { p.Name = s },
		func(p *Patch, s *string) { p.Username = s },
		func(p *Patch, s *string) { p.Address = s },
	}
	stored := make([]Profile, writers)
	errs := together(writers, func(i int) (err error) {
		var patch Patch
		text := fmt.Sprintf("text-%d", i)
		fields[i%len(fields)](&patch, &text)
		stored[i], err = r.Patch(background, "u-1", patch, nil)
		return err
	})
	changes, seen := 0, map[int]bool{}
	for i, err := range errs {
		if errors.Is(err, storage.ErrContended) {
			continue
		}
		if err != nil || seen[stored[i].Version] {
			t.Errorf("writer %d: got version %d, %v, want a version of its own", i, stored[i].Version, err)
		}
		seen[stored[i].Version] = true
		changes++
	}
	p, err := r.Get(background, "u-1")
	if err != nil || p.Version != 1+changes {
		t.Errorf("got version %d, %v, want %d: one more for every answer", p.Version, err, 1+changes)
	}
}

func TestOneOfManyChangesOfOneVersionIsMade(t *testing.T) {
	r := newRegistry(t)
	r.put("u-1", bea)
	errs := together(16, func(i int) error {
		switch c := (Content{Name: fmt.Sprint(i), Email: fmt.Sprintf("%d@example.com", i)}); i % 3 {
		case 0:
			return r.Delete(background, "u-1", []int{1})
		case 1:
			_, err := r.Put(background, "u-1", c, []int{1})
			return err
		default:
			_, err := r.Patch(background, "u-1", Patch{Email: &c.Email}, []int{1})
			return err
		}
	})
	made := 0
	for i, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, ErrPrecondition) && (i%3 != 2 || !errors.Is(err, ErrNotFound)):
			t.Errorf("writer %d: got %v, want %v", i, err, ErrPrecondition)
		}
	}
	if made != 1 {
		t.Errorf("got %d changes of version 1, want one", made)
	}
}
