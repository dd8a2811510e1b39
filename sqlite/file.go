package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// ApplicationID marks our files in SQLite's header, as PRAGMA application_id and
// file(1) show it: the letters "Cmda".
const ApplicationID = 0x436d6461

const (
	headerMagic = "SQLite format 3\x00"
	headerSize  = 100
	headerAppID = 68 // offset, https://www.sqlite.org/fileformat.html section 1.3
)

// prepareFile makes sure that path is ours before SQLite touches it, and
// creates an empty file, readable by its owner only, when there is none. Its name is
// durable before anything in it is: SQLite syncs the directory together with its first journal.
func prepareFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w: check the directory and its permissions", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = checkHeader(f)
	return err
}

// inspectFile returns the length of a file of ours.
func inspectFile(path string) (length int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	empty, err := checkHeader(f)
	if err != nil {
		return 0, err
	}
	if empty {
		return 0, fmt.Errorf("%w: the file is empty; %s", ErrDamaged, remedy)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// checkHeader refuses a file that isn't ours, unless nothing is in it.
func checkHeader(f io.Reader) (empty bool, err error) {
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	switch magic := header[:min(n, len(headerMagic))]; {
	case errors.Is(err, io.EOF):
		return true, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return false, fmt.Errorf("%w: check the disk", err)
	case !strings.HasPrefix(headerMagic, string(magic)):
		return false, fmt.Errorf("%w: it isn't a SQLite file; give another path", ErrForeign)
	case err != nil:
		return false, fmt.Errorf("%w: the file ends within its header; %s", ErrDamaged, remedy)
	}
	if id := binary.BigEndian.Uint32(header[headerAppID:]); id != ApplicationID {
		return false, fmt.Errorf("%w: its application_id is %#x instead of %#x; give another path", ErrForeign, id, ApplicationID)
	}
	return false, nil
}

// The sources are the connection strings of the three kinds of connections. How
// long they wait for a lock of another process is in milliseconds. Automatic
// checkpoints are off on all of them: see checkpointer. The log is cut back to
// journal_size_limit bytes, more than its ordinary length, because overwriting
// it is cheaper than extending it again.
func writerSource(path string) string {
	return source(path, "rw", "busy_timeout(1000)", "synchronous(FULL)", "wal_autocheckpoint(0)",
		"cache_size(-16384)", "journal_size_limit(167772160)", "secure_delete(FAST)")
}

func checkpointSource(path string) string {
	return source(path, "rw", "busy_timeout(50)", "synchronous(FULL)", "wal_autocheckpoint(0)")
}

func readerSource(path string) string {
	return source(path, "ro", "busy_timeout(1000)", "query_only(1)", "wal_autocheckpoint(0)", "cache_size(-8192)")
}

// backupSource is a reader's that may fill another file.
func backupSource(path string) string {
	return source(path, "ro", "busy_timeout(10000)", "wal_autocheckpoint(0)", "cache_size(-16384)")
}

func source(path, mode string, pragmas ...string) string {
	q := url.Values{"mode": {mode}, "_pragma": pragmas, "_dqs": {"0"}, "_error_rc": {"1"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}
