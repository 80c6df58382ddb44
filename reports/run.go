package reports

import (
	"fmt"
	"strconv"
	"time"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/nodes"
)

// Run is a finished run: what was recorded of it, and what its end adds.
type Run struct {
	*Recording
	Duration time.Duration // virtual
	Events   uint64        // trace events, with those the Recording forgot
	Hash     nodes.Digest  // trace hash
	Version  string        // of zabsim
	Findings []Finding     // in the order they were made
	// Untimed says that the model checker found it: nothing has a time, and
	// events are told by their numbers.
	Untimed bool
}

// Finding is a violation, with the event after which it was found. A violation
// found when the run was over has the number and time of the last event.
type Finding struct {
	*checker.Violation
	Seq  uint64
	Time time.Duration
	// Shown says that nothing is wrong: the run is a witness, and this is what it shows.
	Shown bool
}

// name returns "shanghai-guangzhou  zab  seed 42".
func (r *Run) name() string {
	if r.Untimed {
		return fmt.Sprintf("%s  %s  explored", r.header.Scenario, r.header.Protocol.Name)
	}
	return fmt.Sprintf("%s  %s  seed %d", r.header.Scenario, r.header.Protocol.Name, r.header.Seed)
}

// trace returns the first half of the trace hash: enough to compare by eye.
func (r *Run) trace() string { return fmt.Sprintf("%016x", uint64(r.Hash))[:8] }

// when returns when an event was: its time, or its number if nothing has one.
func (r *Run) when(e *event) string {
	if r.Untimed {
		return "#" + Grouped(e.seq)
	}
	return seconds(e.time)
}

// seconds returns a virtual time in its one printed form: "10.031s".
func seconds(d time.Duration) string {
	ms := (d + time.Millisecond/2).Milliseconds()
	return fmt.Sprintf("%s.%03ds", Grouped(uint64(ms/1000)), ms%1000)
}

// Grouped returns n with thousands separators: "2,207".
func Grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural returns "1 message", "2 messages".
func plural(n int, noun string) string {
	s := Grouped(uint64(n)) + " " + noun
	if n != 1 {
		s += "s"
	}
	return s
}
