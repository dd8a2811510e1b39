package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// ApplicationID marks our files in SQLite's header, as PRAGMA application_id and
// file(1) show it: the letters "Cmda".
const ApplicationID = 0x436d6461

const (
	headerMagic   = "SQLite format 3\x00"
	headerSize    = 100
	headerAppID   = 68 // offset, https://www.sqlite.org/fileformat.html section 1.3
	writerTimeout = 1000
	readerTimeout = 1000
	passTimeout   = 50
)

// prepareFile makes sure that path is ours before SQLite touches it, and
// creates an empty file, readable by its owner only, when there is none. It
// reports whether the file is empty.
func prepareFile(path string) (empty bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, fmt.Errorf("%w: check the directory and its permissions", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	header := make([]byte, headerSize)
	switch n, err := io.ReadFull(f, header); {
	case errors.Is(err, io.EOF):
		return true, syncDirectory(filepath.Dir(path))
	case errors.Is(err, io.ErrUnexpectedEOF) && !strings.HasPrefix(headerMagic, string(header[:min(n, len(headerMagic))])):
		return false, fmt.Errorf("%w: it isn't a SQLite file; give another path", ErrForeign)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return false, fmt.Errorf("%w: the file ends within its header; restore a backup", ErrDamaged)
	case err != nil:
		return false, fmt.Errorf("%w: check the disk", err)
	}
	if string(header[:len(headerMagic)]) != headerMagic {
		return false, fmt.Errorf("%w: it isn't a SQLite file; give another path", ErrForeign)
	}
	if id := binary.BigEndian.Uint32(header[headerAppID:]); id != ApplicationID {
		return false, fmt.Errorf("%w: its application_id is %#x instead of %#x; give another path", ErrForeign, id, ApplicationID)
	}
	return false, nil
}

// syncDirectory makes a new file's name durable.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: check the directory and its permissions", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// The sources are the connection strings of the three kinds of connections.
// Automatic checkpoints are off on all of them: see checkpointer.
func writerSource(path string) string {
	return source(path, "rw", fmt.Sprintf("busy_timeout(%d)", writerTimeout), "synchronous(FULL)", "wal_autocheckpoint(0)",
		"cache_size(-16384)", "journal_size_limit(167772160)")
}

func checkpointSource(path string) string {
	return source(path, "rw", fmt.Sprintf("busy_timeout(%d)", passTimeout), "synchronous(FULL)", "wal_autocheckpoint(0)")
}

func readerSource(path string) string {
	return source(path, "ro", fmt.Sprintf("busy_timeout(%d)", readerTimeout), "query_only(1)", "wal_autocheckpoint(0)", "cache_size(-8192)")
}

func source(path, mode string, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_pragma": pragmas, "_dqs": {"0"}, "_error_rc": {"1"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
