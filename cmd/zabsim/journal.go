package main

import (
	"fmt"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/reports"
	"github.com/zabsim/zabsim/sim/trace"
)

// journal is what the servers would write to their logs: changes of state, and
// remarks of the protocol in its own words. It remembers what each server would
// answer to srvr in the end.
type journal struct {
	header *trace.Header
	lines  []string
	left   int // lines that found no room
	last   [nodes.MaxServers + 1]nodes.Status
}

// maxJournal bounds the lines that are kept.
const maxJournal = 10_000

// Wants implements [trace.Observer].
func (j *journal) Wants() trace.Set {
	return trace.Of(trace.View, trace.Note, trace.Exit, trace.Panic, trace.Append, trace.Commit)
}

// Observe implements [trace.Observer].
func (j *journal) Observe(e *trace.Event) {
	s := &j.last[e.Server]
	switch e.Kind {
	case trace.View:
		if state := j.state(e.After); state != j.state(e.Before) {
			j.add(e, state)
		}
		*s = *e.After
	case trace.Append:
		if s.Logged.Less(e.Pos) {
			s.Logged = e.Pos
		}
	case trace.Commit:
		s.History.Last = e.Pos
	case trace.Note:
		if e.Detail != "" {
			j.add(e, e.Detail)
		}
	default:
		j.add(e, e.Text)
	}
}

// state names what a server is, as ZooKeeper's logs do: LOOKING, FOLLOWING.
func (j *journal) state(s *nodes.Status) string {
	if s.Role == nodes.Down {
		return "down"
	}
	state := strings.ToUpper(s.Role.String())
	if s.Role != nodes.Looking {
		state += " - " + s.Phase
	}
	if s.Role == nodes.Following || s.Role == nodes.Observing {
		state += ", leader " + s.Leader.String()
	}
	if s.Epoch > 0 {
		state += fmt.Sprintf(", %s %d", j.header.Protocol.Epoch, s.Epoch)
	}
	return state
}

func (j *journal) add(e *trace.Event, text string) {
	if len(j.lines) == maxJournal {
		j.left++
		return
	}
	j.lines = append(j.lines, fmt.Sprintf("%9s  %-3s  %s", seconds(e.Time), e.Server, text))
}

// String returns the lines, and then a line for each server: its mode and the
// zxid of the last transaction it has delivered, as srvr prints them.
func (j *journal) String() string {
	var b strings.Builder
	for _, line := range j.lines {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if j.left > 0 {
		fmt.Fprintf(&b, "  %s more lines are in trace.jsonl\n", reports.Grouped(uint64(j.left)))
	}
	for id := range (j.header.Voters | j.header.Observers).All() {
		s := &j.last[id]
		mode := map[nodes.Role]string{
			nodes.Down: "down", nodes.Looking: "looking for a leader", nodes.Following: "follower",
			nodes.Leading: "leader", nodes.Observing: "observer",
		}[s.Role]
		if s.Role > nodes.Looking && !s.Serving {
			mode += ", not serving requests"
		}
		fmt.Fprintf(&b, "  %-3s  Mode: %s, Zxid: 0x%x\n", id, mode, s.History.Last.Epoch<<32|s.History.Last.Index)
	}
	return b.String()
}
