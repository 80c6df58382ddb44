package main

import (
	"os"
	"runtime/debug"
)

// garbage is how much garbage the heap may hold, in percent of what is live.
const garbage = 400

// collectSeldom has the garbage collector run less often, for commands that make
// run after run: hardly anything of one outlives it, a worker holds a few
// megabytes at a time, and with the usual 100 percent a fifth of all time went
// into collecting. GOGC in the environment comes first.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
}
