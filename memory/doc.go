// Package memory is the engine that keeps everything in memory and nothing
// longer than its process: for a trial, for a demonstration, and as the double
// of an engine in tests.
//
// It keeps the whole contract of package storage but for durability, with the
// change feed and with snapshots. One lock guards everything, and a record that
// is stored never changes: another one takes its place. So a snapshot copies
// references and no documents.
package memory
