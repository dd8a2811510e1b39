// Command bench measures the built program from outside, against the budgets
// that it promises, and prints one Markdown table.
//
//	go run ./bench                     about fifteen minutes
//	go run ./bench -quick              a smoke run of about a minute, whose figures mean little
//	go run ./bench -rows 'place|get'   only what matches
//
// It needs wrk (apt-get install wrk) and, for the comparison, PocketBase, which
// is a module of its own in the folder pocketbase and is fetched when it is built.
//
// # How it measures
//
// The machine's speed differs from minute to minute, so what counts are ratios
// between trials of the same run. A [trial] is one short measurement. Every round
// makes all of them once, in turn, and every other round in reverse; a ratio is
// made of two trials of the same round; the table shows the median of the rounds
// and, in parentheses, the least and the greatest. Between trials the disk is
// flushed.
//
// One script makes the requests of every server (load.lua): the same headers
// and the same order of two items, with a new order id each time. A trial fails
// when an answer was an error, or when the orders stored aren't those that were
// acknowledged: errors are fast, and a benchmark of them would be worthless.
//
// # Files
//
// run.go goes through the rounds, trials.go, place.go, read.go, start.go, lambda.go
// and memory.go are the trials, rows.go says what follows from them and is promised, table.go
// prints. process.go and wrk.go run other programs; fixture.go and preload.go
// make the data.
package main
