package zab

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// defect is a faulty variant of the protocol: one small change at one place.
// Each can be switched on by itself, and a profile of ZooKeeper is a set of
// them (profile.go). catalogue.go and catalogue_learner.go say what each is.
type defect uint8

const (
	// Planted: no release of ZooKeeper had these.
	commitOnMinority defect = iota
	ackBeforeFsync
	electByID
	forgetAcceptedEpoch
	skipTrunc
	prepareFromCommitted
	closeWithoutNodes
	sessionOwnerUnchecked
	clientZxidUnchecked
	watchEventsLost
	snapshotNamedLate

	// Election.
	looseVoteOrder
	voteWithoutEpoch
	staleVote
	leaderByClaim
	observersAnswer

	// Discovery.
	noDiscovery
	epochFromLog
	epochFromLogFiles
	promiseUnwritten
	zxidOnAttempt

	// What the leader sends.
	rangeOnly
	oldDecision
	committedLogFromZero
	forwardLate
	commitsFromUpToDate
	ackOutlivesCut
	rolloverUnguarded
	closingUnmarked
	committedLogOneMore
	syncedNotRemembered
	gapsAccepted

	// What the learner does with it.
	snapshotAlways
	zxidFromDiff
	dirtySnapshot
	truncKeepsNext
	memoryAheadAfterTrunc
	unsyncedTrunc
	unsyncedSnap
	staleLogAfterSnap
	halfSnapSurvives
	logAfterUpToDate
	logAfterAck
	epochBeforeHistory
	epochAfterAck
	acksBeforeEpoch
	pendingDrained
	commitNotLogged
	observersMissSynced
	servesUnapplied
	syncedSessionsForgotten

	// The end of a role, and recovery.
	logThreadOutlivesRole
	logThreadDies
	memoryAheadOfLog
	logNotReplayed
	refusedRestart
	unsyncedRecovery
	snapshotAheadOfLog
	snapshotOutlivesRole
	lostSnapshotsIgnored
	lostSnapshotsTrusted
)

// defects is a set of them.
type defects uint64

const _ = uint(64 - len(learnerDefects)) // each has a bit

func (ds defects) has(d defect) bool        { return ds>>d&1 == 1 }
func (ds defects) with(d defect) defects    { return ds | 1<<d }
func (ds defects) hasAny(of ...defect) bool { return slices.ContainsFunc(of, ds.has) }

// defectsIn returns those that a node is to have: those of its profile, and
// those switched on by name.
func defectsIn(c *nodes.Config, profile string) defects {
	ds, _ := defectsOf(profile) // check has asked already
	for d := range catalogue {
		if c.Has(catalogue[d].Name) {
			ds = ds.with(defect(d))
		}
	}
	return ds
}

// named returns the catalogue without what breaks no property and is there for
// the profiles only.
func named() []nodes.Defect {
	return slices.DeleteFunc(slices.Clone(catalogue), func(d nodes.Defect) bool { return d.Property == "" })
}
