package main

import (
	"fmt"
	"io"
	"strings"
)

// trapTail is how much of a schedule that leads nowhere is shown.
const trapTail = 40

// reportTrap tells how to get to a state that the fair schedule does not lead out
// of, and how that schedule ends. There is no run of it to replay: that nothing
// comes of it is no property of runs.
func (x *exploration) reportTrap(w io.Writer, r *result, found *finding) error {
	steps := len(found.Path.Steps)
	var b strings.Builder
	fmt.Fprintf(&b, "FAIL  %s  %s  explored\n  %s: once all is healed, things are not well again within %s\n\n",
		x.scenario.Name, x.protocol, found.Property, counted(x.Recovers, "action"))
	fmt.Fprintf(&b, "%v\n", found.Path)
	recovery, names := x.world.Recovery(found.Path)
	left := max(0, len(recovery)-trapTail)
	fmt.Fprintf(&b, "Then faults end; the last %d of %s:\n", len(recovery)-left, counted(len(recovery), "action"))
	for i := left; i < len(recovery); i++ {
		fmt.Fprintf(&b, "%4d %s\n", i+1, names.Format(recovery[i].Action))
	}
	fmt.Fprintf(&b, "\n%s    again     %s\n", x.shortest(r, steps), x.explored)
	_, err := io.WriteString(w, b.String())
	return err
}
