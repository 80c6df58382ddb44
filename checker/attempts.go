package checker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// attempts counts what servers have tried in vain since the last fault: it is
// why a cluster does not come to rest.
type attempts struct {
	mailboxes []bool // by channel
	servers   []attempt
	letters   uint64 // messages of elections since somebody last took up another role
}

// attempt is what one server has tried.
type attempt struct {
	role   nodes.Role
	leads  int      // it led, and gave up before it was established
	falls  int      // it led, was established, and gave up
	joins  int      // it followed, and gave up before it served
	leader nodes.ID // whom, the last time
	why    string   // what it said when it gave up
	said   string   // what it said last
}

const attemptWants = 1<<trace.View | 1<<trace.Note | 1<<trace.Send

func newAttempts(h *trace.Header) attempts {
	a := attempts{servers: make([]attempt, (h.Voters|h.Observers).Max()+1)}
	for _, c := range h.Protocol.Channels {
		a.mailboxes = append(a.mailboxes, c.Mode != nodes.Stream)
	}
	return a
}

// forget begins anew, after a fault.
func (a *attempts) forget() {
	a.letters = 0
	for i := range a.servers {
		a.servers[i] = attempt{role: a.servers[i].role}
	}
}

func (a *attempts) observe(e *trace.Event) {
	s := &a.servers[e.Server]
	switch e.Kind {
	case trace.Send:
		if int(e.Channel) < len(a.mailboxes) && a.mailboxes[e.Channel] {
			a.letters++
		}
	case trace.Note:
		if s.said = e.Detail; s.said == "" {
			s.said = e.Text
		}
	case trace.View:
		s.role = e.After.Role
		if e.Before.Role != e.After.Role {
			a.letters = 0
		}
		if e.After.Role != nodes.Looking {
			return
		}
		switch {
		case e.Before.Role == nodes.Leading && e.Before.Serving:
			s.falls++
		case e.Before.Role == nodes.Leading:
			s.leads++
		case e.Before.Role != nodes.Looking && e.Before.Role != nodes.Down && !e.Before.Serving:
			s.joins, s.leader = s.joins+1, e.Before.Leader
		}
		s.why = s.said
	}
}

// rounds is how often something has been tried that makes a circle of it.
func (s *attempt) rounds() int { return s.leads + s.falls }

// manyRounds is from when on a cluster goes round in circles: two timeouts may
// well fall together, as may a few more, but not so many.
const manyRounds = 5

// manyLetters is how many messages no election takes that comes to an end.
const manyLetters = 10_000

// circle says how the cluster goes round in circles, or "".
func (a *attempts) circle() string {
	var names []string
	most, last := 0, &attempt{}
	for id := range a.servers {
		s := &a.servers[id]
		if s.rounds() > 0 {
			names = append(names, nodes.ID(id).String())
		}
		if s.rounds() > most {
			most, last = s.rounds(), s
		}
	}
	switch {
	case most >= manyRounds && len(names) > 1:
		return fmt.Sprintf("%s lead in turn, %d rounds, and give up: %s", inWords(names), most, last.why)
	case most >= manyRounds:
		return fmt.Sprintf("%s leads %d times, and gives up: %s", names[0], most, last.why)
	case a.letters >= manyLetters && len(a.looking()) > 1:
		return fmt.Sprintf("%s vote in circles: %d messages, and nobody is elected", inWords(a.looking()), a.letters)
	}
	return ""
}

func (a *attempts) looking() (names []string) {
	for id := range a.servers {
		if a.servers[id].role == nodes.Looking {
			names = append(names, nodes.ID(id).String())
		}
	}
	return names
}

// reasons says what has been tried in vain, one line each.
func (a *attempts) reasons() (lines []string) {
	if circle := a.circle(); circle != "" {
		lines = append(lines, circle)
	}
	for id := range a.servers {
		s := &a.servers[id]
		if s.joins > 0 {
			lines = append(lines, fmt.Sprintf("%v tried to join %v and gave up, %s: %s", nodes.ID(id), s.leader, times(s.joins), s.why))
		}
	}
	if looking := a.looking(); len(looking) > 0 {
		lines = append(lines, "looking for a leader in the end: "+inWords(looking))
	}
	return lines
}

// inWords returns "s1", "s1 and s2", "s1, s2 and s3".
func inWords(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// times returns "once", "2 times".
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (a *attempts) clone() attempts {
	c := *a
	c.servers = slices.Clone(a.servers)
	return c
}

// appendTo appends as much as a verdict depends on.
func (a *attempts) appendTo(b []byte) []byte {
	b = append(b, flags(a.letters >= manyLetters))
	for i := range a.servers {
		b = append(b, byte(a.servers[i].role), byte(min(a.servers[i].rounds(), manyRounds)))
	}
	return b
}

func noLivelock() Property {
	return Property{
		Name: "no-livelock", Source: "INV-29; ZOOKEEPER-1419, ZOOKEEPER-335; LIVE-elect", Kind: Eventually,
		Doc: "In the end the cluster does not go round in circles: it is not so that servers lead and give up in turn, or that an election " +
			"goes on and on, time after time since the last fault, and nobody is an established leader. An election with ten thousand " +
			"messages is such a circle wherever it comes.",
		New: func(h *trace.Header) Monitor { return &livelock{attempts: newAttempts(h), header: h} },
	}
}

// livelock looks for circles that have not come to an end.
type livelock struct {
	attempts
	header  *trace.Header
	fault   lastFault
	settled nodes.Set // established leaders
}

func (m *livelock) Wants() trace.Set { return faultKinds | attemptWants }

func (m *livelock) Observe(e *trace.Event) *Violation {
	if m.fault.observe(e) {
		m.forget()
	}
	m.observe(e)
	switch {
	case e.Kind == trace.Send && m.letters == manyLetters && m.circle() != "":
		return m.missed(m.circle()).at(e)
	case e.Kind == trace.View && established(e.After):
		m.settled = m.settled.With(e.Server)
	case e.Kind == trace.View:
		m.settled = m.settled.Without(e.Server)
	}
	return nil
}

func (m *livelock) Finish() *Violation {
	circle := m.circle()
	if circle == "" || m.settled != 0 {
		return nil
	}
	return m.missed(circle)
}

func (m *livelock) missed(circle string) *Violation {
	v := m.fault.missed("no-livelock", circle)
	v.Details = append(v.Details, m.reasons()...)
	return v
}

func (m *livelock) Clone() Monitor {
	c := *m
	c.attempts = m.clone()
	return &c
}

func (m *livelock) AppendTo(b []byte) []byte {
	return appendWord(m.appendTo(b), uint64(m.settled))
}
