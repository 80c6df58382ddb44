package zab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

const soon = 3 * time.Second

func TestStoryReplication(t *testing.T) {
	c := newCluster(t, 5, nodes.SetOf(6), nil)
	c.run(soon)
	if got := c.leader(); got != 5 {
		t.Fatalf("%v leads, want s5: equal histories, highest id", got)
	}
	c.mustWrite(1, "a")
	c.mustWrite(5, "b")
	c.mustWrite(6, "c")
	c.run(soon)
	c.wantsAgreement("a b c ")
	c.wantsSeen("s5>s6 INFORM 1.3")
}

func TestStoryFollowerRejoinsByDiff(t *testing.T) {
	c := newCluster(t, 3, 0, nil)
	c.run(soon)
	c.mustWrite(1, "a")
	c.crash(2)
	c.mustWrite(1, "b", "c")
	c.start(2)
	c.run(soon)
	c.wantsAgreement("a b c ")
	c.wantsSeen("s3>s2 DIFF 1.3")
}

func TestStoryFollowerRejoinsBySnap(t *testing.T) {
	c := newCluster(t, 3, 0, func(o *Options) { o.CommitLogCount, o.SnapshotSizeFactor = 2, -1 })
	c.run(soon)
	c.mustWrite(1, "a")
	c.crash(2)
	c.mustWrite(1, "b", "c", "d", "e")
	c.start(2)
	c.run(soon)
	c.wantsAgreement("a b c d e ")
	c.wantsSeen("s3>s2 SNAP 1.5")
	c.mustWrite(2, "f")
	c.crash(2)
	c.start(2)
	c.run(soon)
	c.wantsAgreement("a b c d e f ")
}

func TestStoryOldLeaderRejoinsAndDropsWhatNobodyElseHas(t *testing.T) {
	for _, c := range []struct {
		name   string
		writes []string // of the next leader, before the old one is back
		sync   string
	}{
		{"by TRUNC while the new epoch has no transaction", nil, "s4>s5 TRUNC 1.2"},
		{"by SNAP across epochs", []string{"d"}, "s4>s5 SNAP 2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newCluster(t, 5, 0, nil)
			w.run(soon)
			w.mustWrite(1, "a", "b")
			w.isolate(5)
			if _, ended := w.write(5, "dead"); ended {
				t.Fatal("the old leader answered a write that nobody else has")
			}
			w.crash(5)
			w.run(2 * soon)
			w.mustWrite(1, c.writes...)
			w.isolate()
			w.start(5)
			w.run(soon)
			w.wantsAgreement(strings.Join(append([]string{"a", "b"}, append(c.writes, "")...), " "))
			w.wantsSeen(c.sync)
		})
	}
}

func TestStoryLeaderCrashesUnderLoad(t *testing.T) {
	c := newCluster(t, 5, nodes.SetOf(6), func(o *Options) { o.SnapCount, o.CommitLogCount = 6, 4 })
	c.run(soon)
	var want strings.Builder
	for round := range 12 {
		id := c.leader()
		for i := range 5 {
			op := fmt.Sprintf("%d.%d", round, i)
			via := nodes.ID(1 + (round+i)%6)
			if c.hosts[via].node == nil {
				via = id
			}
			c.mustWrite(via, op)
			want.WriteString(op + " ")
		}
		c.crash(id)
		c.run(4 * soon)
		c.start(id)
		if round%3 == 0 {
			c.run(soon)
		}
	}
	c.run(4 * soon)
	c.wantsAgreement(want.String())
}

func TestStoryRollover(t *testing.T) {
	c := newCluster(t, 3, 0, func(o *Options) { o.CounterBits = 2 })
	c.run(soon)
	c.mustWrite(1, "a", "b")
	if o, _ := c.write(3, "c"); o != nodes.Lost {
		t.Fatalf("the write that rolls over is %v", o)
	}
	c.run(soon)
	c.mustWrite(1, "d")
	c.run(soon)
	c.wantsAgreement("a b d ")
	if got := c.hosts[3].node.Status().Epoch; got != 2 {
		t.Errorf("epoch %d", got)
	}
}

func TestStorySingleServer(t *testing.T) {
	c := newCluster(t, 1, 0, nil)
	c.run(soon)
	c.mustWrite(1, "a", "b")
	c.crash(1)
	c.start(1)
	c.run(soon)
	c.wantsAgreement("a b ")
}

func TestCloneLivesItsOwnLife(t *testing.T) {
	c := newCluster(t, 3, 0, nil)
	c.run(soon)
	c.mustWrite(1, "a")
	for id := nodes.ID(1); id <= 3; id++ {
		original := c.hosts[id].node
		before := nodes.AppendValue(nil, original)
		copied := original.Clone()
		if !slices.Equal(nodes.AppendValue(nil, copied), before) {
			t.Fatalf("%v: the clone is another node", id)
		}
		c.hosts[id].node = copied
		defer func() {
			if !slices.Equal(nodes.AppendValue(nil, original), before) {
				t.Errorf("%v: what its clone did changed it", id)
			}
		}()
	}
	c.mustWrite(1, "b", "c")
	c.crash(3)
	c.run(soon)
	c.wantsSeen("s1>s2 NOTIFICATION")
}
