package znode

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/internal/wire"
)

// Event is what a watch tells of.
type Event struct {
	Type EventType
	Path string
}

// EventType says what happened, in ZooKeeper's numbers
// (Watcher.Event.EventType).
type EventType uint8

// The types of events.
const (
	NodeCreated         EventType = 1
	NodeDeleted         EventType = 2
	NodeDataChanged     EventType = 3
	NodeChildrenChanged EventType = 4
)

// String returns ZooKeeper's name of the type.
func (t EventType) String() string {
	return [...]string{"", "NodeCreated", "NodeDeleted", "NodeDataChanged", "NodeChildrenChanged"}[t]
}

// String returns "NodeDataChanged /a".
func (e Event) String() string { return e.Type.String() + " " + e.Path }

func (e Event) body() []byte { return wire.AppendText([]byte{byte(e.Type)}, e.Path) }

// ParseEvent reads an event. The only error is [app.ErrMalformed].
func ParseEvent(event []byte) (Event, error) {
	r := wire.Read(event)
	e := Event{EventType(r.Byte()), string(r.Text())}
	if r.End() != nil || e.Type < NodeCreated || e.Type > NodeChildrenChanged {
		return Event{}, app.ErrMalformed
	}
	return e, nil
}

// dataKey and childKey are the keys of watches, as [nodes.Watchable] has them.
// A watch set by exists is a data watch.
func dataKey(path string) string  { return "data " + path }
func childKey(path string) string { return "child " + path }

// Watch implements [nodes.Watchable].
func (m *Machine) Watch(op, answer []byte) (keys []string, events [][]byte) {
	o, err := Parse(op)
	if err != nil {
		return nil, nil
	}
	if o.Kind == KindSetWatches {
		return m.watchAgain(&o.Watches)
	}
	r, err := ParseResult(answer)
	switch {
	case err != nil, !o.Watch:
		return nil, nil
	case o.Kind == KindChildren && r.Code == OK:
		return []string{childKey(o.Path)}, nil
	case o.Kind == KindGet && r.Code == OK, o.Kind == KindExists && (r.Code == OK || r.Code == NoNode):
		return []string{dataKey(o.Path)}, nil
	default:
		return nil, nil
	}
}

// watchAgain arms the watches of a client that comes from another server. What
// has happened since the client saw anything is told at once (R-CLI-15).
func (m *Machine) watchAgain(w *Watches) (keys []string, events [][]byte) {
	tell := func(t EventType, path string) { events = append(events, Event{t, path}.body()) }
	for _, path := range w.Data {
		switch n := m.root.at(path); {
		case n == nil:
			tell(NodeDeleted, path)
		case w.Seen.Less(n.stat.modified):
			tell(NodeDataChanged, path)
		default:
			keys = append(keys, dataKey(path))
		}
	}
	for _, path := range w.Exist {
		if m.root.at(path) != nil {
			tell(NodeCreated, path)
		} else {
			keys = append(keys, dataKey(path))
		}
	}
	for _, path := range w.Children {
		switch n := m.root.at(path); {
		case n == nil && slices.Contains(w.Data, path): // told already
		case n == nil:
			tell(NodeDeleted, path)
		case w.Seen.Less(n.stat.changed):
			tell(NodeChildrenChanged, path)
		default:
			keys = append(keys, childKey(path))
		}
	}
	return keys, events
}

// Fire implements [nodes.Watchable] (R-CLI-14).
func (m *Machine) Fire(txn, result []byte) []nodes.Firing {
	t, err := ParseTxn(txn)
	if err != nil {
		return nil
	}
	if r, err := ParseResult(result); err != nil || r.Code != OK {
		return nil
	}
	return t.fire(nil)
}

func (t *Txn) fire(dst []nodes.Firing) []nodes.Firing {
	switch t.Kind {
	case TxnCreate:
		dst = append(dst, firing(NodeCreated, t.Path, dataKey(t.Path)))
		return append(dst, parentFiring(t.Path))
	case TxnDelete:
		return fireDelete(dst, t.Path)
	case TxnSet:
		return append(dst, firing(NodeDataChanged, t.Path, dataKey(t.Path)))
	case TxnMulti:
		for i := range t.Txns {
			dst = t.Txns[i].fire(dst)
		}
	case TxnClose:
		for _, path := range t.Paths {
			dst = fireDelete(dst, path)
		}
	}
	return dst
}

func fireDelete(dst []nodes.Firing, path string) []nodes.Firing {
	return append(dst, firing(NodeDeleted, path, dataKey(path), childKey(path)), parentFiring(path))
}

func parentFiring(path string) nodes.Firing {
	parent, _ := split(path)
	return firing(NodeChildrenChanged, parent, childKey(parent))
}

func firing(t EventType, path string, keys ...string) nodes.Firing {
	return nodes.Firing{Keys: keys, Event: Event{t, path}.body()}
}
