package checker

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// witness looks for something that must happen at least once. It remembers no
// more than whether it did, and what the scene must remember.
type witness struct {
	name    string
	missing string // what to say if it never happened
	wants   trace.Set
	scene   scene
	seen    bool
}

// scene says whether an event is the one looked for. It must not change when
// it is copied: clone copies what it refers to.
type scene interface {
	happens(*trace.Event) bool
	clone() scene
	appendTo(b []byte) []byte
}

func sometimes(name, doc, missing string, wants trace.Set, set func(*trace.Header) scene) Property {
	return Property{
		Name: name, Doc: doc, Source: "coverage: without it a run tested too little", Kind: Sometimes,
		New: func(h *trace.Header) Monitor {
			return &witness{name: name, missing: missing, wants: wants, scene: set(h)}
		},
	}
}

func (m *witness) Wants() trace.Set {
	if m.seen {
		return 0
	}
	return m.wants
}

func (m *witness) Observe(e *trace.Event) *Violation {
	m.seen = m.seen || m.scene.happens(e)
	return nil
}

func (m *witness) Finish() *Violation {
	if m.seen {
		return nil
	}
	return &Violation{Property: m.name, Message: m.missing}
}

func (m *witness) Clone() Monitor {
	c := *m
	c.scene = m.scene.clone()
	return &c
}

func (m *witness) AppendTo(b []byte) []byte {
	if m.seen {
		return append(b, 1)
	}
	return m.scene.appendTo(append(b, 0))
}

// glimpse is a scene that one event shows by itself.
type glimpse func(*trace.Event) bool

func (g glimpse) happens(e *trace.Event) bool { return g(e) }
func (g glimpse) clone() scene                { return g }
func (g glimpse) appendTo(b []byte) []byte    { return b }

// simple is a Sometimes property that one event settles by itself.
func simple(name, doc, missing string, kind trace.Kind, is glimpse) Property {
	return sometimes(name, doc, missing, trace.Of(kind), func(*trace.Header) scene { return is })
}

func sent(name, message string) Property {
	return simple(name, "A message of kind "+message+" is sent.", "no server ever sent "+message, trace.Send,
		func(e *trace.Event) bool { return e.Msg.Kind() == message })
}

func noted(name string) Property {
	return simple("note:"+name, fmt.Sprintf("A server reaches the place in its protocol called %q.", name),
		fmt.Sprintf("no server ever noted %q", name), trace.Note, func(e *trace.Event) bool { return e.Text == name })
}

func leaderIs(id nodes.ID) Property {
	return simple("leader-is:"+id.String(), fmt.Sprintf("%v is an established leader.", id),
		fmt.Sprintf("%v never was an established leader", id), trace.View,
		func(e *trace.Event) bool { return e.Server == id && established(e.After) })
}

func clientOK() Property {
	return simple("client-ok", "A client gets an answer.", "no client ever got an answer", trace.Return,
		func(e *trace.Event) bool { return e.Result == trace.OK })
}

func clientUnknown() Property {
	return simple("client-unknown", "A client never learns what became of its operation.",
		"every client learned what became of its operations", trace.Return,
		func(e *trace.Event) bool { return e.Result == trace.Unknown })
}

func clientRefused() Property {
	return simple("client-refused", "A client finds no server that takes its operation.",
		"no operation of a client was turned away for good", trace.Return,
		func(e *trace.Event) bool { return e.Result == trace.Failed })
}

func leaderChanged() Property {
	return sometimes("leader-changed", "A leader is established after another one was.", "there never was a second established leader",
		trace.Of(trace.View), func(*trace.Header) scene { return &succession{} })
}

// succession waits for the second leader.
type succession struct{ first bool }

func (s *succession) happens(e *trace.Event) bool {
	second := s.first && begins(e)
	s.first = s.first || begins(e)
	return second
}

func (s *succession) clone() scene             { c := *s; return &c }
func (s *succession) appendTo(b []byte) []byte { return append(b, flags(s.first)) }

func committedDuringPartition() Property {
	return sometimes("committed-during-partition", "A transaction is delivered for the first time while a cut is in force.",
		"nothing new was delivered while the network was cut", trace.Of(trace.Commit, trace.Cut, trace.Heal),
		func(h *trace.Header) scene {
			return &partitioned{cuts: make([]nodes.Set, (h.Voters|h.Observers).Max()+1)}
		})
}

// partitioned waits for progress behind a cut.
type partitioned struct {
	cuts    []nodes.Set // by server: whom nothing reaches from it
	longest uint64      // history delivered so far
}

func (s *partitioned) happens(e *trace.Event) bool {
	switch e.Kind {
	case trace.Cut, trace.Heal:
		s.reshape(e.A, e.B, e.Kind == trace.Cut)
		if e.Both {
			s.reshape(e.B, e.A, e.Kind == trace.Cut)
		}
		return false
	}
	fresh := e.Len > s.longest
	s.longest = max(s.longest, e.Len)
	return fresh && slices.ContainsFunc(s.cuts, func(cut nodes.Set) bool { return cut != 0 })
}

func (s *partitioned) reshape(from, to nodes.Set, cut bool) {
	for id := range from.All() {
		if int(id) >= len(s.cuts) {
			return // a selector may name more servers than there are
		}
		if cut {
			s.cuts[id] |= to
		} else {
			s.cuts[id] &^= to
		}
	}
}

func (s *partitioned) clone() scene { return &partitioned{slices.Clone(s.cuts), s.longest} }

func (s *partitioned) appendTo(b []byte) []byte {
	for _, cut := range s.cuts {
		b = appendWord(b, uint64(cut))
	}
	return appendWord(b, s.longest)
}

func crashedMidCommit() Property {
	return sometimes("crashed-mid-commit", "A server dies with a transaction in its log that nobody has delivered yet.",
		"no server died between writing a transaction and its first delivery",
		trace.Of(trace.Append, trace.Truncate, trace.Commit, trace.Crash, trace.MachineCrash),
		func(h *trace.Header) scene {
			return &midCommit{written: make([]nodes.Position, (h.Voters|h.Observers).Max()+1)}
		})
}

// midCommit waits for a crash between Append and Commit.
type midCommit struct {
	written   []nodes.Position // by server: the last one it wrote
	delivered nodes.Position   // the newest one anybody delivered
}

func (s *midCommit) happens(e *trace.Event) bool {
	switch e.Kind {
	case trace.Append, trace.Truncate:
		// What stands at index 0 begins an epoch: it is no transaction, and a snapshot
		// there holds none of the epoch.
		if e.Pos.Index > 0 || e.Kind == trace.Truncate {
			s.written[e.Server] = e.Pos
		}
	case trace.Commit:
		if s.delivered.Less(e.Pos) {
			s.delivered = e.Pos
		}
	default:
		return s.delivered.Less(s.written[e.Server])
	}
	return false
}

func (s *midCommit) clone() scene { return &midCommit{slices.Clone(s.written), s.delivered} }

func (s *midCommit) appendTo(b []byte) []byte {
	for _, p := range s.written {
		b = appendPosition(b, p)
	}
	return appendPosition(b, s.delivered)
}
