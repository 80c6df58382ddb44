package checker

import (
	"bytes"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim/trace"
)

// znodeOp is an operation on a tree of znodes with what it returned.
type znodeOp struct {
	znode.Op
	body   []byte
	part   string        // of the tree that it is about
	known  bool          // whether the result is
	result *znode.Result // without positions: where a write stands is for the search to find out
}

// newZnodeSearch returns a search through the orders of operations on a tree of
// znodes: creates, deletes and sets with their versions, reads and multis. It
// returns nil where the operations do not say all that happened to the tree. An
// ephemeral node goes when its session ends, which no client asks for; and the
// servers may have brought a tree along of which parts are undecided.
//
// Subtrees of the root are independent of each other, unless an operation is
// about more than one of them or about the root itself; then there is one tree.
func newZnodeSearch(h *trace.Header, history []call, describe func(*call) string) *searcher {
	empty := app.Once(znode.New()).Snapshot(nil)
	if len(h.Past) > 0 || !bytes.Equal(h.Machine().Snapshot(nil), empty) {
		return nil
	}
	whole := false
	for i := range history {
		_, _, body, err := app.Body(history[i].op)
		if err != nil {
			continue
		}
		o, err := znode.Parse(body)
		if err != nil {
			continue
		}
		if endsWithSession(&o) {
			return nil
		}
		whole = whole || partOf(&o) == "/"
	}
	return newSearch(znodeModel(whole), history, describe)
}

// endsWithSession reports whether what an operation does depends on sessions.
func endsWithSession(o *znode.Op) bool {
	return o.Ephemeral || o.Kind == znode.KindCloseSession ||
		slices.ContainsFunc(o.Ops, func(part znode.Op) bool { return endsWithSession(&part) })
}

// partOf returns the subtree of the root that an operation is about: "/a", or "/"
// if it is about more than one of them, or about the root.
func partOf(o *znode.Op) string {
	if o.Kind == znode.KindMulti {
		part := ""
		for i := range o.Ops {
			switch p := partOf(&o.Ops[i]); part {
			case "", p:
				part = p
			default:
				return "/"
			}
		}
		return part
	}
	name, _, deep := strings.Cut(strings.TrimPrefix(o.Path, "/"), "/")
	if name == "" || o.Sequential && !deep {
		return "/" // the root gives out the number
	}
	return "/" + name
}

// znodeModel is a tree, or each of its parts, as one machine: the machine that the
// servers replicate, asked one thing after the other.
func znodeModel(whole bool) *model[*znode.Machine, znodeOp] {
	return &model[*znode.Machine, znodeOp]{
		Model: search.Model[*znode.Machine, znodeOp]{
			Initial: znode.New(),
			Step:    stepZnode,
			Equal: func(a, b *znode.Machine) bool {
				return a == b || bytes.Equal(a.Snapshot(nil), b.Snapshot(nil))
			},
			Hash: func(m *znode.Machine) uint64 { return uint64(nodes.Digest(0).Bytes(m.Snapshot(nil))) },
			Show: showTree,
			Key: func(o znodeOp) string {
				if whole {
					return ""
				}
				return o.part
			},
		},
		read: func(body []byte, c *call) (znodeOp, bool) {
			parsed, err := znode.Parse(body)
			if err != nil || parsed.Kind == znode.KindSetWatches {
				return znodeOp{}, false
			}
			op := znodeOp{Op: parsed, body: body, part: partOf(&parsed)}
			if c.ended == done {
				r, err := znode.ParseResult(c.result)
				if r.Code == znode.SessionExpired || r.Code == znode.SessionMoved {
					return znodeOp{}, false // it did nothing, and says nothing of the tree
				}
				op.known, op.result = err == nil, unplaced(&r)
			}
			return op, true
		},
	}
}

func stepZnode(before *znode.Machine, o znodeOp) (*znode.Machine, bool) {
	after, result := before, []byte(nil)
	if o.Reads() {
		result = before.Query(nil, o.body)
	} else {
		after = before.Clone().(*znode.Machine)
		result = after.Apply(nil, before.Prepare(nil, o.body))
	}
	if !o.known {
		return after, true
	}
	right, err := znode.ParseResult(result)
	return after, err == nil && sameResult(unplaced(&right), o.result)
}

// unplaced returns a result without the positions in it.
func unplaced(r *znode.Result) *znode.Result {
	c := *r
	c.Stat.Created, c.Stat.Modified, c.Stat.Changed = nodes.Position{}, nodes.Position{}, nodes.Position{}
	c.Results = slices.Clone(r.Results)
	for i := range c.Results {
		c.Results[i] = *unplaced(&c.Results[i])
	}
	return &c
}

func sameResult(a, b *znode.Result) bool {
	return a.Code == b.Code && a.Path == b.Path && a.Data == b.Data && a.Stat == b.Stat && slices.Equal(a.Children, b.Children) &&
		slices.EqualFunc(a.Results, b.Results, func(x, y znode.Result) bool { return sameResult(&x, &y) })
}

// showTree lists the nodes below the root, with their data.
func showTree(m *znode.Machine) string {
	var shown []string
	var list func(path string)
	ask := func(body []byte) znode.Result {
		r, _ := znode.ParseResult(m.Query(nil, body))
		return r
	}
	list = func(path string) {
		for _, name := range ask(znode.Children(path)).Children {
			child := strings.TrimSuffix(path, "/") + "/" + name
			shown = append(shown, child+"="+ask(znode.Get(child)).Data)
			list(child)
		}
	}
	if list("/"); shown == nil {
		return "nothing"
	}
	return strings.Join(shown, ", ")
}
