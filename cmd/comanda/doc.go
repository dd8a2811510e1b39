// Comanda takes orders. This program is the server and its command line.
//
//	comanda serve                      take orders on this machine
//	eval "$(comanda env)"              point the AWS CLI, SDKs and comanda at it
//	comanda users add --username ana   create a user
//	comanda token --username ana       sign in, print the ID token
//	comanda orders place --example     place an order
//	comanda webhooks add https://…     tell another system what happens to orders
//	comanda listen --forward-to URL    send it to a program of your own
//	comanda status                     say what runs, and how it does
//	comanda backup DIRECTORY           copy the data directory while it is served
//	comanda reports show               the rankings, and how the orders stand
//	comanda feed dead                  changes that no consumer could use
//	comanda copy --from … --to …       move to DynamoDB, or back
//	comanda tables create --to …       make the tables there
//	comanda keys rotate                sign tokens with a new key
//	comanda version                    say which release this is
//
// The exit code is 0 when a command has done its work, 1 when it failed, and 2
// when it was used wrongly or a setting is bad. comanda env -- COMMAND exits with
// the code of COMMAND.
//
// Every setting is a flag, or an environment variable (--log-level is
// COMANDA_LOG_LEVEL), or has a default, in this order.
//
// # How commands reach the server
//
// serve locks its data directory and leaves its address there. Commands that
// administer it read the address and the key pair from the directory, have whatever answers
// prove that it has the directory's key, and speak the same signed protocol as the AWS CLI. When
// no process serves the directory, they do the same in their own process, without a
// socket. Commands about orders are
// clients of the public HTTP API and need a token only. Backups and checks read the
// database beside the server, at one moment of their own.
//
// What is here are commands, flags, and tables for people. What they do is in the rooms
// engine, installation, administration and relocation.
package main
