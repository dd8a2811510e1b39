// Command customers places and reads orders at a server for as long as its standard input is open, and
// then says how many requests there were and how many failed: customers URL CAFILE NAME.
//
// Half of the customers keep their connections, as programs do, and half of them make
// one for each request. The token comes from COMANDA_TOKEN. No request is repeated here;
// the first failures are shown on standard error. While it runs, it prints a line with each
// certificate that it meets for the first time.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	many  = 8                // customers at once
	shown = 5                // failures that are told
	limit = 20 * time.Second // that a request may take
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: customers URL CAFILE NAME <PIPE")
		os.Exit(2)
	}
	roots, err := os.ReadFile(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "customers:", err)
		os.Exit(2)
	}
	c := &crowd{url: os.Args[1], name: os.Args[3], token: os.Getenv("COMANDA_TOKEN"), roots: x509.NewCertPool()}
	c.roots.AppendCertsFromPEM(roots)
	var running sync.WaitGroup
	for i := range many {
		running.Go(func() { c.shop(i) })
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // its end is the end, however it comes
	c.closing.Store(true)
	running.Wait()
	fmt.Printf("%d requests, %d failures, %d connections, %d certificates\n", c.requests.Load(), c.failures.Load(), c.connections.Load(), c.certificates.Load())
	if c.failures.Load() > 0 || c.requests.Load() == 0 {
		os.Exit(1)
	}
}

// crowd is all customers, and what became of their requests.
type crowd struct {
	url, name, token string
	roots            *x509.CertPool
	closing          atomic.Bool

	requests, failures, connections, certificates atomic.Int64
	met                                           sync.Map // serial numbers of certificates
}

// shop is one customer's work: place an order, read it, list.
func (c *crowd) shop(number int) {
	client := &http.Client{Timeout: limit, Transport: &http.Transport{
		DisableKeepAlives: number%2 == 0, ForceAttemptHTTP2: number%4 == 1, MaxIdleConnsPerHost: 1,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots, VerifyConnection: c.meet},
	}}
	for n := 0; !c.closing.Load(); n++ {
		id := fmt.Sprintf("%s-%d-%d", c.name, number, n)
		body := `{"orderId": "` + id + `", "restaurantId": 1, "orderItems": [{"id": 1, "name": "Spaghetti", "price": 9.99}], "totalAmount": 9.99}`
		c.ask(client, http.MethodPost, "/orders", id, body)
		c.ask(client, http.MethodGet, "/orders/"+id, "", "")
		c.ask(client, http.MethodGet, "/orders?limit=5", "", "")
	}
}

// meet counts a connection and its certificate.
func (c *crowd) meet(s tls.ConnectionState) error {
	c.connections.Add(1)
	serial := s.PeerCertificates[0].SerialNumber.String()
	if _, known := c.met.LoadOrStore(serial, true); !known {
		c.certificates.Add(1)
		fmt.Println("certificate", serial)
	}
	return nil
}

// ask sends a request. Its key tells the client that it may be sent again on another
// connection when the one that it was on is closed before there is an answer.
func (c *crowd) ask(client *http.Client, method, path, key, body string) {
	err := c.try(client, method, path, key, body)
	c.requests.Add(1)
	if err != nil && c.failures.Add(1) <= shown {
		fmt.Fprintf(os.Stderr, "customers: %s %s: %v\n", method, path, err)
	}
}

func (c *crowd) try(client *http.Client, method, path, key, body string) error {
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body)) //nolint:noctx // the client has a time limit
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", c.token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s", resp.Status, text)
	}
	return err
}
