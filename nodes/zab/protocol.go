package zab

import (
	"errors"
	"fmt"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Protocol is ZAB as ZooKeeper runs it.
var Protocol = nodes.Protocol{
	Name: "zab",
	Doc: "ZooKeeper's atomic broadcast: leader election, discovery, synchronization, broadcast, " +
		"as in ZooKeeper 3.9.4 with its known durability holes closed.",
	Channels: []nodes.ChannelSpec{
		quorumChannel:   {Name: "quorum", Mode: nodes.Stream},
		electionChannel: {Name: "election", Mode: nodes.Mailbox},
		datagramChannel: {Name: "election-udp", Mode: nodes.Datagram},
	},
	Files: []string{
		acceptedEpochFile: "acceptedEpoch",
		currentEpochFile:  "currentEpoch",
		logFile:           "log",
		snapshotFile:      "snapshots",
	},
	Timers: []string{
		electionTimer: "notification",
		finalizeTimer: "finalize",
		delayTimer:    "observer-delay",
		connectTimer:  "connect",
		retryTimer:    "retry",
		readTimer:     "read",
		waitTimer:     "wait",
		tickTimer:     "tick",
		patienceTimer: "patience",
		letterTimer:   "letter",
		yieldTimer:    "yield",
		snapshotTimer: "snapshot",
	},
	Patient:  []string{"finalize", "retry", "yield", "snapshot"},
	Watchful: []string{"notification", "connect", "wait"},
	Deserted: []string{"tick"},
	Epoch:    "epoch",
	Options:  func() any { return DefaultOptions() },
	Defects:  named(),
	Notes:    notes,
	Messages: []string{
		"NOTIFICATION", "VOTEQUERY", "VOTEREPLY", "AUTHNOTIFICATION", "AUTHACK", "CHALLENGEREQUEST", "CHALLENGE",
		"FOLLOWERINFO", "OBSERVERINFO", "LEADERINFO", "ACKEPOCH",
		"DIFF", "TRUNC", "SNAP", "NEWLEADER", "UPTODATE",
		"PROPOSAL", "ACK", "COMMIT", "INFORM", "PING", "REVALIDATE", "REQUEST", "SYNC",
	},
	Openings: []string{
		"FOLLOWERINFO", "OBSERVERINFO", "LEADERINFO", "ACKEPOCH", "DIFF", "TRUNC", "SNAP", "NEWLEADER", "UPTODATE",
	},
	Phases: []string{electing.String(), discovering.String(), synchronizing.String(), broadcasting.String()},
	New:    func(c nodes.Config) nodes.Node { return New(c) },
	Check: func(options any, voters, observers nodes.Set) error {
		return options.(*Options).check(voters, observers)
	},
	Unused: func(options any) []nodes.Channel {
		if options.(*Options).ElectionAlg == 3 {
			return []nodes.Channel{datagramChannel}
		}
		return []nodes.Channel{electionChannel}
	},
	Quorum: func(options any, voters nodes.Set) func(nodes.Set) bool {
		q, err := newQuorum(options.(*Options), voters)
		if err != nil {
			panic(err)
		}
		return q.decides
	},
	Elect: elect,
}

const (
	quorumChannel   nodes.Channel = iota
	electionChannel               // of FLE
	datagramChannel               // of the elections before it
)

const (
	acceptedEpochFile nodes.File = iota
	currentEpochFile
	logFile
	snapshotFile
)

const (
	electionTimer uint8 = iota // nothing was heard in an election (R-FLE-8)
	finalizeTimer              // a decided election waits for a better vote (R-FLE-13)
	delayTimer                 // an observer between two leaders (R-STATE-4)
	connectTimer               // a learner's time to reach its leader (R-DISC-2)
	retryTimer                 // the pause between two dials
	readTimer                  // a socket's read timeout, or a handler's wait; keyed by connection
	waitTimer                  // the leader's main thread waiting for a quorum
	tickTimer                  // half a tick of a leader (R-TMO-1)
	patienceTimer              // how long a leader waits for its voters (R-FLE-22)
	letterTimer                // an answer to a notification that went by datagram; keyed by whom it went to (R-LEG-7)
	yieldTimer                 // the main thread of a learner has lost the processor (profile C)
	snapshotTimer              // a piece of a fuzzy snapshot is written (R-DUR-9)
)

// The writes that somebody waits for. The log thread waits for logTicket and
// the main thread for the others, one at a time.
const (
	bootTicket nodes.Ticket = iota + 1
	logTicket
	acceptedTicket
	currentTicket
	historyTicket
	cutTicket
	snapshotTicket
)

// Options are ZooKeeper's settings, by their names in zoo.cfg where they have
// one.
type Options struct {
	// Profile is which releases of ZooKeeper the servers are like: the name of one
	// of the [Profiles]. "safe" is like the newest, without its holes.
	Profile string `yaml:"profile" json:"profile"`
	// TickTime is ZooKeeper's unit of time: limits count in it.
	TickTime time.Duration `yaml:"tickTime" json:"tickTime"`
	// InitLimit is how many ticks connecting, discovery and synchronization
	// may take, each step for itself.
	InitLimit int `yaml:"initLimit" json:"initLimit"`
	// SyncLimit is for how many ticks leader and learner bear each other's
	// silence.
	SyncLimit int `yaml:"syncLimit" json:"syncLimit"`
	// CommitLogCount is how many transactions a server keeps at hand for DIFF.
	CommitLogCount int `yaml:"commitLogCount" json:"commitLogCount"`
	// SnapCount is after how many logged transactions a server takes a
	// snapshot, at the latest; it does so after half of them at the earliest.
	SnapCount int `yaml:"snapCount" json:"snapCount"`
	// FuzzySnapshots lets snapshots be written while transactions go on being
	// applied, as ZooKeeper does it. Otherwise a snapshot is the work of a moment.
	FuzzySnapshots bool `yaml:"fuzzySnapshots" json:"fuzzySnapshots"`
	// SnapshotPieceTime is how long each piece of a fuzzy snapshot takes to be
	// written, at most. It stands for how large the state is: ZooKeeper takes
	// minutes for gigabytes.
	SnapshotPieceTime time.Duration `yaml:"snapshotPieceTime" json:"snapshotPieceTime"`
	// SnapshotSizeFactor is how much of its log files a leader may read for a
	// DIFF, in percent of the size of the newest snapshot. 0: no limit;
	// negative: never read them.
	SnapshotSizeFactor int `yaml:"snapshotSizeFactor" json:"snapshotSizeFactor"`
	// CounterBits is the width of a zxid's counter. When all its bits are one the
	// leader gives up leadership (R-ZXID-4). ZooKeeper has 32.
	CounterBits int `yaml:"counterBits" json:"counterBits"`
	// InitialCounter is the counter each leader starts from, to bring the end of
	// the counters near (R-ZXID-6); ZooKeeper's testingonly.initialZxid.
	InitialCounter uint64 `yaml:"initialCounter" json:"initialCounter"`
	// LocalSessions opens sessions without a transaction: only the server that the
	// client is connected to knows of them, and they cannot have ephemeral nodes.
	LocalSessions bool `yaml:"localSessions" json:"localSessions"`
	// LocalSessionsUpgrading makes a local session a global one with the first
	// ephemeral node that its client asks for.
	LocalSessionsUpgrading bool `yaml:"localSessionsUpgrading" json:"localSessionsUpgrading"`
	// MinNotificationInterval is how long an election first waits before it
	// repeats its vote; the wait doubles up to MaxNotificationInterval.
	MinNotificationInterval time.Duration `yaml:"minNotificationInterval" json:"minNotificationInterval"`
	// MaxNotificationInterval bounds it.
	MaxNotificationInterval time.Duration `yaml:"maxNotificationInterval" json:"maxNotificationInterval"`
	// FinalizeWait is how long a decided election waits for a better vote.
	FinalizeWait time.Duration `yaml:"finalizeWait" json:"finalizeWait"`
	// ConnectRetryPause is the pause between two dials of a learner.
	ConnectRetryPause time.Duration `yaml:"connectRetryPause" json:"connectRetryPause"`
	// ObserverDelay is how long an observer that lost its leader waits, at
	// most, before it looks for another.
	ObserverDelay time.Duration `yaml:"observerDelay" json:"observerDelay"`
	// ElectionAlg is how a leader is elected: 0, LeaderElection; 1,
	// AuthFastLeaderElection without and 2 with authentication; 3,
	// FastLeaderElection. All but the last are of the time up to 3.4.
	ElectionAlg int `yaml:"electionAlg" json:"electionAlg"`
	// MaxTimeToWaitForEpoch is after what time a leader that still waits for
	// FOLLOWERINFO gives up as soon as one of its voters looks for another
	// leader (R-FLE-22). 0: it waits for initLimit.
	MaxTimeToWaitForEpoch time.Duration `yaml:"maxTimeToWaitForEpoch" json:"maxTimeToWaitForEpoch"`
	// Groups part the voters into the groups of a hierarchical quorum
	// (R-QV-2): what zoo.cfg calls group.1=1:2:3 is the list [s1, s2, s3].
	Groups [][]Member `yaml:"groups" json:"groups"`
	// Weights are how much the votes of servers count, 1 where nothing is said.
	// A server of weight 0 is never elected. Without Groups all voters are one
	// group (R-QV-3).
	Weights map[Member]int `yaml:"weights" json:"weights"`
}

// DefaultOptions returns ZooKeeper's defaults, those of its sample
// configuration where a setting has none.
func DefaultOptions() *Options {
	return &Options{
		Profile:                 safeProfile,
		TickTime:                2 * time.Second,
		InitLimit:               10,
		SyncLimit:               5,
		CommitLogCount:          500,
		SnapCount:               100_000,
		SnapshotPieceTime:       5 * time.Millisecond,
		SnapshotSizeFactor:      33,
		CounterBits:             32,
		MinNotificationInterval: 200 * time.Millisecond,
		MaxNotificationInterval: 60 * time.Second,
		FinalizeWait:            200 * time.Millisecond,
		ConnectRetryPause:       100 * time.Millisecond,
		ObserverDelay:           200 * time.Millisecond,
		ElectionAlg:             3,
	}
}

// Vary implements [nodes.Varied]: how much servers keep at hand, and how often and
// for how long they write snapshots, decides which way learners are brought up
// to date, and what a crash comes in the middle of.
func (o Options) Vary(between func(low, high int) int) any {
	for _, count := range []*int{&o.SnapCount, &o.CommitLogCount} {
		if between(0, 1) == 1 {
			*count = 1 << between(1, 6)
		}
	}
	if between(0, 3) == 0 {
		o.SnapshotSizeFactor = []int{-1, 0, 400}[between(0, 2)]
	}
	if between(0, 3) == 0 {
		o.FuzzySnapshots = !o.FuzzySnapshots
	}
	o.SnapshotPieceTime <<= between(0, 8)
	return &o
}

// check says what is wrong with the options, for these servers if they are
// known.
func (o *Options) check(voters, observers nodes.Set) error {
	if _, err := defectsOf(o.Profile); err != nil {
		return err
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"tickTime", o.TickTime},
		{"minNotificationInterval", o.MinNotificationInterval},
		{"finalizeWait", o.FinalizeWait},
		{"snapshotPieceTime", o.SnapshotPieceTime},
		{"connectRetryPause", o.ConnectRetryPause},
	} {
		if d.value <= 0 {
			return fmt.Errorf("%s must be positive, not %v", d.name, d.value)
		}
	}
	for _, d := range []struct {
		name  string
		value int
	}{
		{"initLimit", o.InitLimit},
		{"syncLimit", o.SyncLimit},
		{"commitLogCount", o.CommitLogCount},
	} {
		if d.value < 1 {
			return fmt.Errorf("%s must be at least 1, not %d", d.name, d.value)
		}
	}
	switch {
	case o.SnapCount < 2:
		return fmt.Errorf("snapCount must be at least 2, not %d", o.SnapCount)
	case o.CounterBits < 2 || o.CounterBits > 32:
		return fmt.Errorf("counterBits must be 2 to 32, not %d", o.CounterBits)
	case o.InitialCounter >= o.lastCounter():
		return fmt.Errorf("initialCounter must be below %d, not %d", o.lastCounter(), o.InitialCounter)
	case o.MaxNotificationInterval < o.MinNotificationInterval:
		return fmt.Errorf("maxNotificationInterval (%v) must not be below minNotificationInterval (%v)",
			o.MaxNotificationInterval, o.MinNotificationInterval)
	case o.ObserverDelay < 0:
		return fmt.Errorf("observerDelay must not be negative, not %v", o.ObserverDelay)
	case o.LocalSessionsUpgrading && !o.LocalSessions:
		return errors.New("localSessionsUpgrading needs localSessions")
	case o.MaxTimeToWaitForEpoch < 0:
		return fmt.Errorf("maxTimeToWaitForEpoch must not be negative, not %v", o.MaxTimeToWaitForEpoch)
	case o.ElectionAlg < 0 || o.ElectionAlg > 3:
		return fmt.Errorf("electionAlg must be 0 to 3, not %d", o.ElectionAlg)
	case o.ElectionAlg != 3 && (o.Groups != nil || o.Weights != nil):
		return fmt.Errorf("electionAlg %d counts heads; groups and weights need electionAlg 3", o.ElectionAlg)
	case (o.ElectionAlg == 1 || o.ElectionAlg == 2) && observers != 0:
		return fmt.Errorf("electionAlg %d knows no observers", o.ElectionAlg)
	}
	_, err := newQuorum(o, voters)
	return err
}

// initTime and syncTime are the limits as times.
func (o *Options) initTime() time.Duration { return time.Duration(o.InitLimit) * o.TickTime }
func (o *Options) syncTime() time.Duration { return time.Duration(o.SyncLimit) * o.TickTime }

// lastCounter is the counter that no transaction may get: all bits one.
func (o *Options) lastCounter() uint64 { return 1<<o.CounterBits - 1 }
