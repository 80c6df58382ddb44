package zab

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is ZooKeeper as some of its releases had it. How the releases differ
// is data: the table of variants below, and the programs of the learner's main
// thread (programs.go).
type Profile struct {
	Name     string // as [Options].Profile has it
	Releases string
	Doc      string // what is particular about it
}

// safeProfile is the profile without defects.
const safeProfile = "safe"

// Profiles lists the profiles, by age. Where releases of one profile differ it
// speaks as 3.3.6, 3.4.9, 3.6.2, 3.8.0, 3.9.2, 3.9.3 or 3.9.5.
var Profiles = []Profile{
	{safeProfile, "none", "ZAB as ZooKeeper means it: 3.9.5 with its known holes closed."},
	{"P0", "up to 3.3.6", "Before Zab 1.0: no epoch is promised, and a follower serves once it has the leader's history (R-P0-1 to R-P0-5)."},
	{"A", "3.4.0 to 3.4.9, 3.5.0 to 3.5.2", "Zab 1.0. A learner applies what it is sent to memory and saves all of it at NEWLEADER."},
	{"B", "3.4.10 to 3.4.14, 3.5.3 to 3.5.9, 3.6.0 to 3.6.2", "ZOOKEEPER-2678: no snapshot after a DIFF; its transactions go to the log after UPTODATE."},
	{"C", "3.5.10, 3.6.3 to 3.6.4, 3.7.0 to 3.7.2, 3.8.0 to 3.8.4, 3.9.0 to 3.9.1", "ZOOKEEPER-3911: they go to the log thread at NEWLEADER, and nobody waits for it."},
	{"D", "3.8.5 to 3.8.6, 3.9.2", "ZOOKEEPER-4785: they are fsynced before the epoch, committed or not."},
	{"E", "3.9.3", "ZOOKEEPER-4394: only those that are committed; the others wait for UPTODATE. ZOOKEEPER-4712: log first, then election."},
	{"F", "3.9.4 to 3.9.5", "ZOOKEEPER-4925: what came by DIFF is passed on by DIFF."},
}

// variants says which defects each profile has. The letter of a profile stands
// in its column where it has the defect, a dot where it has not, or not yet.
// Behind it: the releases that had it, or when it was mended.
var variants = [...]struct {
	profiles string
	defect   defect
}{
	{"P......", noDiscovery},           // Zab 1.0 came with 3.4.0 (ZOOKEEPER-335, 1081, 1082)
	{"P......", voteWithoutEpoch},      // 3.4.0
	{"PA.....", snapshotAlways},        // ZOOKEEPER-2678: 3.4.10, 3.5.3, 3.6.0
	{"PA.....", zxidFromDiff},          // 3.4.11, 3.5.4, 3.6.0
	{"PA.....", oldDecision},           // 3.5.0
	{"PA.....", unsyncedSnap},          // 3.5.10, 3.6.0
	{"PAB....", halfSnapSurvives},      // 3.5.10, 3.6.3, 3.7.0
	{"..B....", logAfterUpToDate},      // from 3.4.10; 3.5.10, 3.6.3, 3.7.0
	{"..BCD..", logThreadOutlivesRole}, // from 3.4.12 and 3.5.4; 3.9.3
	{"...C...", logAfterAck},           // from 3.5.10, 3.6.3, 3.7.0; 3.8.5, 3.9.2
	{"..BCD..", servesUnapplied},       // ZOOKEEPER-3023: from 3.4.10, 3.5.3, 3.6.0; 3.9.3
	{"...CD..", pendingDrained},        // from 3.5.10, 3.6.3, 3.7.0; 3.9.3
	{".....E.", syncedNotRemembered},   // 3.9.3 only
	{"PABCDE.", committedLogOneMore},   // 3.9.4
	{"PABCDE.", gapsAccepted},          // ZOOKEEPER-4925: 3.9.4
	{"..BCDEF", refusedRestart},        // 3.4.6 to 3.4.14 left a marker file, 3.3 had no epochs
	{"PABCDEF", dirtySnapshot},         // and what follows: still so
	{"PABCDEF", ackOutlivesCut},
	{"PABCDEF", memoryAheadAfterTrunc},
	{"PABCDEF", unsyncedTrunc},
	{"PABCDEF", truncKeepsNext},
	{"PABCDEF", staleLogAfterSnap},
	{"PABCDEF", unsyncedRecovery},
	{"PABCDEF", snapshotAheadOfLog},
	{"PABCDEF", observersAnswer},
	{"..BCDEF", snapshotOutlivesRole}, // before, the state of a role ended with it
	{"..BCDEF", memoryAheadOfLog},     // ZOOKEEPER-4882 is open; before, likewise
}

// defectsOf returns the defects of a profile.
func defectsOf(profile string) (defects, error) {
	column := slices.IndexFunc(Profiles, func(p Profile) bool { return p.Name == profile }) - 1
	if column < -1 {
		return 0, fmt.Errorf("there is no profile %q; it can be %s", profile, profileNames())
	}
	var ds defects
	for _, v := range variants {
		if column >= 0 && v.profiles[column] != '.' {
			ds = ds.with(v.defect)
		}
	}
	return ds, nil
}

func profileNames() string {
	names := make([]string, len(Profiles))
	for i, p := range Profiles {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}
