// Command zip packs one program for AWS Lambda: zip PROGRAM ARCHIVE. The same
// program gives the same archive: no time of today, no owners, no names but its own.
package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: zip PROGRAM ARCHIVE")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

// pack writes the archive beside its place first, so that a build that was cut
// off leaves none.
func pack(program, archive string) (err error) {
	in, err := os.Open(program)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := os.CreateTemp(filepath.Dir(archive), filepath.Base(archive)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	if err := errors.Join(write(out, in, filepath.Base(program)), out.Chmod(0o644), out.Close()); err != nil {
		return fmt.Errorf("write %s: %w", archive, err)
	}
	return os.Rename(out.Name(), archive)
}

func write(out io.Writer, program io.Reader, name string) error {
	z := zip.NewWriter(out)
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)} // the first day of the format
	header.SetMode(0o755)
	entry, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, program); err != nil {
		return err
	}
	return z.Close()
}
