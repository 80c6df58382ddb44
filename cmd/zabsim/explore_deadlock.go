package main

import (
	"io"

	"github.com/zabsim/zabsim/scenarios"
)

// reportDeadlock performs an execution after which servers stand still, writes its
// directory and tells its story.
func (x *exploration) reportDeadlock(w io.Writer, r *result, found *finding) (*recording, error) {
	last := found.Path.Last()
	d := &scenarios.Discovery{Property: found.Property, Message: "nothing can happen any more but faults, and " + x.world.Due(last)}
	return x.tell(w, found, x.world.Schedule(found.Path), d, x.shortest(r, len(found.Path.Steps)))
}
