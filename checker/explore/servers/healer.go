package servers

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
)

// healer performs the fair schedule from one state after the other.
//
// All that can happen by itself happens, in passes: what was possible when a pass
// began happens in it, so nothing is put off for ever. When nothing is left,
// something is done about it: see patience. Where that leads back to a state that
// was there before, more is done the next time.
type healer struct {
	recovery *recovery
	world    *sim.World
	encoder  nodes.Encoder
	prober   any // the client as it is in the beginning
	probe    acknowledged
	probing  bool

	actions int
	noted   *sim.Schedule // if not nil, what happens
	been    map[[2]uint64]int
	enabled []sim.Action
	enc     []byte
}

func newHealer(r *recovery) *healer {
	h := &healer{recovery: r, probe: acknowledged{prober: r.prober}}
	h.world = sim.New(&r.config, nil, &h.probe)
	h.prober = h.world.Part(sim.Part{Client: r.prober})
	return h
}

// load begins anew in a state.
func (h *healer) load(s *State) {
	sh := h.recovery.shared
	for slot, p := range sh.parts {
		h.world.SetPart(p, sh.live(s.ids[slot], nil))
	}
	h.world.SetPart(sim.Part{Client: h.recovery.prober}, h.prober)
	h.probe.yes, h.probing = false, false
	h.actions = 0
	h.been = make(map[[2]uint64]int)
}

// key stands for the state as it is, with or without the clients. The prober has
// asked for nothing when its state matters.
func (h *healer) key(clients bool) [2]uint64 {
	h.enc = h.enc[:0]
	for _, p := range h.recovery.shared.parts {
		if clients || p.Client == 0 {
			h.enc = h.world.AppendPart(h.enc, p, &h.encoder)
		}
	}
	return hashOf(h.enc)
}

// do performs an action if it is still possible.
func (h *healer) do(a sim.Action) {
	if h.actions >= h.recovery.shared.Setup.Recovers || h.world.Apply(a) != nil {
		return
	}
	h.actions++
	if h.noted != nil {
		*h.noted = append(*h.noted, sim.Scheduled{Action: a})
	}
}

// heal ends what faults have begun.
func (h *healer) heal() {
	all := h.recovery.shared.all()
	h.do(sim.Action{Kind: sim.Heal, A: all, B: all, Both: true})
	for id := range all.All() {
		h.do(sim.Action{Kind: sim.Resume, Server: id})
		h.do(sim.Action{Kind: sim.Start, Server: id})
	}
}

// settle lets happen what happens by itself, until nothing is left or the bound
// is reached. A client that nobody serves would ask for ever: each asks once, and
// gets an answer.
func (h *healer) settle() {
	for range 2 {
		for h.pass(func(a *sim.Action) bool { return progress(a.Kind) && a.Client == 0 }) {
		}
		h.pass(func(a *sim.Action) bool { return progress(a.Kind) && a.Client != 0 })
	}
	for h.pass(func(a *sim.Action) bool { return progress(a.Kind) && a.Client == 0 }) {
	}
}

// pass performs those actions that are possible now and of some kind. It reports
// whether there were any, and room for them.
func (h *healer) pass(some func(*sim.Action) bool) bool {
	before := h.actions
	h.enabled = h.world.Enabled(h.enabled[:0])
	for i := range h.enabled {
		if some(&h.enabled[i]) {
			h.do(h.enabled[i])
		}
	}
	return h.actions > before
}

// run goes on from where nothing is left to happen by itself, and reports whether
// the goal is reached within the bound.
func (h *healer) run() bool {
	for h.actions < h.recovery.shared.Setup.Recovers {
		switch well := h.well(); {
		case well && h.probe.yes:
			return true
		case well && !h.probing:
			h.probing = true
			h.do(sim.Action{Kind: sim.Invoke, Client: h.recovery.prober})
		case !h.goOn():
			return false
		}
		h.settle()
	}
	return false
}

// well reports whether one server leads, and all others follow it with the same
// history.
func (h *healer) well() bool { return converged(h.world, h.recovery.shared.all()) }

// goOn does something where nothing is left to happen by itself: more, the more
// often it was there. It reports false if nothing is possible at all.
func (h *healer) goOn() bool {
	key := h.key(false)
	times := h.been[key]
	h.been[key]++
	for level := times; level < times+len(patience); level++ {
		if patience[level%len(patience)](h) {
			return true
		}
	}
	return false
}

// patience is what is done where nothing is left to happen by itself, first what
// takes the least time.
var patience = [...]func(*healer) bool{
	(*healer).elect,
	func(h *healer) bool { return h.pass(h.patient) },
	func(h *healer) bool { return h.pass(h.named(h.recovery.shared.watchful)) },
	func(h *healer) bool { return h.pass(h.named(h.recovery.shared.deserted)) },
	func(h *healer) bool { return h.pass(func(a *sim.Action) bool { return a.Kind == sim.Expire }) },
}

// elect holds an election of as many servers as possible, in worlds where
// elections are one step, and starts servers that have ended by themselves.
func (h *healer) elect() bool {
	if h.pass(func(a *sim.Action) bool { return a.Kind == sim.Start }) {
		return true
	}
	h.enabled = h.world.Enabled(h.enabled[:0])
	elections := slices.DeleteFunc(h.enabled, func(a sim.Action) bool { return a.Kind != sim.Elect })
	if len(elections) == 0 {
		return false
	}
	h.do(slices.MaxFunc(elections, func(a, b sim.Action) int { return a.A.Len() - b.A.Len() }))
	return true
}

// patient reports whether an action is the end of a wait without which nothing
// would go on.
func (h *healer) patient(a *sim.Action) bool {
	return a.Kind == sim.DialTimeout || h.named(h.recovery.shared.patient)(a)
}

// named picks the timers of some names.
func (h *healer) named(names uint64) func(*sim.Action) bool {
	return func(a *sim.Action) bool { return a.Kind == sim.Expire && names>>a.Timer.Name&1 == 1 }
}
