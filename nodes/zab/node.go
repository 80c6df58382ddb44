package zab

import (
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// config is what a node was told when it was made. Nothing in it changes.
type config struct {
	Options
	id      nodes.ID
	voters  quorum
	machine func() nodes.StateMachine
	oracle  bool // elections are held by elect
	defects
	programs programs
}

// phase is the phase of the protocol a server is in; ZooKeeper's ZabState
// (R-STATE-3).
type phase uint8

const (
	electing phase = iota
	discovering
	synchronizing
	broadcasting
)

// String returns the paper's name of the phase.
func (p phase) String() string {
	return [...]string{"election", "discovery", "synchronization", "broadcast"}[p]
}

// Node is one server. Its parts are ZooKeeper's threads and the data they work
// on; a step of the node is what one of the threads does between two waits
// (R-STATE-5). It has one role at a time, and goes from each through an election
// to the next (R-STATE-1).
type Node struct {
	cfg *config    `zabsim:"-"`
	out *nodes.Out `zabsim:"-"` // where the effects of this step go; nil between steps
	// scratch is for results that nobody waits for.
	scratch []byte       `zabsim:"-"`
	acks    slab[Ack]    `zabsim:"-"`
	commits slab[Commit] `zabsim:"-"`

	role  nodes.Role
	phase phase
	// booted says that recovery is over; until then bootWaits counts the writes
	// it waits for.
	booted    bool
	bootWaits int
	// closing says that the role is over but the log thread is not idle yet
	// (R-DUR-16).
	closing bool

	// The two epochs as they are on disk: a new value is written there first
	// and here when it is durable (R-DUR-1).
	acceptedEpoch uint64 // the paper's f.p: no leader of an older epoch is followed
	currentEpoch  uint64 // the paper's f.a: the epoch whose initial history we hold

	// currentVote is the outcome of the last election; servers that look for a
	// leader are told it.
	currentVote ballot

	db      database
	files   files
	log     logThread
	snap    snapThread
	fle     fastElection
	polling polling      // electionAlg 0
	auth    authElection // electionAlg 1 and 2
	learner learner      // while following or observing
	leader  leader       // while leading
	clients clients
}

// New makes a node. Its first step must be a Start.
func New(c nodes.Config) *Node {
	options := DefaultOptions()
	if c.Options != nil {
		options = c.Options.(*Options)
	}
	if err := options.check(c.Voters, c.Observers); err != nil {
		panic(err)
	}
	voters, err := newQuorum(options, c.Voters)
	if err != nil {
		panic(err)
	}
	defects := defectsIn(&c, options.Profile)
	cfg := &config{
		Options:  *options,
		id:       c.ID,
		voters:   voters,
		machine:  c.Machine,
		oracle:   c.Oracle,
		defects:  defects,
		programs: defects.programs(),
	}
	if cfg.has(committedLogOneMore) {
		cfg.CommitLogCount++
	}
	return &Node{cfg: cfg, role: nodes.Looking}
}

// Step implements [nodes.Node].
func (n *Node) Step(in nodes.Input, out *nodes.Out) {
	n.out = out
	switch in := in.(type) {
	case *nodes.Start:
		n.boot(in.Disk)
	case *nodes.Deliver:
		n.deliver(in)
	case *nodes.Opened:
		n.opened(in)
	case *nodes.Refused:
		n.dialRefused()
	case *nodes.Closed:
		n.closed(in.Conn)
	case *nodes.Expire:
		n.expired(in.Timer)
	case *nodes.Synced:
		n.synced(in.Ticket)
	case *nodes.Failed:
		n.failed(in)
	case *nodes.Request:
		n.request(in)
	case *nodes.Elected:
		n.elected(in.Leader)
	}
	n.elect()
	n.out = nil
}

func (n *Node) deliver(in *nodes.Deliver) {
	switch {
	case in.On == electionChannel:
		n.hear(in.From, in.Msg.(Notification))
	case in.On == datagramChannel:
		n.hearDatagram(in.From, in.Msg)
	case n.role == nodes.Leading:
		n.leaderReceives(in.Conn, in.Msg)
	default:
		n.learnerReceives(in.Conn, in.Msg)
	}
}

func (n *Node) opened(in *nodes.Opened) {
	if in.Conn.Dialer() == n.cfg.id {
		n.leaderReached(in.Conn)
	} else {
		n.acceptLearner(in.Peer, in.Conn)
	}
}

func (n *Node) closed(conn nodes.Conn) {
	if n.role == nodes.Leading {
		n.learnerGone(conn)
	} else {
		n.leaderGone(conn)
	}
}

func (n *Node) expired(t nodes.Timer) {
	switch t.Name {
	case electionTimer:
		n.electionTimeout()
	case finalizeTimer:
		n.finalizeTimeout()
	case delayTimer:
		n.lookForLeader()
	case connectTimer:
		n.stepDown("connect-timeout", "retries exceeded, no time left to connect")
	case retryTimer:
		n.dialLeader()
	case readTimer:
		n.readTimeout(nodes.Conn(t.Key))
	case waitTimer:
		n.leaderWaitTimeout()
	case tickTimer:
		n.halfTick()
	case yieldTimer:
		n.proceed()
	case snapshotTimer:
		n.copyPiece()
	case patienceTimer:
		n.leader.impatient = true
	case letterTimer:
		n.letterTimeout(nodes.ID(t.Key))
	}
}

// synced wakes the thread that waited for the write.
func (n *Node) synced(t nodes.Ticket) {
	switch t {
	case bootTicket:
		n.bootSynced()
	case logTicket:
		n.logSynced()
	case acceptedTicket:
		n.acceptedEpochSynced()
	case currentTicket:
		n.currentEpochSynced()
	default:
		n.proceed()
	}
}

// failed ends the process: after a failed fsync nobody knows what the file
// holds, and the only way to find out is to start again and read it. ZooKeeper
// steps down instead and carries on with what it has in memory (R-TMO-4, ZOOKEEPER-4882).
func (n *Node) failed(in *nodes.Failed) {
	const why = "Severe unrecoverable error, cannot write to disk"
	goesOn := n.cfg.has(memoryAheadOfLog)
	switch {
	case n.cfg.has(logThreadDies) && in.Ticket == logTicket: // it waits for this fsync for ever
	case goesOn && in.Ticket == 0 && in.File == logFile && n.log.flushing > 0:
		n.log.refused = true
	case goesOn && (in.Ticket == acceptedTicket || in.Ticket == currentTicket):
		n.stepDown("write-failed", why)
	default:
		n.exit(why)
	}
}

// becomeLooking is the way out of every role: the next leader is elected.
func (n *Node) becomeLooking() {
	observed := n.role == nodes.Observing
	n.role, n.phase = nodes.Looking, electing
	n.learner, n.leader, n.closing = learner{}, leader{}, false
	if observed && n.cfg.ObserverDelay > 0 {
		n.out.SetTimer(nodes.Timer{Name: delayTimer}, 0, n.cfg.ObserverDelay) // R-STATE-4
		return
	}
	n.lookForLeader()
}

func (n *Node) becomeFollowing(leader nodes.ID) {
	n.role = nodes.Following
	n.startLearning(leader)
}

func (n *Node) becomeObserving(leader nodes.ID) {
	n.role = nodes.Observing
	n.startLearning(leader)
}

func (n *Node) becomeLeading() {
	n.role = nodes.Leading
	n.lead()
}

// stepDown leaves the role (R-STATE-2): clients first, then the connection to
// the leader, then the log thread writes what it still has; a leader's
// learners are let go last (R-TMO-8). note names the reason for coverage, why
// is for people.
func (n *Node) stepDown(note, why string) {
	if n.closing {
		return
	}
	n.note(note, why)
	n.closing = true
	n.dropClients()
	if n.role == nodes.Leading {
		n.stopLeading()
	} else {
		n.stopLearning()
	}
	if n.log.idle() || n.cfg.has(logThreadOutlivesRole) && n.role != nodes.Leading { // R-DUR-17
		n.retire()
	}
}

// retire completes a step-down, once the log thread is idle.
func (n *Node) retire() {
	n.log.disown()
	if !n.cfg.has(snapshotOutlivesRole) {
		n.giveUpSnapshot()
	}
	switch {
	case n.leader.started || n.learner.started:
		n.catchUp()
	case n.memoryAhead():
		n.reload()
	}
	n.closeLearners()
	n.becomeLooking()
}

// catchUp brings the state in memory to the end of the log, committed or not
// (R-DUR-16).
func (n *Node) catchUp() {
	switch {
	case n.cfg.has(logNotReplayed):
	case n.cfg.has(snapshotAlways):
		n.reload()
	default:
		n.fastForward()
	}
}

// observes reports whether the server is an observer.
func (n *Node) observes() bool { return !n.cfg.voters.votes(n.cfg.id) }

// note marks one of the notes as reached; detail, often empty, is in ZooKeeper's
// words where it has some.
func (n *Node) note(note, detail string) { n.out.Note(note, detail) }

func (n *Node) setTimer(name uint8, d time.Duration) {
	n.out.SetTimer(nodes.Timer{Name: name}, d, d)
}

func (n *Node) stopTimer(name uint8) { n.out.StopTimer(nodes.Timer{Name: name}) }

// setReadTimer restarts the time that the other end of a connection has for
// its next packet.
func (n *Node) setReadTimer(c nodes.Conn, d time.Duration) {
	n.out.SetTimer(nodes.Timer{Name: readTimer, Key: uint32(c)}, d, d)
}

func (n *Node) stopReadTimer(c nodes.Conn) {
	n.out.StopTimer(nodes.Timer{Name: readTimer, Key: uint32(c)})
}
