package servers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/zabsim/zabsim/checker"
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// World is the model of real nodes: every execution within a budget of faults,
// without times, in which any message, flush, timer or fault may come next.
//
// A state is a vector of parts (servers, links, clients, what the properties
// remember), each known by the number it got when it was first seen. An action
// looks at a few of them only. What it did to those once it does whenever they
// meet again, so nearly all steps are looked up instead of executed. A share
// of those is executed all the same, and compared: a node that depends on more
// than its encoding says is found out.
type World struct {
	shared  *shared
	scratch *sim.World // in which actions are executed
	seen    recorder   // its observer
	encoder nodes.Encoder
	enc     []byte

	// By slot: the number of the part that the scratch world has there, 0 if it is
	// none; and the outline that was put there last.
	loaded [maxParts]uint32
	before [maxParts][]byte
	found  findings // about the event executed last
	recipe []uint32
	noted  map[uint32]any // parts made again, while one is made of them
	// What was found out about the state looked at last.
	surveyed [maxParts]uint32
	menus    []*menu
	still    bool
	urgent   *menu // the first one in which something is; nil: none
	foreseen []foresight
	passed   int // how many of those were asked for, or passed over
	enabled  []sim.Action
	offered  []*Event // by the state that may be a deadlock
	// The states of the step that is taken.
	from, next State

	// Elections, and what they tell a server.
	lessons   map[lesson]*Event
	standings map[uint32]standing // by part
	bearings  []bearing           // by part
	classes   map[sim.Action]int  // of fairness
	strong    []bool              // by class: see Strong
	hits      uint64
}

// shared is what all forks of a World have in common.
type shared struct {
	Setup
	config sim.Config // without a plan
	names  sim.Names
	// Timers, by name.
	patient, watchful, deserted uint64
	unhurried                   uint64 // those that are as good as patient

	parts []sim.Part
	rest  int // the slot of the zero part
	judge int // that of what the properties remember, behind all parts
	// order is the slots in the order in which actions are offered.
	order            []int
	servers, clients []int
	// By place: the slot of the server, those of its links, and all that may
	// change there.
	server        []int
	links, around [][]int

	// What is known of parts, and of what happens to them.
	table    *table[part]
	lives    lives
	lists    arena // of numbers: recipes, outcomes, what all panels remember
	outlines *table[struct{}]
	edits    *table[edit]
	sights   []sight
	tree     *memo // of outcomes: by place in it and what is seen there
	edited   *memo // by edit and link
	menu     *memo // by part and rest
	menus    list[menu]
	elected  *memo // by servers, one after the other, and the rest: the number of a ballot
	ballots  list[[]*Event]
	shown    *table[[]uint32] // of what is shown, the numbers of excerpts for panels
	excerpts *table[[]trace.Event]
	panels   []panel
	judged   *memo // by what was shown and what all monitors remembered
	heard    *memo // by an excerpt and what a panel remembered

	mu         sync.Mutex
	events     map[occasion]*Event
	happenings list[*Event]
	places     atomic.Uint32 // in the tree

	canon    canon
	recovery *recovery // nil if it is not judged
	initial  State
	opening  sim.Schedule // what came at once of what was done before the search begins
	trouble  atomic.Pointer[error]
	hastened atomic.Bool // confluent actions were done
	reached  sync.Map    // the places in the protocol, by the names of notes
	phases   sync.Map    // those that servers were in
	executed atomic.Uint64
}

// Bounds of the representation: a server has links to maxLinks others, and
// maxParts are five servers, ten links between them, the clients, the rest, and
// what the properties remember.
const (
	maxLinks    = 4
	maxClients  = 7
	maxParts    = 24
	maxChannels = 4
	maxBudget   = 255 // of each kind of fault
)

// State is a state of a [World].
type State struct {
	ids   [maxParts]uint32
	sum   [2]uint64 // of the hashes of the parts
	spent Spent
}

// put sets a part of a state.
func (s *State) put(t *table[part], slot int, id uint32) {
	if old := s.ids[slot]; old != 0 {
		s.sum = xor(s.sum, t.hash(old))
	}
	s.ids[slot] = id
	s.sum = xor(s.sum, t.hash(id))
}

func xor(a, b [2]uint64) [2]uint64 { return [2]uint64{a[0] ^ b[0], a[1] ^ b[1]} }

// Fork implements [explore.Forker].
func (w *World) Fork() explore.Model[State, *Event] { return w.shared.fork() }

func (sh *shared) fork() *World {
	w := &World{
		shared:    sh,
		classes:   make(map[sim.Action]int),
		lessons:   make(map[lesson]*Event),
		standings: make(map[uint32]standing),
	}
	w.seen.reached, w.seen.phases = &sh.reached, &sh.phases
	for i := range sh.panels {
		w.seen.wants |= sh.panels[i].wants
	}
	w.scratch = sim.New(&sh.config, nil, &w.seen)
	return w
}

// Initial implements [explore.Model].
func (w *World) Initial() []State { return []State{w.shared.initial} }

// AppendTo implements [explore.Model].
func (w *World) AppendTo(b []byte, s State) []byte {
	return s.spent.appendTo(appendSum(b, &s))
}

// AppendCore implements [explore.Layered].
func (w *World) AppendCore(b []byte, s State) []byte {
	return append(appendSum(b, &s), s.spent.Elections, s.spent.Requests)
}

func appendSum(b []byte, s *State) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.sum[0])
	return binary.LittleEndian.AppendUint64(b, s.sum[1])
}

// Spent implements [explore.Layered].
func (w *World) Spent(s State) explore.Spent { return s.spent.faults() }

// Pack implements [explore.Packer].
func (w *World) Pack(b []byte, s State) []byte {
	b = s.spent.appendTo(b)
	for _, id := range s.ids[:w.shared.judge+1] {
		b = binary.AppendUvarint(b, uint64(id))
	}
	return b
}

// Unpack implements [explore.Packer].
func (w *World) Unpack(b []byte) State {
	s := State{spent: spentFrom(b)}
	b = b[spentBytes:]
	for slot := range s.ids[:w.shared.judge+1] {
		id, n := binary.Uvarint(b)
		s.put(w.shared.table, slot, uint32(id))
		b = b[n:]
	}
	return s
}

// Kinds implements [explore.Sorter].
func (w *World) Kinds() []string {
	var kinds []string
	for k := range sim.Hold {
		kinds = append(kinds, k.String())
	}
	return append(kinds, sim.Sever.String(), sim.Elect.String())
}

// Kind implements [explore.Sorter].
func (w *World) Kind(e *Event) int {
	switch k := e.Action.Kind; k {
	case sim.Sever:
		return int(sim.Hold)
	case sim.Elect:
		return int(sim.Hold) + 1
	default:
		return int(k)
	}
}

// Bounds implements [explore.Bounded]. Defects and options are among them: they too
// decide what is possible in states that look the same.
func (w *World) Bounds() string {
	s := &w.shared.Setup
	return fmt.Sprintf("%+v, %d epochs, %d elections, %d requests, %d in flight, merged: %v, recovery in %d, connections at once: %v, goals %q, exact %q, %s %+v %q",
		s.Config.Budget, s.Epochs, s.Elections, s.Requests, s.InFlight, s.Merged, s.Recovers, s.Prompt, s.Goals, s.Exact,
		s.Config.Protocol.Name, s.Config.Options, s.Config.Defects)
}

// Properties implements [explore.Model].
func (w *World) Properties() []explore.Property[State] {
	sh := w.shared
	var properties []explore.Property[State]
	for i := range sh.Setup.Properties {
		p := &sh.Setup.Properties[i]
		properties = append(properties, explore.Property[State]{Name: p.Name, Kind: p.Kind, Holds: func(s State) bool {
			decided := sh.table.at(s.ids[sh.judge]).verdicts>>i&1 == 1
			return decided == (p.Kind == checker.Sometimes)
		}})
	}
	if sh.recovery != nil {
		properties = append(properties, sh.recovery.property())
	}
	return append(properties, sh.goals()...)
}

// Schedule returns all that was done on a path, for [sim.Replay].
func (w *World) Schedule(p *explore.Path[State, *Event]) sim.Schedule {
	schedule := append(w.shared.beginning(), w.shared.opening...)
	from := &p.Initial
	for i := range p.Steps {
		for _, a := range w.unfolded(from, p.Steps[i].Action) {
			schedule = append(schedule, sim.Scheduled{Action: a})
		}
		from = &p.Steps[i].State
	}
	return schedule
}

// Bytes implements [explore.Sized].
func (w *World) Bytes() uint64 {
	sh := w.shared
	n := sh.lists.bytes() + sh.menus.bytes() + sh.ballots.bytes() + sh.lives.parts.bytes() + sh.lives.sittings.bytes() +
		sh.table.bytes() + sh.outlines.bytes() + sh.edits.bytes() + sh.shown.bytes() + sh.excerpts.bytes()
	for _, m := range []*memo{sh.tree, sh.edited, sh.menu, sh.elected, sh.judged, sh.heard} {
		n += m.bytes()
	}
	return n
}

// Work is how much a [World] had to do to answer, over all searches and forks.
type Work struct {
	Parts     uint64 // different states of servers, links, clients and monitors
	Executed  uint64 // steps of nodes that were executed; all others were looked up
	MadeAgain uint64 // parts that were wanted again after they had been let go
}

// Work returns how much there was to do so far.
func (w *World) Work() Work {
	sh := w.shared
	return Work{uint64(sh.table.things.n), sh.executed.Load(), sh.lives.made.Load()}
}

// complain notes that results cannot be relied on, and why.
func (sh *shared) complain(err error) { sh.trouble.CompareAndSwap(nil, &err) }

// Err implements [explore.Doubter]: it tells of a node that did not do the same twice,
// of a property that could not be judged, and of tables that are full.
func (w *World) Err() error {
	sh := w.shared
	if trouble := sh.trouble.Load(); trouble != nil {
		return *trouble
	}
	if sh.table.things.crowded() || sh.edits.things.crowded() || sh.happenings.crowded() || sh.menus.crowded() || sh.lists.crowded() {
		return errors.New("explore: servers, links and monitors come in more states than there are numbers for; the search is too large")
	}
	return nil
}
