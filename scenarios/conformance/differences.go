package conformance

// difference is a steady choice of ZooKeeper 3.8.0 (a fact of level zk) that is
// not made here.
type difference struct {
	name, fact string // the case's short name, the fact's id
	why        string
	// sometimes says that it shows with some seeds only.
	sometimes bool
}

// differences are all of those that are known, for the profile "safe".
var differences = []difference{
	{name: "e12", fact: "process_alive_with_low_currentEpoch", why: adopts},
	{name: "e12", fact: "error_low_currentEpoch", why: adopts},
	{
		name: "f07", fact: "observer_transitions", sometimes: true,
		why: "whether the observer dials before the new leader opens its port, and has to look again, is a matter of a millisecond",
	},
	{
		name: "s06", fact: "snaps_end",
		why: "TRUNC saves no snapshot: the log is cut and fsynced, and what is on disk is the whole truth (S-5, S-7)",
	},
	{name: "s12", fact: "sync_1", why: skipsDead},
	{name: "s12", fact: "leader_decision", why: skipsDead},
}

const (
	adopts = "a server whose log reaches into an epoch that it has promised starts: it holds that epoch's initial history, " +
		"only the crash came before currentEpoch was written (S-6). ZooKeeper refuses (R-DUR-4)"
	skipsDead = "a log is not read across records that a SNAP replaced, so the learner gets a SNAP and not dead transactions " +
		"(ZOOKEEPER-2846, S-9)"
)

// knownDifference returns why a fact does not hold here, or nil.
func (c *Case) knownDifference(fact string) *difference {
	for i := range differences {
		if d := &differences[i]; d.name == c.Name() && d.fact == fact {
			return d
		}
	}
	return nil
}
