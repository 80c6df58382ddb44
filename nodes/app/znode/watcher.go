package znode

import (
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
)

// Watcher keeps account of the watches a client waits for, as ZooKeeper's client
// library does: "data /a", "exist /b", "child /c", sorted.
type Watcher struct{}

// Armed returns the watches once an operation had that result. It may change
// watches.
func (Watcher) Armed(watches []string, op, result []byte) []string {
	o, err := Parse(op)
	if err != nil || !o.Watch {
		return watches
	}
	r, err := ParseResult(result)
	switch {
	case err != nil:
		return watches
	case r.Code == NoNode && o.Kind == KindExists:
		return put(watches, "exist "+o.Path)
	case r.Code != OK:
		return watches
	case o.Kind == KindChildren:
		return put(watches, "child "+o.Path)
	default:
		return put(watches, "data "+o.Path)
	}
}

// Fired returns the watches that an event leaves. It may change watches.
func (Watcher) Fired(watches []string, event []byte) []string {
	e, err := ParseEvent(event)
	if err != nil {
		return watches
	}
	return slices.DeleteFunc(watches, func(watch string) bool {
		kind, path, _ := strings.Cut(watch, " ")
		if path != e.Path {
			return false
		}
		return (kind == "child") == (e.Type == NodeChildrenChanged) || e.Type == NodeDeleted
	})
}

// Again returns the operation that sets the watches at another server, for a
// client that has seen so much.
func (Watcher) Again(watches []string, seen nodes.Position) []byte {
	w := Watches{Seen: seen}
	for _, watch := range watches {
		switch kind, path, _ := strings.Cut(watch, " "); kind {
		case "data":
			w.Data = append(w.Data, path)
		case "exist":
			w.Exist = append(w.Exist, path)
		default:
			w.Children = append(w.Children, path)
		}
	}
	return Op{Kind: KindSetWatches, Watches: w}.Body()
}

func put(watches []string, watch string) []string {
	if i, known := slices.BinarySearch(watches, watch); !known {
		return slices.Insert(watches, i, watch)
	}
	return watches
}
