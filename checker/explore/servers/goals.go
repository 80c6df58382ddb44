package servers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// A goal is what must hold again and again on every fair execution, told by a state
// alone. Goals have the names of the properties of kind Eventually that ask for the
// same once faults are over, and for it to come within a time.
type goal struct {
	name  string
	holds func(w *sim.World, all nodes.Set, clients int) bool
}

var goals = []goal{
	// Some server is an established leader.
	{"leader", func(w *sim.World, all nodes.Set, _ int) bool {
		return slices.ContainsFunc(slices.Collect(all.All()), func(id nodes.ID) bool {
			s := w.Status(id)
			return w.Up(id) && s.Role == nodes.Leading && s.Serving
		})
	}},
	// One server leads, and all others follow it with the same history.
	{"converged", func(w *sim.World, all nodes.Set, _ int) bool { return converged(w, all) }},
	// No client waits for an answer.
	{"served", func(w *sim.World, _ nodes.Set, clients int) bool {
		for id := range nodes.ClientID(clients) {
			if w.Waits(id + 1) {
				return false
			}
		}
		return true
	}},
}

// Goals returns what [Setup].Goals can be: the names of the properties of kind
// Eventually that mean something without times.
func Goals() []string {
	var names []string
	for i := range goals {
		names = append(names, goals[i].name)
	}
	return names
}

// converged reports whether one server leads, and all others follow it with the
// same history.
func converged(w *sim.World, all nodes.Set) bool {
	var leader nodes.ID
	var history nodes.History
	for id := range all.All() {
		if !w.Up(id) {
			return false
		}
		s := w.Status(id)
		if leader == 0 {
			leader, history = s.Leader, s.History
		}
		if !s.Serving || leader == 0 || s.Leader != leader || s.History != history {
			return false
		}
	}
	return w.Status(leader).Role == nodes.Leading
}

// checkGoals says which of the names is no goal.
func checkGoals(names []string) error {
	for _, name := range names {
		if !slices.Contains(Goals(), name) {
			return fmt.Errorf("explore: %q is nothing that can be judged without times; %s can", name, strings.Join(Goals(), ", "))
		}
	}
	return nil
}

// goals returns the properties for [explore.Liveness]. They share a world to look
// at states, so one search at a time can ask them.
func (sh *shared) goals() []explore.Property[State] {
	if len(sh.Setup.Goals) == 0 {
		return nil
	}
	world := sim.New(&sh.config, nil, nil)
	var properties []explore.Property[State]
	for _, g := range goals {
		if !slices.Contains(sh.Setup.Goals, g.name) {
			continue
		}
		properties = append(properties, explore.Property[State]{
			Name: g.name, Kind: checker.Eventually, Again: true,
			Holds: func(s State) bool {
				for slot, p := range sh.parts {
					world.SetPart(p, sh.live(s.ids[slot], nil))
				}
				return g.holds(world, sh.all(), len(sh.config.Clients))
			},
		})
	}
	return properties
}

// awaited reports whether timers wait for an action. A client whom nobody serves
// asks for ever, so where goals are judged they do not wait for clients.
func (sh *shared) awaited(a *sim.Action) bool {
	return progress(a.Kind) && (a.Client == 0 || len(sh.Setup.Goals) == 0)
}

// Strong implements [explore.Fair]. Timers and elections may be possible only while
// nothing else is, and then by and by their time comes. So it is with all but
// deliveries, flushes, and what clients ask and hear.
func (w *World) Strong(class int) bool { return w.strong[class] }

// Class implements [explore.Fair]. What happens by itself and costs nothing must
// not be put off for ever: deliveries, flushes, timers that may fire now, the end
// of partitions and pauses, restarts if there are enough for all crashes. Each such
// action is a class of its own. What clients ask for is theirs to decide; and who
// is elected in one step is for luck to decide, but somebody is.
func (w *World) Class(s State, e *Event) int {
	if e.crashes() || e.Action.Kind == sim.Invoke || e.Action.Kind == sim.KeepAlive || w.costs(&s, e) != free {
		return -1
	}
	a := e.Action
	if a.Kind == sim.Elect {
		a = sim.Action{Kind: sim.Elect}
	}
	class, known := w.classes[a]
	if !known {
		class = len(w.classes)
		if class == explore.Classes {
			err := fmt.Errorf("explore: more than %d kinds of actions that must not be put off for ever", class)
			w.shared.trouble.CompareAndSwap(nil, &err)
			return -1
		}
		w.classes[a] = class
		w.strong = append(w.strong, !progress(a.Kind))
	}
	return class
}
