package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"comanda/pool"
	"comanda/sqlite"
)

const (
	floodConnections = 140
	floodSource      = "203.0.113.7"
	otherSignIns     = 50  // from as many sources
	ownSignIns       = 200 // from the source of the flood
	calmPlacements   = 600 // measured with and without the flood
	placingEvery     = 10 * time.Millisecond
)

// floodTrial measures what one client that floods the sign-in does to others: 140
// connections of one source send every unsigned operation, as fast as they are answered.
// Meanwhile 50 people sign in from elsewhere, orders are placed, and 200 people sign in
// from the flooding source itself. A sign-in from elsewhere that fails, and an account
// that is locked out afterwards, are errors.
func floodTrial(ctx context.Context, l *lab) (figures, error) {
	dir, err := l.temporary("flood")
	if err != nil {
		return nil, err
	}
	program := l.comanda
	program.args = func(address, dir string) []string {
		return []string{"serve", "--listen", address, "--data", dir, "--behind-proxy", "127.0.0.1/32"}
	}
	first, err := l.start(ctx, program, dir)
	if err == nil {
		err = first.stop()
	}
	if err != nil {
		return nil, err
	}
	f := &fixture{dir: dir, path: "/orders"}
	token, client, err := f.accounts(ctx)
	if err != nil {
		return nil, err
	}
	tokens := filepath.Join(l.dir, "flood-tokens")
	if err := os.WriteFile(tokens, []byte(token+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write the token: %w", err)
	}
	var out figures
	err = l.with(ctx, program, dir, func(s *server) (err error) {
		loaded := func() (figures, error) {
			w, err := l.wrkPlace(ctx, s, few, l.options.seconds, tokens, f.path)
			return rated(w), errors.Join(err, w.check())
		}
		out, err = (&flood{base: "http://" + s.address, client: client, token: token, loaded: loaded}).measure(ctx)
		return err
	})
	return out, errors.Join(err, f.remove())
}

// accounts makes the people of the trial, with passwords that cost what they cost
// everywhere, and returns a token of one of them and the client's id.
func (f *fixture) accounts(ctx context.Context) (token, client string, err error) {
	err = f.inStore(ctx, func(store *sqlite.Store, keys pool.Keys) error {
		client = keys.ClientID
		users, err := pool.New(ctx, pool.Config{Store: store, Keys: keys, TokenTTL: time.Hour})
		if err != nil {
			return err
		}
		for i := range otherSignIns + ownSignIns {
			if _, token, err = signUp(ctx, users, "person-"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return token, client, err
}

// flood is a server with people and one who floods it.
type flood struct {
	base, client, token string
	loaded              func() (figures, error) // places orders at full speed
}

func (f *flood) measure(ctx context.Context) (figures, error) {
	calm, err := f.place(ctx)
	if err != nil {
		return nil, err
	}
	calmLoad, err := f.loaded()
	if err != nil {
		return nil, err
	}
	flooding, end := context.WithCancel(ctx)
	defer end()
	var crowd sync.WaitGroup
	for i := range floodConnections {
		crowd.Go(func() { f.harass(flooding, i) })
	}
	defer crowd.Wait()
	defer end()
	beside, err := f.place(ctx)
	if err != nil {
		return nil, err
	}
	besideLoad, err := f.loaded()
	if err != nil {
		return nil, err
	}
	others, err := f.signInFromElsewhere(ctx)
	if err != nil {
		return nil, err
	}
	own, err := f.signInFromThere(ctx)
	if err != nil {
		return nil, err
	}
	end()
	crowd.Wait()
	if err := f.allMaySignIn(ctx); err != nil {
		return nil, err
	}
	return figures{
		"elsewhere": {percentile(others, 99)}, "own": {own.Seconds()},
		"calm": {percentile(calm, 99)}, "beside": {percentile(beside, 99)}, "slower": {percentile(beside, 99) / percentile(calm, 99)},
		"slower-64": ratios(besideLoad["p99"], calmLoad["p99"]), "beside-64": besideLoad["p99"],
	}, nil
}

// harass sends unsigned operations, one after the other, on one connection.
func (f *flood) harass(ctx context.Context, n int) {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	name := func(i int) string { return fmt.Sprintf("made-up-%d-%d", n, i) }
	for i := n; ctx.Err() == nil; i++ {
		op, in := f.unsigned(i, name(i))
		// What becomes of it doesn't matter to the flooding client.
		_, _, _ = f.call(ctx, client, floodSource, op, in)
	}
}

// unsigned returns one of the operations that need no token.
func (f *flood) unsigned(i int, name string) (string, map[string]any) {
	named := func(more map[string]any) map[string]any {
		in := map[string]any{"ClientId": f.client, "Username": name}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	auth := func(flow string, parameters map[string]string) map[string]any {
		return map[string]any{"ClientId": f.client, "AuthFlow": flow, "AuthParameters": parameters}
	}
	switch i % 10 {
	case 0:
		return "SignUp", named(map[string]any{"Password": password, "UserAttributes": []map[string]string{{"Name": "email", "Value": name + "@example.com"}}})
	case 1:
		return "ConfirmSignUp", named(map[string]any{"ConfirmationCode": "123456"})
	case 2:
		return "ResendConfirmationCode", named(nil)
	case 3:
		return "ForgotPassword", named(nil)
	case 4:
		return "ConfirmForgotPassword", named(map[string]any{"ConfirmationCode": "123456", "Password": password})
	case 5:
		return "RevokeToken", map[string]any{"ClientId": f.client, "Token": strings.Repeat("A", 86)}
	case 6:
		return "GetUser", map[string]any{"AccessToken": "a.b.c"}
	case 7:
		return "InitiateAuth", auth("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": strings.Repeat("A", 86)})
	case 8:
		return "InitiateAuth", auth("USER_SRP_AUTH", map[string]string{"USERNAME": name, "SRP_A": strings.Repeat("7", 767)})
	}
	return "InitiateAuth", auth("USER_PASSWORD_AUTH", map[string]string{"USERNAME": name, "PASSWORD": password})
}

// errRefused is a refusal that says to try again.
var errRefused = errors.New("TooManyRequestsException")

// call sends one operation from a source and returns the answer's status and text.
func (f *flood) call(ctx context.Context, client *http.Client, source, operation string, in map[string]any) (int, []byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.base+"/", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	r.Header.Set("X-Forwarded-For", source)
	resp, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, text, errors.Join(err, resp.Body.Close())
}

// signIn signs a person in from a source.
func (f *flood) signIn(ctx context.Context, source string, person int) error {
	status, text, err := f.call(ctx, http.DefaultClient, source, "InitiateAuth", map[string]any{
		"ClientId": f.client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": "person-" + strconv.Itoa(person), "PASSWORD": password},
	})
	switch {
	case err != nil:
		return err
	case status == http.StatusOK:
		return nil
	case bytes.Contains(text, []byte("TooManyRequestsException")):
		return errRefused
	}
	return fmt.Errorf("sign in: status %d: %.200s", status, text)
}

// signInFromElsewhere signs people in at once, each from a source of its own and
// once, and returns how long it took in milliseconds.
func (f *flood) signInFromElsewhere(ctx context.Context) ([]float64, error) {
	var took []float64
	for i := range otherSignIns {
		begin := time.Now()
		if err := f.signIn(ctx, fmt.Sprintf("198.51.100.%d", i), i); err != nil {
			return nil, fmt.Errorf("from another source: %w", err)
		}
		took = append(took, inMilliseconds(time.Since(begin)))
	}
	return took, nil
}

// signInFromThere signs the others in from the flooding source, eight at a time, each as
// often as it takes, as SDKs do. It returns how long all took.
func (f *flood) signInFromThere(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	people := make(chan int)
	errs := make(chan error, 8)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for person := range people {
				err := errRefused
				for errors.Is(err, errRefused) {
					err = f.signIn(ctx, floodSource, person)
				}
				if err != nil {
					errs <- fmt.Errorf("from the source of the flood: %w", err)
					return
				}
			}
		})
	}
	var err error
	for i := range ownSignIns {
		select {
		case people <- otherSignIns + i:
			continue
		case err = <-errs:
		}
		break
	}
	close(people)
	workers.Wait()
	return time.Since(begin), err
}

// allMaySignIn signs everybody in when the flood is over.
func (f *flood) allMaySignIn(ctx context.Context) error {
	for i := range otherSignIns + ownSignIns {
		if err := f.signIn(ctx, fmt.Sprintf("192.0.2.%d", i), i); err != nil {
			return fmt.Errorf("after the flood: %w", err)
		}
	}
	return nil
}

// place places orders at a steady pace and returns how long each took in milliseconds,
// from when it was due.
func (f *flood) place(ctx context.Context) ([]float64, error) {
	took := make([]float64, calmPlacements)
	errs := make([]error, calmPlacements)
	begin := time.Now()
	var orders sync.WaitGroup
	for i := range calmPlacements {
		due := begin.Add(time.Duration(i) * placingEvery)
		time.Sleep(time.Until(due))
		orders.Go(func() {
			errs[i] = f.placeOne(ctx)
			took[i] = inMilliseconds(time.Since(due))
		})
	}
	orders.Wait()
	return took, errors.Join(errs...)
}

func (f *flood) placeOne(ctx context.Context) error {
	body := bytes.ReplaceAll(orderBody, []byte("ORDER_ID"), []byte("flood-"+strconv.FormatInt(time.Now().UnixNano(), 36)))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, f.base+"/orders", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", f.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("place an order: status %d: %.200s", resp.StatusCode, text)
	}
	return err
}
