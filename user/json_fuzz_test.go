package user

import (
	"testing"
	"unicode/utf8"

	"comanda/payload"
)

// FuzzUserJSON holds for any bytes: they are refused with a reason, or they are
// a profile that keeps the limits and can be stored, read back, shown and sent again.
func FuzzUserJSON(f *testing.F) {
	f.Add([]byte(`{"userid":"u-1","name":"Ana","username":"ana","email":"ana@example.com","address":"1 Quay Street"}`))
	f.Add([]byte(`{"name":"<b>\u2028\u0000\ud83c\udf72\"\\","email":"\u00e9@b","address":"\n"}`))
	f.Add([]byte(`{"name":"Ana","name":"Bea"}`))
	f.Add([]byte(`{"name":null,"username":null,"email":null,"address":null}`))
	f.Add([]byte(`{"Name":"Ana","email":"a@b\u0000"}`))
	f.Add([]byte("{\"name\":\"\xff\"}"))
	f.Add([]byte(`{"name":"\ud800"}`))
	f.Add([]byte(`[{}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fuzzPatch(t, string(body))
		c, violations := read(string(body), ReadCreation)
		if violations != nil {
			return
		}
		if c.ID == "" {
			c.ID = "u-1"
		}
		fuzzLimits(t, c)
		p := Profile{ID: c.ID, Content: c.Content, CreatedAt: noon, UpdatedAt: noon, Version: 1}
		r, err := encode(p)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		back, err := decode(*r)
		if err != nil {
			t.Fatalf("decode %s: %v", r.Doc, err)
		}
		wantSame(t, "decoded", p, back)
		answer, err := back.Render()
		if err != nil {
			t.Fatalf("render: %v", err)
		}
		again, violations := read(string(answer), ReadCreation)
		if violations != nil || again != c {
			t.Errorf("the answer %s read as a creation: got %+v, %q, want %+v", answer, again, violations, c)
		}
	})
}

func fuzzLimits(t *testing.T, c Creation) {
	for _, tc := range []struct {
		field, text string
		least, most int
	}{
		{"userid", c.ID, 1, MaxID}, {"name", c.Content.Name, 1, MaxName}, {"username", c.Content.Username, 0, MaxUsername},
		{"email", c.Content.Email, 0, 254}, {"address", c.Content.Address, 0, MaxAddress},
	} {
		if n := utf8.RuneCountInString(tc.text); n < tc.least || n > tc.most {
			t.Errorf("%s: got %d characters, want %d to %d", tc.field, n, tc.least, tc.most)
		}
	}
}

// fuzzPatch holds patches to the same limits, whatever they are applied to.
func fuzzPatch(t *testing.T, body string) {
	var report payload.Report
	v := payload.Parse([]byte(body), &report)
	if v == nil {
		return
	}
	if patch := ReadPatch(v); report.Err() == nil {
		fuzzLimits(t, Creation{ID: "u-1", Content: patch.apply(ana)})
	}
}
