package zab

import "slices"

// step is something the main thread of a learner does before it reads on, most
// of the time with its disk.
type step uint8

const (
	stepAcceptEpoch step = iota
	stepAckEpoch
	stepCheckTrunc
	stepDropSnapshots
	stepCutLog
	stepSyncLog
	stepSaveImage
	stepLogCommitted
	stepLogAll
	stepHandOver
	stepYield
	stepSetCurrentEpoch
	stepAckNewLeader
	stepAckPending
	stepServe
	stepFallBehind
	stepDeliverWaiting
)

// programs are what the main thread of a learner does on a packet: these steps
// in this order, each durable before the next. Nobody may change them.
type programs struct{ leaderInfo, trunc, newLeader, upToDate []step }

// safePrograms keep the promises: a promised epoch before ACKEPOCH; history,
// epoch and acknowledgement of NEWLEADER in this order (R-SYNC-F-4).
var safePrograms = programs{
	leaderInfo: []step{stepAcceptEpoch, stepAckEpoch},
	trunc:      []step{stepCheckTrunc, stepDropSnapshots, stepCutLog},
	newLeader:  []step{stepSyncLog, stepSaveImage, stepLogCommitted, stepSetCurrentEpoch, stepAckNewLeader},
	upToDate:   []step{stepServe, stepDeliverWaiting},
}

// otherPrograms are the same in other orders, or with other steps. Where several
// defects change a program the last of them has its way.
var otherPrograms = []struct {
	defect
	programs
}{
	{dirtySnapshot, programs{
		trunc: []step{stepCheckTrunc, stepCutLog},
	}},
	{noDiscovery, programs{
		upToDate: []step{stepSaveImage, stepServe, stepDeliverWaiting},
	}},
	{epochBeforeHistory, programs{
		newLeader: []step{stepSyncLog, stepSaveImage, stepSetCurrentEpoch, stepLogCommitted, stepAckNewLeader},
	}},
	{epochAfterAck, programs{
		newLeader: []step{stepSyncLog, stepSaveImage, stepLogCommitted, stepAckNewLeader},
		upToDate:  []step{stepSetCurrentEpoch, stepServe, stepDeliverWaiting},
	}},
	{acksBeforeEpoch, programs{
		newLeader: []step{stepSyncLog, stepSaveImage, stepLogAll, stepAckPending, stepSetCurrentEpoch, stepAckNewLeader},
	}},
	{pendingDrained, programs{ // profile D
		newLeader: []step{stepSyncLog, stepSaveImage, stepLogAll, stepSetCurrentEpoch, stepAckNewLeader},
		upToDate:  []step{stepAckPending, stepServe, stepDeliverWaiting},
	}},
	{servesUnapplied, programs{
		newLeader: []step{stepSyncLog, stepSaveImage, stepLogAll, stepSetCurrentEpoch, stepAckNewLeader},
		upToDate:  []step{stepAckPending, stepServe, stepDeliverWaiting},
	}},
	{logAfterUpToDate, programs{ // profile B
		newLeader: []step{stepSyncLog, stepSaveImage, stepSetCurrentEpoch, stepAckNewLeader},
	}},
	{logAfterAck, programs{ // profile C
		newLeader: []step{stepSyncLog, stepSaveImage, stepSetCurrentEpoch, stepHandOver, stepYield, stepAckNewLeader},
		upToDate:  []step{stepServe, stepDeliverWaiting},
	}},
}

// programs returns what a learner with these defects does.
func (ds defects) programs() programs {
	p := safePrograms
	for _, other := range otherPrograms {
		if ds.has(other.defect) {
			replace(&p.trunc, other.trunc)
			replace(&p.newLeader, other.newLeader)
			replace(&p.upToDate, other.upToDate)
		}
	}
	if ds.has(servesUnapplied) { // whatever else a learner does then
		serve := slices.Index(p.upToDate, stepServe)
		p.upToDate = slices.Insert(slices.Clone(p.upToDate), serve+1, stepFallBehind)
	}
	return p
}

func replace(program *[]step, by []step) {
	if by != nil {
		*program = by
	}
}

// do carries out one step and reports whether to wait for the disk.
func (n *Node) do(s step) (wait bool) {
	switch s {
	case stepAcceptEpoch:
		return n.acceptEpoch()
	case stepAckEpoch:
		return n.ackEpoch()
	case stepCheckTrunc:
		return n.checkTrunc()
	case stepDropSnapshots:
		return n.dropSnapshots()
	case stepCutLog:
		return n.cutLog()
	case stepSyncLog:
		return n.syncLog()
	case stepSaveImage:
		return n.saveImage()
	case stepLogCommitted:
		return n.logCommitted()
	case stepLogAll:
		return n.logAll()
	case stepHandOver:
		return n.handOver()
	case stepYield:
		return n.yield()
	case stepSetCurrentEpoch:
		return n.setCurrentEpoch()
	case stepAckNewLeader:
		return n.ackNewLeader()
	case stepAckPending:
		return n.ackPending()
	case stepServe:
		return n.serve()
	case stepFallBehind:
		return n.fallBehind()
	default:
		return n.deliverWaiting()
	}
}

// begin runs a program.
func (n *Node) begin(program []step) {
	n.learner.todo = program
	n.proceed()
}

// proceed goes on with the program, up to the next wait, and reads on after its
// end.
func (n *Node) proceed() {
	l := &n.learner
	l.waiting = false
	for len(l.todo) > 0 {
		s := l.todo[0]
		l.todo = l.todo[1:]
		wait := n.do(s)
		if l.conn == 0 {
			return // that step was the last of this connection
		}
		if wait {
			l.waiting = true
			n.stopReadTimer(l.conn)
			return
		}
	}
	n.readUnread()
}
