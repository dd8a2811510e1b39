// Package installation is one installation of the program: a data directory with
// its keys, the place of its records, the server that has it, and its backups.
//
// [Open] makes a server of a directory, which it locks. [Find] finds the one that
// runs, and trusts an address only as far as what answers there can show that it
// has the directory's key. [Connect] gives a command the user pool of a directory, whichever process has
// it: the server that runs, or a server in the command's own process.
// [Backup], [Restore] and [Check] work on the files, beside a server if need be.
package installation
