//go:build unix

package datadir

import (
	"io/fs"
	"syscall"
)

const (
	noFollow   = syscall.O_NOFOLLOW // a link is opened as an error
	modesCount = true
)

// ownerOf returns who owns a file.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Uid), true
}
