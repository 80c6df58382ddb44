package reports

import (
	"cmp"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// teller walks from a violation's evidence back to its causes.
type teller struct {
	*Run
	evidence map[uint64]bool
	chosen   map[uint64]bool
	direct   map[uint64]bool                // reached from the evidence by causes alone
	turns    [nodes.MaxServers + 1][]*event // each server's changes of role
	requests map[request]*event             // where an operation arrived first
	todo     []step
}

// request names a client's operation.
type request struct {
	client nodes.ClientID
	seq    uint32
}

// step is an event whose causes are to be followed. What the server known was
// before it need not be looked for.
type step struct {
	e      *event
	known  nodes.ID
	direct bool
}

// past gathers the causal past of a finding's evidence. For each server in it
// it also takes how the server came to be what it was, which the chain of
// messages does not show; and the faults before it, which nothing causes and
// whose effect is often that something does not happen.
//
// Without evidence (something has not happened in time) it gathers how each
// server concerned came to be what it was in the end.
func past(r *Run, f *Finding) *teller {
	t := &teller{Run: r, evidence: map[uint64]bool{}, chosen: map[uint64]bool{}, direct: map[uint64]bool{}}
	t.prepare()
	for _, seq := range f.Evidence {
		t.evidence[seq] = true
		t.choose(step{t.find(seq), 0, true})
	}
	if len(f.Evidence) == 0 {
		for id := range t.concerned(f).All() {
			t.choose(step{t.backstory(&event{server: id, seq: f.Seq + 1}), 0, false})
		}
	}
	if len(t.todo) == 0 {
		return t // forgotten: faults alone would tell a wrong story
	}
	touched := t.concerned(f)
	for len(t.todo) > 0 {
		next := t.todo[0]
		t.todo = t.todo[1:]
		touched = touched.With(next.e.server)
		t.follow(next)
	}
	for i := range r.events {
		if e := &r.events[i]; e.seq <= t.end(f) && isFault(e, touched) {
			t.chosen[e.seq] = true
		}
	}
	return t
}

// concerned returns the server that a finding is about, or all of them if it is
// about none in particular.
func (t *teller) concerned(f *Finding) nodes.Set {
	switch {
	case f.Server != 0:
		return nodes.SetOf(f.Server)
	case len(f.Evidence) > 0:
		return 0
	default:
		return t.header.Voters | t.header.Observers
	}
}

// end returns where a story ends: with the last piece of evidence.
func (t *teller) end(f *Finding) uint64 {
	if len(f.Evidence) == 0 {
		return f.Seq
	}
	return slices.Max(f.Evidence)
}

// follow takes what led to an event.
func (t *teller) follow(s step) {
	if s.e.server != s.known && !unsettles(s.e) {
		t.choose(step{t.backstory(s.e), 0, false})
	}
	if s.e.kind == trace.View {
		s.known = s.e.server // the line above goes from view to view already
	}
	t.choose(step{t.cause(s.e), s.known, s.direct})
	if c, ok := s.e.what.(*commit); ok {
		// After a restart a server delivers what it has: the chain of causes
		// does not lead back to the request then.
		t.choose(step{t.requests[request{c.client, c.seq}], 0, false})
	}
}

// prepare notes where things are that past will look for again and again.
func (t *teller) prepare() {
	t.requests = map[request]*event{}
	for i := range t.events {
		switch e := &t.events[i]; e.kind {
		case trace.View:
			if changesRole(e.what.(*view)) {
				t.turns[e.server] = append(t.turns[e.server], e)
			}
		case trace.Request:
			c := e.what.(*call)
			if id := (request{c.client, c.seq}); t.requests[id] == nil {
				t.requests[id] = e
			}
		}
	}
}

// choose takes an event into the story, once.
func (t *teller) choose(s step) {
	if s.e != nil && !t.chosen[s.e.seq] {
		t.chosen[s.e.seq], t.direct[s.e.seq] = true, s.direct
		t.todo = append(t.todo, s)
	}
}

// unsettles reports whether e is how a server left a settled state. Its
// backstory ends here: how it had come into that state explains nothing.
func unsettles(e *event) bool {
	if e.kind != trace.View {
		return false
	}
	before := e.what.(*view).before
	return before.Serving || before.Role == nodes.Down
}

// backstory returns the change of role that made the server what it was when e
// happened, or nil.
func (t *teller) backstory(e *event) *event {
	turns := t.turns[e.server] // none for what happened to no server
	i, _ := slices.BinarySearchFunc(turns, e.seq, func(v *event, seq uint64) int { return cmp.Compare(v.seq, seq) })
	if i == 0 {
		return nil
	}
	return turns[i-1]
}

// changesRole reports whether a view differs in more than its phase, and says
// more than that a server is up or down, which other events say.
func changesRole(v *view) bool {
	b, a := &v.before, &v.after
	if a.Role == nodes.Down || a.Role == nodes.Looking && (b.Role == nodes.Looking || b.Role == nodes.Down) {
		return false
	}
	return b.Role != a.Role || b.Serving != a.Serving || b.Leader != a.Leader || b.Epoch != a.Epoch
}

// isFault reports whether e is something done to the network, or to one of the
// servers.
func isFault(e *event, servers nodes.Set) bool {
	switch e.kind {
	case trace.Cut, trace.Heal:
		return true
	case trace.Fault:
		return e.server == 0 || servers.Has(e.server)
	case trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic, trace.Pause, trace.Resume:
		return servers.Has(e.server)
	case trace.Start:
		return servers.Has(e.server) && !isBoot(e)
	}
	return false
}

// isBoot reports whether a server starts together with all others, which is no
// news.
func isBoot(e *event) bool { return e.kind == trace.Start && e.time < time.Second }
