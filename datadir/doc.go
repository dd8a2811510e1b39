// Package datadir is the directory in which one installation keeps everything:
//
//	comanda.db      the store (with its -wal and -shm files beside it)
//	keys.json       names and secrets made at the first start, 0600
//	lock            held by the process that serves the directory
//	server.json     where that process answers, while it runs
//	admin-password  the first administrator's password, if there was no terminal to show it on, 0600
//
// Store and keys are what a backup needs; the rest belongs to one process or one
// moment. A [Staging] is such a directory until it has its name.
//
// The directory is 0700. One process at a time serves it; commands find that
// process through server.json and talk to it instead of opening the store.
package datadir
