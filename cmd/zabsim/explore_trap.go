package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/zabsim/zabsim/scenarios"
)

// mostActions is how much of a schedule that leads nowhere is shown.
const mostActions = 40

// lastActions lists the last n of all actions, or of more than fit the last of those.
func lastActions(all int, words func(i int) string, n int) string {
	var b strings.Builder
	from := max(0, all-min(n, mostActions))
	if from > max(0, all-n) {
		fmt.Fprintf(&b, "       %s before\n", counted(from-(all-n), "action"))
	}
	for i := from; i < all; i++ {
		fmt.Fprintf(&b, "  %4d %s\n", i+1, words(i))
	}
	return b.String()
}

// reportTrap performs how to get to a state that the fair schedule does not lead out
// of, tells its story, and how that schedule ends.
func (x *exploration) reportTrap(w io.Writer, r *result, found *finding) (*recording, error) {
	recovery, names := x.world.Recovery(found.Path)
	then := fmt.Sprintf("  Then faults end; the last of %s:\n", counted(len(recovery), "action")) +
		lastActions(len(recovery), func(i int) string { return names.Format(recovery[i].Action) }, mostActions)
	d := &scenarios.Discovery{
		Property: found.Property,
		Message:  "once all is healed, things are not well again within " + counted(x.Recovers, "action"),
	}
	return x.tell(w, found, x.world.Schedule(found.Path), d, then+"\n"+x.shortest(r, len(found.Path.Steps)))
}
