package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

// bench drives one node and throws away what it asks for.
type bench struct {
	n   *Node
	out nodes.Out
}

func (b *bench) step(in nodes.Input) {
	b.out.Reset()
	b.n.Step(in, &b.out)
}

// still is a state machine that costs nothing, so that only the protocol is
// measured.
type still struct{}

func newStill() nodes.StateMachine          { return still{} }
func (still) Prepare(dst, op []byte) []byte { return append(dst, op...) }
func (still) Apply(dst, txn []byte) []byte  { return append(dst, txn...) }
func (still) Query(dst, _ []byte) []byte    { return dst }
func (still) Snapshot(dst []byte) []byte    { return dst }
func (still) Restore([]byte)                {}
func (still) Clone() nodes.StateMachine     { return still{} }

// BenchmarkStep measures a step in broadcast: of a follower, which takes a
// PROPOSAL, its fsync and a COMMIT for each transaction, and of a leader of
// five, which takes a request, its fsync and four ACKs.
func BenchmarkStep(b *testing.B) {
	b.Run("follower", func(b *testing.B) {
		f := &bench{n: New(nodes.Config{ID: 1, Voters: nodes.FirstN(3), Machine: newStill})}
		n := f.n
		n.booted, n.role, n.phase = true, nodes.Following, broadcasting
		n.files.snapshots = []*Snapshot{{}}
		n.db.load(&Snapshot{}, newStill())
		n.learner = learner{leader: 3, conn: conn(1, 3), stage: following, started: true}
		txn := &Txn{Body: make([]byte, 32)}
		deliver := &nodes.Deliver{From: 3, On: quorumChannel, Conn: conn(1, 3)}
		synced := &nodes.Synced{File: logFile, Ticket: logTicket}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			switch i % 3 {
			case 0:
				next := *txn
				next.Zxid = MakeZxid(1, uint64(i/3+1))
				txn = &next
				deliver.Msg = Proposal{txn}
				f.step(deliver)
			case 1:
				f.step(synced)
			case 2:
				deliver.Msg = &Commit{txn.Zxid}
				f.step(deliver)
			}
		}
	})
	b.Run("leader", func(b *testing.B) {
		l := &bench{n: New(nodes.Config{ID: 5, Voters: nodes.FirstN(5), Machine: newStill})}
		n := l.n
		n.booted, n.role, n.phase = true, nodes.Leading, broadcasting
		n.files.snapshots = []*Snapshot{{}}
		n.db.load(&Snapshot{}, newStill())
		n.leader = leader{stage: leading, epoch: 1, started: true, lastProposed: MakeZxid(1, 0), ahead: newStill()}
		for id := nodes.ID(1); id <= 4; id++ {
			n.leader.handlers = append(n.leader.handlers,
				handler{conn: conn(id, 5), peer: id, stage: receiving, forwarding: true, sending: true, slow: slowProposal{on: true}})
		}
		request := &nodes.Request{Client: 1, Op: make([]byte, 32)}
		deliver := &nodes.Deliver{On: quorumChannel}
		synced := &nodes.Synced{File: logFile, Ticket: logTicket}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			switch k := i % 6; k {
			case 0:
				request.Seq++
				deliver.Msg = &Ack{n.leader.lastProposed + 1}
				l.step(request)
			case 1:
				l.step(synced)
			default:
				id := nodes.ID(k - 1)
				deliver.From, deliver.Conn = id, conn(id, 5)
				l.step(deliver)
			}
		}
	})
}
