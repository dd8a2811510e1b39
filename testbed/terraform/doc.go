// Package terraform applies the configuration in deploy/terraform to moto, a server
// that answers like AWS, for tests. It needs terraform with its provider of AWS, and
// what scripts/install installs.
package terraform
