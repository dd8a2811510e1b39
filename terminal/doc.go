// Package terminal prepares text for people: words that they paste into a shell,
// and names that strangers chose and that must not move a cursor.
package terminal
