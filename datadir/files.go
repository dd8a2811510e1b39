package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Server says where the process that serves a directory answers.
type Server struct {
	URL string `json:"url"` // http://127.0.0.1:8080
	PID int    `json:"pid"`

	// Certificate is the one that the server shows, in DER, if it does TLS: the
	// address above is hardly ever a name in it.
	Certificate []byte `json:"certificate,omitempty"`

	// Previous is the certificate before, which the server may show for a moment more.
	Previous []byte `json:"previousCertificate,omitempty"`
}

// Keys reads keys.json into keys. When there is none yet, which a directory
// with a store never is ([ErrKeysLost]), it saves what makeNew returns first.
func (d *Dir) Keys(keys any, makeNew func() (any, error)) error {
	err := readJSON(d.file(keysFile), keys)
	if !errors.Is(err, fs.ErrNotExist) {
		return d.explain(err)
	}
	if _, err := os.Stat(d.StorePath()); err == nil {
		return d.explain(ErrKeysLost)
	}
	made, err := makeNew()
	if err != nil {
		return d.explain(err)
	}
	if err := d.SaveKeys(made); err != nil {
		return err
	}
	return d.explain(readJSON(d.file(keysFile), keys))
}

// SaveKeys replaces keys.json, durably and as a whole.
func (d *Dir) SaveKeys(keys any) error { return d.explain(d.writeJSON(keysFile, keys)) }

// ReplaceKeys is SaveKeys for a directory that another process serves, and that
// has keys. That process has to be told.
func ReplaceKeys(path string, keys any) error { return (&Dir{path: path}).SaveKeys(keys) }

// Announce tells commands where this process answers.
func (d *Dir) Announce(s Server) error { return d.explain(d.writeJSON(serverFile, s)) }

// SavePassword leaves the first administrator's password in a file of its own
// and returns its path.
func (d *Dir) SavePassword(password string) (string, error) {
	return d.file(passwordFile), d.explain(d.write(passwordFile, []byte(password+"\n")))
}

func (d *Dir) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("data directory %s: %w", d.path, plain(err))
}

// ReadKeys reads the keys of a directory that a process may be serving. Without
// one it is [ErrAbsent]. It is [ErrOwner], [ErrShared] or [ErrLink] when another user
// could have put them there.
func ReadKeys(path string, keys any) error {
	_, err := read(path, keysFile, keys)
	return err
}

// ReadServer returns where the process that serves a directory answers. When
// none does it is [ErrAbsent]. Because passwords and signatures go there, no other user
// may even look into the directory, as into none that is served; the other
// errors are those of [ReadKeys].
func ReadServer(path string) (Server, error) {
	var s Server
	dir, err := read(path, serverFile, &s)
	if err == nil {
		err = (&Dir{path: path}).explain(checkMode(dir, anyAccess, "700 "+path))
	}
	return s, err
}

// read reads a file of a directory that this process doesn't lock.
func read(path, name string, into any) (dir fs.FileInfo, err error) {
	if dir, err = os.Stat(path); err == nil {
		err = checkDirectory(dir, path)
	}
	if err == nil {
		err = readJSON(filepath.Join(path, name), into)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrAbsent
	}
	return dir, (&Dir{path: path}).explain(err)
}

// readFile reads a file of ours that others may not change, following no link.
func readFile(path string) (data []byte, err error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err == nil {
		err = named(info, checkMode(info, writeAccess, "600 "+path))
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}

func readJSON(path string, into any) error {
	data, err := readFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s is damaged: %w", filepath.Base(path), err)
	}
	return nil
}

func (d *Dir) writeJSON(name string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return d.write(name, append(data, '\n'))
}

// write replaces a file so that a crash leaves the old one or the new one: a
// synced temporary file is renamed over it, and then the directory is synced.
func (d *Dir) write(name string, data []byte) (err error) {
	f, err := os.CreateTemp(d.path, "."+name+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), d.file(name)); err != nil {
		return err
	}
	return syncDirectory(d.path)
}
