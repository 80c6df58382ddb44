// Package sim is the kernel: a [World] of servers, disks, links and clients,
// of which each next thing that can happen is an [Action].
//
// An execution is a list of Actions. [World.Enabled] lists what could happen
// next, [World.Apply] performs one of them, and that is all there is: the
// simulator ([Run]) picks the action that is due first, a model checker tries
// every one, a replayer ([Replay]) takes them from a file, a shrinker leaves
// some out. Nothing else can change a World.
//
// The world is deterministic: equal configurations, sources of choices and
// actions give equal traces, down to the hash. It runs in one goroutine and
// imports the standard library only.
package sim

import (
	"slices"
	"time"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

// World is the state of an execution. Its parts (servers with node, disk and
// timers; links; clients) can be cloned and encoded one by one; nothing that
// decides the future lives elsewhere.
type World struct {
	cfg *Config
	src choice.Source
	obs trace.Observer

	servers []server // by ID; index 0 is unused
	net     *network.Network
	clients []client // by ClientID - 1
	met     uint64   // clients that were looked at: see Read

	timed   bool // the simulator's: choices are drawn and things become due
	now     int64
	late    int64 // how much longer the datagram sent right now takes
	queue   queue
	faults  []fault   // triggers, by place in the plan
	struck  []int     // faults of the plan whose trigger fired just now
	missed  []int     // faults of the plan that found nobody to strike
	blame   uint64    // the event that made a triggered fault strike
	culprit nodes.ID  // whose event that was
	kind    string    // of the fault that strikes right now, for traces
	awaited trace.Set // kinds of events that armed triggers wait for, and maybe some more
	alert   int       // how many armed triggers strike before an effect
	stop    uint16    // where the step that is done now stops: Action.Stop
	halted  nodes.ID  // whose step that was, until Run has seen to it
	slowed  bool      // the steps of some server take time
	forks   int       // how many forks of the configuration are behind it

	wants   trace.Set
	events  uint64
	steps   uint64
	hash    nodes.Digest
	stopped Stop

	// Scratch, reused from step to step.
	out nodes.Out
	ev  trace.Event
	enc []byte
	in  inputs
}

// inputs are the values handed to Step, one of each, so that a step allocates
// none.
type inputs struct {
	start   nodes.Start
	deliver nodes.Deliver
	opened  nodes.Opened
	refused nodes.Refused
	closed  nodes.Closed
	expire  nodes.Expire
	synced  nodes.Synced
	failed  nodes.Failed
	request nodes.Request
	elected nodes.Elected
}

// server is one machine and the process on it.
type server struct {
	node   nodes.Node // nil while down
	disk   *disk.Disk
	paused bool
	// shared says that node and disk are also those of a clone, and must be
	// copied before they change.
	shared bool
	timers []timer
	status nodes.Status
	before nodes.Status // the one View compares with
	booted bool
	idle   int64 // when its disk has done all fsyncs asked for so far
	held   rest  // of a step that was stopped
	ills   ills

	fsync, power, odds, rot choice.Stream
	waits                   []choice.Stream // by timer name
}

// New returns a world at time zero, in which no server has booted yet. Without
// a source of choices the world is untimed: nothing is ever due, and only
// Enabled says what can happen. obs may be nil.
func New(cfg *Config, src choice.Source, obs trace.Observer) *World {
	all := cfg.Voters | cfg.Observers
	w := &World{
		cfg: cfg, src: src, timed: src != nil,
		servers: make([]server, int(all.Max())+1),
		net:     network.New(&cfg.Topology, all, cfg.Protocol.Channels, cfg.Filters...),
		clients: make([]client, len(cfg.Clients)),
		faults:  make([]fault, len(cfg.Plan.Faults)),
	}
	for id := range all.All() {
		s := &w.servers[id]
		s.disk = disk.New(len(cfg.Protocol.Files))
		s.fsync = choice.NewStream("fsync " + id.String())
		s.power = choice.NewStream("power " + id.String())
		s.odds = choice.NewStream("datagrams " + id.String())
		s.rot = choice.NewStream("rot " + id.String())
		for _, name := range cfg.Protocol.Timers {
			s.waits = append(s.waits, choice.NewStream("timer "+id.String()+" "+name))
		}
	}
	w.observe(obs)
	w.bringDisks()
	if w.timed {
		w.net.Scheduler = (*arrivals)(w)
		w.scheduleBoot(all &^ cfg.Plan.Held)
		w.schedulePlan()
	}
	for i := range w.clients {
		w.initClient(i)
	}
	return w
}

// bootSpread is how far apart servers that start together really start.
const bootSpread = 10 * time.Millisecond

func (w *World) scheduleBoot(ids nodes.Set) {
	for id := range ids.All() {
		s := choice.NewStream("boot " + id.String())
		w.queue.push(choice.Between(w.src, 0, int64(bootSpread), &s), Action{Kind: Start, Server: id})
	}
}

func (w *World) observe(obs trace.Observer) {
	w.obs, w.wants = obs, 0
	if obs != nil {
		w.wants = obs.Wants()
	}
	w.wants |= w.triggerKinds()
}

// Now returns the virtual time.
func (w *World) Now() time.Duration { return time.Duration(w.now) }

// Steps returns how many actions were applied.
func (w *World) Steps() uint64 { return w.steps }

// Events returns how many trace events there were, observed or not.
func (w *World) Events() uint64 { return w.events }

// Hash returns the trace hash: a digest of every event so far, with its time,
// servers, message or record contents, results and changes of role. Equal
// hashes mean equal traces (up to a collision, 2^-64).
func (w *World) Hash() nodes.Digest { return w.hash }

// Status returns what a server says of itself.
func (w *World) Status(id nodes.ID) nodes.Status { return w.servers[id].status }

// Up reports whether a process runs at id.
func (w *World) Up(id nodes.ID) bool { return w.servers[id].node != nil }

// Image returns what a server would find on its disk if it booted now.
func (w *World) Image(id nodes.ID) nodes.Disk { return w.servers[id].disk.Image() }

// Missed returns which faults of the plan, by their place in it, found nobody
// to strike: no leader to crash, nobody left on one side. Those that wait for
// a trigger still are among them.
func (w *World) Missed() []int {
	missed := slices.Clone(w.missed)
	for i := range w.faults {
		if w.faults[i].armed && !w.cfg.Plan.Faults[i].Optional {
			missed = append(missed, i)
		}
	}
	return missed
}

// Clone returns an independent copy that tells obs, which may be nil, what
// happens to it.
func (w *World) Clone(obs trace.Observer) *World {
	c := *w
	c.servers = slices.Clone(w.servers)
	for i := range c.servers {
		// Node and disk are copied by whoever changes them first.
		w.servers[i].shared, c.servers[i].shared = true, true
		c.servers[i].timers = slices.Clone(w.servers[i].timers)
		c.servers[i].waits = slices.Clone(w.servers[i].waits)
	}
	c.net = w.net.Clone()
	c.clients = slices.Clone(w.clients)
	c.faults = slices.Clone(w.faults)
	c.struck = slices.Clone(w.struck)
	c.missed = slices.Clone(w.missed)
	c.queue = w.queue.clone()
	c.out, c.ev, c.enc, c.in = nodes.Out{}, trace.Event{}, nil, inputs{}
	if c.timed {
		c.net.Scheduler = (*arrivals)(&c)
	}
	c.observe(obs)
	return &c
}

// own makes sure that node and disk of a server may be changed.
func (s *server) own() {
	if !s.shared {
		return
	}
	s.shared = false
	s.disk = s.disk.Clone()
	if s.node != nil {
		s.node = s.node.Clone()
	}
}

// AppendTo appends a canonical encoding of all that decides what can happen
// next, without times: worlds with equal encodings have equal futures.
func (w *World) AppendTo(b []byte) []byte {
	var enc nodes.Encoder
	for i := range w.servers[1:] {
		b = w.servers[i+1].appendTo(b, &enc)
	}
	b = w.net.AppendTo(b)
	for i := range w.clients {
		b = w.clients[i].appendTo(b)
	}
	return b
}

func (s *server) appendTo(b []byte, enc *nodes.Encoder) []byte {
	if s.disk == nil {
		return b // no such server
	}
	b = append(b, flag(s.node != nil), flag(s.paused), flag(s.booted))
	if s.node != nil {
		b = enc.Append(b, s.node)
	}
	b = s.disk.AppendTo(b)
	return appendTimers(b, s.timers)
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}
