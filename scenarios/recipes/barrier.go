package recipes

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes/app/znode"
)

// barrier lets clients go from round to round together: nobody begins a round
// before all have come to it. Each has one ephemeral node, whose name says
// which round it has come to, and replaces it by the next in one multi.
type barrier struct{}

const barrierRoot = "/barrier"

func (b barrier) next(p *play) (znode.Op, bool) {
	switch p.step {
	case "":
		p.step = "made"
		return znode.Op{Kind: znode.KindCreate, Path: barrierRoot}, true
	case "counts":
		return b.count(p)
	default: // "made", "came", "waits": see who is there
		p.step = "counts"
		return znode.Op{Kind: znode.KindChildren, Path: barrierRoot, Watch: true}, true
	}
}

// count goes on to the next round if nobody is missing, and waits otherwise.
func (b barrier) count(p *play) (znode.Op, bool) {
	mine, latest, here := 0, 1, 0
	for _, name := range p.result.Children {
		var round, client int
		if _, err := fmt.Sscanf(name, "r%d-c%d", &round, &client); err != nil {
			panic("recipes: what is " + name + " doing at the barrier?")
		}
		latest = max(latest, round)
		if client == int(p.Client) {
			mine = round
		}
	}
	for _, name := range p.result.Children {
		if round := 0; mine > 0 {
			if _, err := fmt.Sscanf(name, "r%d", &round); err == nil && round >= mine {
				here++
			}
		}
	}
	switch {
	case p.lost || len(p.heard.Events) > 0:
		p.step = "waits"
		return b.next(p)
	case mine == 0: // new here, or the session has expired: join those that are furthest
		p.step = "came"
		return b.node(p, latest), true
	case here < p.Players:
		p.step = "waits"
		return znode.Op{}, false
	default:
		p.step = "came"
		old := znode.Op{Kind: znode.KindDelete, Path: b.node(p, mine).Path, Version: znode.AnyVersion}
		return znode.Op{Kind: znode.KindMulti, Ops: []znode.Op{old, b.node(p, mine+1)}}, true
	}
}

// node creates the client's node for a round.
func (barrier) node(p *play, round int) znode.Op {
	path := fmt.Sprintf("%s/r%d-c%d", barrierRoot, round, p.Client)
	return znode.Op{Kind: znode.KindCreate, Path: path, Ephemeral: true}
}
