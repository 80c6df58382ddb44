package recipes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes/app/znode"
)

// turns lets clients take turns, in the order in which they lined up: a lock if
// a turn is short, an election if the one whose turn it is goes on until it
// falls. Each makes an ephemeral sequential node below root; the lowest has the
// turn, every other one watches the node before its own, so that nobody wakes
// up in vain.
//
// Its node is also its fencing token. Who has the turn writes to the resource by
// a multi that checks that the node is still there: once the session has
// expired, the write fails, however late the client finds out.
type turns struct {
	root, resource string
	terms          int // how many writes make a turn
}

func (t turns) next(p *play) (znode.Op, bool) {
	switch p.step {
	case "":
		p.step = "root"
		return znode.Op{Kind: znode.KindCreate, Path: t.root}, true
	case "root":
		p.step = "resource"
		return znode.Op{Kind: znode.KindCreate, Path: t.resource}, true
	case "resource", "left":
		return t.lookUp(p)
	case "looked":
		return t.adopt(p)
	case "joined":
		if p.lost || p.result.Code != znode.OK {
			return t.lookUp(p) // it may be there all the same
		}
		p.path = p.result.Path
		return t.ask(p)
	case "asked":
		return t.lineUp(p)
	case "watching":
		return t.wait(p)
	case "waiting":
		return t.ask(p)
	default: // "has the turn"
		return t.work(p)
	}
}

// mark begins the names of the client's own nodes: if the answer to a creation
// is lost, they tell whether it took place.
func (t turns) mark(p *play) string { return fmt.Sprintf("c%d-", p.Client) }

func (t turns) lookUp(p *play) (znode.Op, bool) {
	p.step, p.path = "looked", ""
	return znode.Op{Kind: znode.KindChildren, Path: t.root}, true
}

// adopt takes up a node of its own that is there, or lines up with a new one.
func (t turns) adopt(p *play) (znode.Op, bool) {
	if p.lost {
		return t.lookUp(p)
	}
	for _, name := range p.result.Children {
		if strings.HasPrefix(name, t.mark(p)) {
			p.path = t.root + "/" + name
			return t.ask(p)
		}
	}
	p.step = "joined"
	return znode.Op{Kind: znode.KindCreate, Path: t.root + "/" + t.mark(p), Ephemeral: true, Sequential: true}, true
}

// ask asks who is in line.
func (t turns) ask(p *play) (znode.Op, bool) {
	p.step = "asked"
	return znode.Op{Kind: znode.KindChildren, Path: t.root}, true
}

// lineUp finds out whose turn it is.
func (t turns) lineUp(p *play) (znode.Op, bool) {
	if p.lost {
		return t.ask(p)
	}
	line := slices.SortedFunc(slices.Values(p.result.Children), func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	switch i := slices.Index(line, strings.TrimPrefix(p.path, t.root+"/")); {
	case i < 0:
		return t.lookUp(p) // the node went with a session of before
	case i == 0:
		p.step, p.text = "has the turn", ""
		return t.write(p)
	default:
		p.step = "watching"
		return znode.Op{Kind: znode.KindExists, Path: t.root + "/" + line[i-1], Watch: true}, true
	}
}

// number is what ZooKeeper put behind a name.
func number(name string) string {
	const digits = 10
	return name[max(0, len(name)-digits):]
}

// wait waits for the node before its own to go.
func (t turns) wait(p *play) (znode.Op, bool) {
	if p.lost || p.result.Code != znode.OK || len(p.heard.Events) > 0 {
		return t.ask(p)
	}
	p.step = "waiting"
	return znode.Op{}, false
}

func (t turns) write(p *play) (znode.Op, bool) {
	return znode.Op{Kind: znode.KindMulti, Ops: []znode.Op{
		{Kind: znode.KindCheck, Path: p.path, Version: znode.AnyVersion},
		{Kind: znode.KindSet, Path: t.resource, Data: number(p.path), Version: znode.AnyVersion},
	}}, true
}

// work goes on until the turn is over, or lost.
func (t turns) work(p *play) (znode.Op, bool) {
	p.text += "."
	switch {
	case !p.lost && p.result.Code != znode.OK:
		return t.lookUp(p)
	case len(p.text) < t.terms:
		return t.write(p)
	}
	p.step = "left"
	return znode.Op{Kind: znode.KindDelete, Path: p.path, Version: znode.AnyVersion}, true
}
