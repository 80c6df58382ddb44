package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

func (p *probe) ask(client nodes.ClientID, seq uint32, class nodes.Class, seen Zxid) {
	p.step(&nodes.Request{Client: client, Seq: seq, Class: class, Seen: seen.Position(), Op: []byte("q")})
}

// ours is a transaction that carries out a request made at s1.
func ours(z Zxid, client nodes.ClientID, seq uint32) *Txn {
	t := *txnAt(z.Epoch(), z.Counter())
	t.Client, t.Seq, t.Origin = client, seq, 1
	return &t
}

func TestR_CLI_1_OnlyAServerInBroadcastServes(t *testing.T) {
	p := learn(t, setup{id: 1}, 1)
	for _, class := range []nodes.Class{nodes.Write, nodes.Read, nodes.Sync} {
		p.ask(7, 1, class, 0)
		p.wants("c7#1 refused ")
	}
}

func TestR_CLI_2_AServerBehindTheClientRefuses(t *testing.T) {
	p := follow(t, stale, 2)
	p.ask(7, 1, nodes.Read, MakeZxid(1, 3))
	p.wants("c7#1 refused ")
	p.ask(7, 1, nodes.Read, MakeZxid(1, 2))
	p.wants("c7#1 done 1.1 1.2 ")
}

func TestR_CLI_9_AServerThatLosesItsRoleDropsItsClients(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.ask(7, 1, nodes.Write, 0)
	p.ask(8, 1, nodes.Sync, 0)
	p.forget()
	p.hangUp(toLeader)
	if got := p.lines[:2]; got[0] != "c7#1 lost " || got[1] != "c8#1 lost " {
		t.Errorf("%q", got)
	}
}

func TestR_BC_2_LearnersForwardWritesAndSyncs(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.ask(7, 1, nodes.Write, 0)
	p.wants("s3 REQUEST c7#1 write")
	p.receive(toLeader, propose(ours(MakeZxid(1, 1), 7, 1))...)
	p.sync()
	p.forget()
	p.receive(toLeader, &Commit{MakeZxid(1, 1)})
	p.wants("deliver 1.1", "c7#1 done did 1.1")

	q := lead(t, setup{id: 3}, 1)
	q.receive(conn(1, 3), Request{Client: 7, Seq: 1, Op: []byte("x")})
	q.wants("s1 PROPOSAL 1.1", "append txn 1.1", "fsync log")
	if got := q.n.leader.outstanding[0].txn.Origin; got != 1 {
		t.Errorf("%v would answer the client of s1", got)
	}
}

func TestR_BC_12_AClientsAnswersComeInOrder(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.ask(7, 1, nodes.Write, 0)
	p.ask(7, 2, nodes.Read, 0)
	p.ask(7, 3, nodes.Sync, 0)
	p.ask(7, 4, nodes.Read, 0)
	p.forget()
	p.ask(8, 1, nodes.Read, 0)
	p.wants("c8#1 done ") // another client does not wait
	p.receive(toLeader, propose(ours(MakeZxid(1, 1), 7, 1))...)
	p.forget()
	p.receive(toLeader, &Commit{MakeZxid(1, 1)})
	p.wants("deliver 1.1", "c7#1 done did 1.1", "c7#2 done 1.1 ")
	p.receive(toLeader, Sync{})
	p.wants("c7#3 done ", "c7#4 done 1.1 ")
}

func TestR_BC_15_Sync(t *testing.T) {
	request := Request{Client: 7, Seq: 1, Class: nodes.Sync}
	t.Run("at once if nothing is outstanding, no quorum asked", func(t *testing.T) {
		p := lead(t, setup{id: 3}, 1)
		p.receive(conn(1, 3), request)
		p.wants("s1 SYNC")
	})
	t.Run("after what is outstanding", func(t *testing.T) {
		p := lead(t, setup{id: 3}, 1, 2)
		p.write(9, 1, "x")
		p.write(9, 2, "y")
		p.receive(conn(1, 3), request)
		p.forget()
		p.receive(conn(2, 3), &Ack{MakeZxid(1, 1)})
		p.receive(conn(1, 3), &Ack{MakeZxid(1, 1)})
		p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "deliver 1.1", "c9#1 done did x")
		p.receive(conn(1, 3), &Ack{MakeZxid(1, 2)})
		p.receive(conn(2, 3), &Ack{MakeZxid(1, 2)})
		p.wants("s1 COMMIT 1.2", "s2 COMMIT 1.2", "deliver 1.2", "c9#2 done did y", "s1 SYNC")
	})
	t.Run("a connection that is gone gets none", func(t *testing.T) {
		p := lead(t, setup{id: 3}, 1, 2)
		p.write(9, 1, "x")
		p.receive(conn(1, 3), request)
		p.hangUp(conn(1, 3))
		p.sync()
		p.forget()
		p.receive(conn(2, 3), &Ack{MakeZxid(1, 1)})
		p.wants("s2 COMMIT 1.1", "deliver 1.1", "c9#1 done did x")
	})
	t.Run("the leader's own clients are answered at once (S-32)", func(t *testing.T) {
		p := lead(t, setup{id: 3}, 1)
		p.write(9, 1, "x")
		p.forget()
		p.ask(8, 1, nodes.Sync, 0)
		p.wants("c8#1 done ")
		p.ask(9, 2, nodes.Sync, 0)
		p.wants() // but not before their own writes
		p.sync()
		p.receive(conn(1, 3), &Ack{MakeZxid(1, 1)})
		p.wants("s1 COMMIT 1.1", "deliver 1.1", "c9#1 done did x", "c9#2 done ")
	})
	t.Run("one that nobody asked for", func(t *testing.T) {
		p := follow(t, setup{id: 1}, 1)
		p.receive(toLeader, Sync{})
		p.wants()
		p.wantsNote("sync-unexpected")
	})
}

func TestRequestMadeElsewhereIsNotAnsweredHere(t *testing.T) {
	p := follow(t, setup{id: 1}, 1)
	p.ask(7, 1, nodes.Write, 0)
	other := ours(MakeZxid(1, 1), 7, 1)
	other.Origin = 2
	p.receive(toLeader, propose(other)...)
	p.forget()
	p.receive(toLeader, &Commit{MakeZxid(1, 1)})
	p.wants("deliver 1.1")
}
