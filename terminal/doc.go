// Package terminal is what a command has to say: text for people, such as words that
// they paste into a shell, tables, progress and questions, or lines of JSON for their
// programs. Names that strangers chose must not move a cursor.
package terminal
