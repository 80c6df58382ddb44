package zab

import (
	"testing"

	"github.com/zabsim/zabsim/nodes"
)

func TestDefectCommitOnMinority(t *testing.T) {
	p := lead(t, setup{id: 5, voters: 5, defect: "commit-on-minority"}, 1, 2)
	p.write(7, 1, "x")
	p.forget()
	p.ack(MakeZxid(1, 1), 1)
	p.wants("s1 COMMIT 1.1", "s2 COMMIT 1.1", "deliver 1.1", "c7#1 done did x")
}

func TestDefectAckBeforeFsync(t *testing.T) {
	s := stale
	s.defect = "ack-before-fsync"
	p := follow(t, s, 2)
	p.receive(toLeader, propose(txnAt(2, 1))...)
	p.wants("append txn 2.1", "fsync log", "s3 ACK 2.1")
	p.sync()
	p.wants()
}

func TestDefectElectByID(t *testing.T) {
	p := newProbe(t, setup{id: 2, voters: 5, accepted: 1, current: 1, log: txns(1, 1, 2), defect: "elect-by-id"})
	p.hear(3, looking(3, 0, 0, 1))
	if got := p.n.fle.proposal.leader; got != 3 {
		t.Errorf("it proposes %v, want s3 in spite of its history", got)
	}
}

func TestDefectForgetAcceptedEpoch(t *testing.T) {
	p := newProbe(t, setup{id: 1, accepted: 7, current: 2, log: txns(2, 1, 1), defect: "forget-accepted-epoch"})
	if p.n.acceptedEpoch != 2 {
		t.Errorf("it remembers to have promised %d", p.n.acceptedEpoch)
	}
}

func TestDefectSkipTrunc(t *testing.T) {
	p := lead(t, setup{id: 3, accepted: 1, current: 1, log: txns(1, 1, 3), defect: "skip-trunc"}, 1)
	p.join(2, 1, AckEpoch{1, MakeZxid(1, 5)})
	p.wants("s2 LEADERINFO 2", "s2 DIFF 1.3", "s2 NEWLEADER 2")
}

func TestDefectsAreDeclared(t *testing.T) {
	for _, d := range Protocol.Defects {
		c := nodes.Config{Defects: []string{d.Name}}
		if newDefects(&c) == (defects{}) {
			t.Errorf("%s is declared and does nothing", d.Name)
		}
		if d.Doc == "" || d.Property == "" || d.Source == "" {
			t.Errorf("%s is not documented", d.Name)
		}
	}
}
