package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// ceilingCommand makes this binary the ceiling: bench ceiling HOST:PORT FILE.
const ceilingCommand = "ceiling"

// serveCeiling serves the least that can be called the same: the body is read,
// and the answer is always the one in the file. It returns only with an error.
func serveCeiling(address, file string) error {
	answer, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the answer of the ceiling: %w", err)
	}
	return http.ListenAndServe(address, ceilingHandler(answer)) //nolint:gosec // without time limits on purpose: the plainest server, on the loopback address
}

func ceilingHandler(answer []byte) http.Handler {
	size := strconv.Itoa(len(answer))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "the body broke off", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", size)
		if _, err := w.Write(answer); err != nil { //nolint:gosec // the answer is a file of ours
			return // the client has gone, and net/http closes the connection
		}
	})
}
