//go:build unix

// Package cputime measures work by the processor time that it takes. Unlike the time
// on the wall it means something on a busy machine.
package cputime

import (
	"syscall"
	"time"
)

// Used returns the processor time that this process has used, garbage collection
// included. It is 0 where the system does not tell.
func Used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
