package checker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

func watchOrder() Property {
	return Property{
		Name: "watch-order", Source: "INV-28; R-CLI-14, R-CLI-15; Hunt et al., ZooKeeper (ATC 2010), section 2.3", Kind: Always,
		Doc: "A client that watches something hears of a change before it sees any state that has it, from whatever server, " +
			"and no event comes that it did not ask for.",
		New: func(h *trace.Header) Monitor { return &watching{tree: newTree(h)} },
	}
}

// watching keeps the watches of all clients, and when each thing was changed
// last.
type watching struct {
	tree
	armed  []armed
	asked  []question // by client
	firing []fired    // by key
}

// armed is a watch that a client waits for.
type armed struct {
	client nodes.ClientID
	watch  string // as znode.Watcher writes it
	since  nodes.Position
	set    uint64 // the event
}

// question is the read under way at a client.
type question struct {
	client nodes.ClientID
	op     []byte
}

// fired is the last change that those are told of who watch a key.
type fired struct {
	key string
	at  nodes.Position
}

func (m *watching) Wants() trace.Set {
	return m.wants(trace.Commit, trace.Invoke, trace.Return, trace.Told, trace.Attach, trace.Detach)
}

func (m *watching) Observe(e *trace.Event) *Violation {
	switch e.Kind {
	case trace.Commit:
		m.committed(e)
	case trace.Invoke:
		m.invoked(e)
	case trace.Return:
		if e.Result == trace.OK && e.Session != 0 {
			return m.returned(e)
		}
	case trace.Told:
		return m.told(e)
	case trace.Attach:
		m.attached(e)
	case trace.Detach:
		if e.Text == "session expired" {
			m.keep(func(a *armed) bool { return a.client != e.Client })
		}
	}
	return nil
}

func (m *watching) committed(e *trace.Event) {
	c, ok := m.next(e)
	if !ok {
		return
	}
	for _, f := range m.state.Fire(c.op, m.apply(&c)) {
		for _, key := range f.Keys {
			i, known := slices.BinarySearchFunc(m.firing, key, func(x fired, k string) int { return strings.Compare(x.key, k) })
			m.firing = slices.Clone(m.firing)
			if !known {
				m.firing = slices.Insert(m.firing, i, fired{key: key})
			}
			m.firing[i].at = c.at
		}
	}
}

func (m *watching) invoked(e *trace.Event) {
	_, _, body, err := app.Body(e.Op)
	if err != nil {
		return
	}
	i, known := slices.BinarySearchFunc(m.asked, e.Client, func(q question, c nodes.ClientID) int { return cmp.Compare(q.client, c) })
	m.asked = slices.Clone(m.asked)
	if !known {
		m.asked = slices.Insert(m.asked, i, question{client: e.Client})
	}
	m.asked[i].op = body
}

// returned judges the state that an answer shows, and takes note of the watch
// that the question left.
func (m *watching) returned(e *trace.Event) *Violation {
	for i := range m.armed {
		a := &m.armed[i]
		if a.client != e.Client {
			continue
		}
		if at := m.changed(a.watch); a.since.Less(at) && !e.Pos.Less(at) {
			v := &Violation{
				Property: "watch-order", Server: e.Server, Evidence: []uint64{a.set},
				Message: fmt.Sprintf("client %d was shown %v by %v and had not been told of the change at %v that it watches: %s",
					e.Client, e.Pos, e.Server, at, a.watch),
			}
			return v.at(e)
		}
	}
	i, known := slices.BinarySearchFunc(m.asked, e.Client, func(q question, c nodes.ClientID) int { return cmp.Compare(q.client, c) })
	if !known {
		return nil
	}
	for _, watch := range (znode.Watcher{}).Armed(nil, m.asked[i].op, e.Op) {
		if !slices.ContainsFunc(m.armed, func(a armed) bool { return a.client == e.Client && a.watch == watch }) {
			m.armed = append(slices.Clip(m.armed), armed{e.Client, watch, e.Pos, e.Seq})
		}
	}
	return nil
}

// changed returns when what a watch is about was changed last.
func (m *watching) changed(watch string) nodes.Position {
	kind, path, _ := strings.Cut(watch, " ")
	if kind == "exist" {
		kind = "data"
	}
	i, known := slices.BinarySearchFunc(m.firing, kind+" "+path, func(x fired, k string) int { return strings.Compare(x.key, k) })
	if !known {
		return nodes.Position{}
	}
	return m.firing[i].at
}

func (m *watching) told(e *trace.Event) *Violation {
	var mine []string
	for _, a := range m.armed {
		if a.client == e.Client {
			mine = append(mine, a.watch)
		}
	}
	left := (znode.Watcher{}).Fired(slices.Clone(mine), e.Op)
	if len(left) == len(mine) {
		v := &Violation{
			Property: "watch-order", Server: e.Server,
			Message: fmt.Sprintf("%v told client %d of something that it does not watch (any more)", e.Server, e.Client),
		}
		if event, err := znode.ParseEvent(e.Op); err == nil {
			v.Details = []string{event.String()}
		}
		return v.at(e)
	}
	m.keep(func(a *armed) bool { return a.client != e.Client || slices.Contains(left, a.watch) })
	return nil
}

// attached: a node that came and went while its client was between two servers
// is not told of (R-CLI-15).
func (m *watching) attached(e *trace.Event) {
	m.armed = slices.Clone(m.armed)
	for i := range m.armed {
		if a := &m.armed[i]; a.client == e.Client && strings.HasPrefix(a.watch, "exist ") && a.since.Less(e.Pos) {
			if _, there := m.owner(strings.TrimPrefix(a.watch, "exist ")); !there {
				a.since = e.Pos
			}
		}
	}
}

func (m *watching) keep(which func(*armed) bool) {
	m.armed = slices.DeleteFunc(slices.Clone(m.armed), func(a armed) bool { return !which(&a) })
}

func (m *watching) Finish() *Violation { return nil }

func (m *watching) Clone() Monitor { return &watching{m.tree.clone(), m.armed, m.asked, m.firing} }

func (m *watching) AppendTo(b []byte) []byte {
	b = m.tree.appendTo(b)
	for _, a := range m.armed {
		b = appendPosition(append(appendWord(b, uint64(a.client)), a.watch...), a.since)
	}
	for _, q := range m.asked {
		b = append(appendWord(b, uint64(q.client)), q.op...)
	}
	for _, f := range m.firing {
		b = appendPosition(append(b, f.key...), f.at)
	}
	return b
}
