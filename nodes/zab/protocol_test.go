package zab

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

func TestMessagesArePrintedShort(t *testing.T) {
	z := MakeZxid(1, 3)
	for want, m := range map[string]nodes.Message{
		"NOTIFICATION s5 1.3 e1 r2":           Notification{5, z, 1, 2, nodes.Looking},
		"NOTIFICATION s5 1.3 e1 r2 following": Notification{5, z, 1, 2, nodes.Following},
		"FOLLOWERINFO 4":                      FollowerInfo{4},
		"OBSERVERINFO 4":                      ObserverInfo{4},
		"LEADERINFO 4":                        LeaderInfo{4},
		"ACKEPOCH 1 1.3":                      AckEpoch{1, z},
		"ACKEPOCH -1 1.3":                     AckEpoch{-1, z},
		"DIFF 1.3":                            Diff{z},
		"TRUNC 1.3":                           Trunc{z},
		"SNAP 1.3":                            Snap{&Snapshot{Zxid: z}},
		"NEWLEADER 4":                         NewLeader{4},
		"UPTODATE":                            UpToDate{},
		"PROPOSAL 1.3":                        Proposal{txnAt(1, 3)},
		"ACK 1.3":                             &Ack{z},
		"COMMIT 1.3":                          &Commit{z},
		"INFORM 1.3":                          Inform{txnAt(1, 3)},
		"PING":                                Ping{Zxid: z},
		"REQUEST c2#7 write":                  Request{Client: 2, Seq: 7},
		"SYNC":                                Sync{},
		"VOTEQUERY 7":                         VoteQuery{7},
		"VOTEREPLY 7 s5 1.3":                  VoteReply{7, 5, z},
		"CHALLENGEREQUEST #4":                 ChallengeRequest{4},
		"CHALLENGE #4 17":                     Challenge{4, 17},
		"AUTHNOTIFICATION #4 s5 1.3 r2":       AuthNotification{4, 5, z, 2, 0},
		"AUTHNOTIFICATION #4 s5 1.3 r2 17":    AuthNotification{4, 5, z, 2, 17},
		"AUTHACK #4 s5 1.3 r2 leading":        AuthAck{4, 5, z, 2, nodes.Leading},
	} {
		if got := nodes.Describe(m); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if !strings.HasPrefix(want, m.Kind()) {
			t.Errorf("%q does not begin with its kind, %q", want, m.Kind())
		}
		if p, ok := m.(nodes.Positioned); ok && p.Position() != z.Position() {
			t.Errorf("%s stands at %v", want, p.Position())
		}
	}
}

func TestR_ZXID_1_ZxidsAreOrderedByEpochThenCounter(t *testing.T) {
	zs := []Zxid{0, MakeZxid(0, 1), MakeZxid(1, 0), MakeZxid(1, 1<<32-1), MakeZxid(2, 0), MakeZxid(1<<31, 1)}
	for i, z := range zs {
		if got := MakeZxid(z.Epoch(), z.Counter()); got != z {
			t.Errorf("%v became %v", z, got)
		}
		if i > 0 && (z <= zs[i-1] || !zs[i-1].Position().Less(z.Position())) {
			t.Errorf("%v is not above %v", z, zs[i-1])
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if err := Protocol.Check(Protocol.Options(), 0, 0); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for word, spoil := range map[string]func(*Options){
		"tickTime":                func(o *Options) { o.TickTime = 0 },
		"minNotificationInterval": func(o *Options) { o.MinNotificationInterval = -1 },
		"maxNotificationInterval": func(o *Options) { o.MaxNotificationInterval = 1 },
		"finalizeWait":            func(o *Options) { o.FinalizeWait = 0 },
		"connectRetryPause":       func(o *Options) { o.ConnectRetryPause = 0 },
		"observerDelay":           func(o *Options) { o.ObserverDelay = -1 },
		"initLimit":               func(o *Options) { o.InitLimit = 0 },
		"syncLimit":               func(o *Options) { o.SyncLimit = 0 },
		"commitLogCount":          func(o *Options) { o.CommitLogCount = 0 },
		"snapshotPieceTime":       func(o *Options) { o.SnapshotPieceTime = 0 },
		"snapCount":               func(o *Options) { o.SnapCount = 1 },
		"counterBits":             func(o *Options) { o.CounterBits = 33 },
		"electionAlg":             func(o *Options) { o.ElectionAlg = 4 },
		"maxTimeToWaitForEpoch":   func(o *Options) { o.MaxTimeToWaitForEpoch = -1 },
		"localSessionsUpgrading":  func(o *Options) { o.LocalSessionsUpgrading = true },
	} {
		o := DefaultOptions()
		spoil(o)
		if err := Protocol.Check(o, 0, 0); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// Options that a search draws are options that a scenario may have, they differ,
// and what is promised does not depend on them.
func TestOptionsThatVaryAreValid(t *testing.T) {
	kinds := map[string]bool{}
	for seed := range 50 {
		stream := choice.NewStream("test")
		before := DefaultOptions()
		o := before.Vary(func(low, high int) int {
			return int(choice.Between(choice.Seed(seed), int64(low), int64(high), &stream))
		}).(*Options)
		if err := Protocol.Check(o, 0, 0); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if !reflect.DeepEqual(before, DefaultOptions()) {
			t.Fatalf("seed %d: the options it was given have changed", seed)
		}
		same := *o
		same.SnapCount, same.CommitLogCount, same.SnapshotSizeFactor = before.SnapCount, before.CommitLogCount, before.SnapshotSizeFactor
		same.FuzzySnapshots, same.SnapshotPieceTime = before.FuzzySnapshots, before.SnapshotPieceTime
		if !reflect.DeepEqual(&same, before) {
			t.Errorf("seed %d: more than snapshots and DIFFs has changed: %+v", seed, o)
		}
		kinds[fmt.Sprint(o.SnapCount, o.CommitLogCount, o.SnapshotSizeFactor, o.FuzzySnapshots, o.SnapshotPieceTime)] = true
	}
	if len(kinds) < 40 {
		t.Errorf("of 50 draws only %d differ", len(kinds))
	}
}
