// Package recipes is what ZooKeeper's clients do with a tree of znodes: locks,
// elections, barriers, counters, and a mix of everything for the sake of
// testing. Each is a [sim.Recipe]: it goes by what its client hears, and what
// it remembers lives in the client, so that it can be cloned with the world.
//
// They are written as ZooKeeper's documentation has them ("ZooKeeper Recipes and
// Solutions"), with what a careful user adds: an operation whose outcome is
// unknown is looked up before it is repeated, and who holds a lock writes by a
// token that fails once the lock is lost.
package recipes

import (
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/trace"
)

// Player is the client that follows a recipe.
type Player struct {
	Client nodes.ClientID
	// ThinkMin and ThinkMax bound the pause before each operation.
	ThinkMin, ThinkMax time.Duration
	// Players is how many clients there are (a barrier waits for all).
	Players int
}

// Names are the recipes there are.
var Names = []string{"lock", "election", "barrier", "counter", "tree"}

// ByName returns the recipe of that name, one of [Names].
func ByName(name string, p Player) sim.Recipe {
	var steps steps
	switch name {
	case "lock":
		steps = turns{root: "/lock", resource: "/locked", terms: 1}
	case "election":
		steps = turns{root: "/election", resource: "/leader", terms: 20}
	case "barrier":
		steps = barrier{}
	case "counter":
		steps = counter{}
	case "tree":
		steps = tree{}
	default:
		panic("recipes: there is no " + name)
	}
	return recipe{p, steps}
}

// steps are what differs from recipe to recipe.
type steps interface {
	// next returns the next operation, or waits for an event.
	next(p *play) (op znode.Op, more bool)
}

// play is one decision of a recipe: what it remembers, which it may change, and
// what it has heard.
type play struct {
	Player
	memory
	heard  sim.Heard
	result znode.Result // of the operation before, if it is known
	lost   bool         // it is not known
	src    choice.Source
	stream *choice.Stream
}

// memory is what a recipe remembers between two operations.
type memory struct {
	step string // "": the beginning
	path string // of a node of its own
	text string
}

func (m memory) bytes() []byte { return []byte(strings.Join([]string{m.step, m.path, m.text}, "\x00")) }

func remember(state []byte) memory {
	parts := strings.SplitN(string(state), "\x00", 3)
	if len(parts) < 3 {
		return memory{}
	}
	return memory{parts[0], parts[1], parts[2]}
}

type recipe struct {
	player Player
	steps  steps
}

// Next implements [sim.Recipe].
func (r recipe) Next(state []byte, i int, h sim.Heard, src choice.Source, s *choice.Stream) ([]byte, sim.Op, bool) {
	if src == nil { // the model checker's worlds draw nothing
		src = choice.Seed(0)
	}
	p := &play{Player: r.player, memory: remember(state), heard: h, src: src, stream: s}
	if h.Expired {
		p.memory = memory{} // the nodes are gone, and so are the watches
	} else if h.Ended {
		p.lost = h.Result != trace.OK
		if !p.lost {
			var err error
			if p.result, err = znode.ParseResult(h.Body); err != nil {
				panic("recipes: " + err.Error())
			}
		}
	}
	op, more := r.steps.next(p)
	if !more {
		return p.bytes(), sim.Op{}, false
	}
	made := sim.Op{
		Class: nodes.Write, Body: app.Identify(p.Client, uint32(i+1), op.Body()),
		Pause: time.Duration(choice.Between(src, int64(p.ThinkMin), int64(p.ThinkMax), s)),
	}
	if op.Reads() {
		made.Class = nodes.Read
	}
	return p.bytes(), made, true
}

// below draws a number in [0, n).
func (p *play) below(n int) int { return int(p.src.Intn(int64(n), p.stream)) }

// Watcher is [znode.Watcher] for operations that say whose they are.
type Watcher struct{ Client nodes.ClientID }

// Armed implements [sim.Watcher].
func (Watcher) Armed(watches []string, op, result []byte) []string {
	if _, _, body, err := app.Body(op); err == nil {
		return znode.Watcher{}.Armed(watches, body, result)
	}
	return watches
}

// Fired implements [sim.Watcher].
func (Watcher) Fired(watches []string, event []byte) []string {
	return znode.Watcher{}.Fired(watches, event)
}

// Again implements [sim.Watcher].
func (w Watcher) Again(watches []string, seen nodes.Position) []byte {
	return app.Identify(w.Client, 0, znode.Watcher{}.Again(watches, seen))
}
