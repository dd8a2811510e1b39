package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// What is read of a directory decides where passwords go and what signs tokens.
// So nothing is taken from a directory or a file that another user than its own and
// root could have put there, and nothing through a link.
var (
	// ErrOwner says that a directory, or a file in it, belongs to another user.
	ErrOwner = errors.New("belongs to another user")

	// ErrShared says that other users may write to a directory or a file, or look into
	// a directory that names a server.
	ErrShared = errors.New("is open to other users")

	// ErrLink says that a file of ours is a link, or no file at all.
	ErrLink = errors.New("isn't a file of its own")
)

const (
	anyAccess   fs.FileMode = 0o077 // of group and others
	writeAccess fs.FileMode = 0o022
)

// effective returns who this process acts as. Tests set it.
var effective = os.Geteuid

// checkOwner refuses what belongs to another user. Every user may use what is root's, but
// root uses root's alone: the owner of a directory could lead root anywhere.
func checkOwner(info fs.FileInfo) error {
	owner, known := ownerOf(info)
	me := effective()
	if !known || owner == me || owner == 0 {
		return nil
	}
	remedy := "choose another with --data, or ask its owner"
	if me == 0 {
		remedy = "run this as its owner, sudo -u " + userName(owner) + " comanda …, or choose another with --data"
	}
	return fmt.Errorf("%w: %s (uid %d), and this runs as %s (uid %d): %s", ErrOwner, userName(owner), owner, userName(me), me, remedy)
}

func userName(id int) string {
	u, err := user.LookupId(strconv.Itoa(id))
	if err != nil {
		return "'#" + strconv.Itoa(id) + "'" // as sudo takes it, for a shell
	}
	return u.Username
}

// checkMode refuses access of others to what info describes.
func checkMode(info fs.FileInfo, refused fs.FileMode, remedy string) error {
	if !modesCount || info.Mode().Perm()&refused == 0 {
		return nil
	}
	return fmt.Errorf("%w, its mode is %v: look at what is in it, and then: chmod %s", ErrShared, info.Mode(), remedy)
}

// checkDirectory refuses a directory that another user owns, or that others may
// change.
func checkDirectory(info fs.FileInfo, path string) error {
	if err := checkOwner(info); err != nil {
		return err
	}
	return checkMode(info, writeAccess, "700 "+path)
}

// checkFile refuses a file that is a link or another user's.
func checkFile(info fs.FileInfo) error {
	var err error
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		err = fmt.Errorf("%w but a link: put the file itself there", ErrLink)
	case !mode.IsRegular():
		err = fmt.Errorf("%w, its mode is %v: remove it", ErrLink, mode)
	default:
		err = checkOwner(info)
	}
	return named(info, err)
}

// named says which file an error is about.
func named(info fs.FileInfo, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", info.Name(), err)
}

// checkFiles checks the files of ours that are in a directory, so that whatever
// opens them afterwards is led nowhere else.
func checkFiles(dir string) error {
	for _, name := range []string{storeFile, storeFile + "-wal", storeFile + "-shm", storeFile + "-journal", keysFile, lockFile, serverFile, passwordFile} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = checkFile(info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens a file of ours for reading, following no link.
func open(path string) (f *os.File, err error) {
	info, err := os.Lstat(path)
	if err == nil {
		err = checkFile(info)
	}
	if err != nil {
		return nil, err
	}
	if f, err = os.OpenFile(path, os.O_RDONLY|noFollow, 0); err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil { // again, because the name may have another file by now
		err = checkFile(info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
