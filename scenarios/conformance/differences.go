package conformance

// difference is a steady choice of ZooKeeper 3.8.0 (a fact of level zk) that is
// not made here.
type difference struct {
	profile    string // on which it is not; "": on any
	name, fact string // the case's short name, the fact's id
	why        string
	// sometimes says that it shows with some seeds only.
	sometimes bool
}

// differences are all of those that are known.
var differences = []difference{
	{profile: "safe", name: "e12", fact: "process_alive_with_low_currentEpoch", why: adopts},
	{profile: "safe", name: "e12", fact: "error_low_currentEpoch", why: adopts},
	{
		name: "f07", fact: "observer_transitions", sometimes: true,
		why: "whether the observer dials before the new leader opens its port, and has to look again, is a matter of a millisecond",
	},
	{
		profile: "safe", name: "s06", fact: "snaps_end",
		why: "TRUNC saves no snapshot: the log is cut and fsynced, and what is on disk is the whole truth (S-5, S-7)",
	},
	{profile: "safe", name: "s12", fact: "sync_1", why: skipsDead},
	{profile: "safe", name: "s12", fact: "leader_decision", why: skipsDead},
}

const (
	adopts = "a server whose log reaches into an epoch that it has promised starts: it holds that epoch's initial history, " +
		"only the crash came before currentEpoch was written (S-6). ZooKeeper refuses (R-DUR-4)"
	skipsDead = "a log is not read across records that a SNAP replaced, so the learner gets a SNAP and not dead transactions " +
		"(ZOOKEEPER-2846, S-9)"
)

// knownDifference returns why a fact does not hold here, or nil.
func (c *Case) knownDifference(fact, profile string) *difference {
	for i := range differences {
		if d := &differences[i]; d.name == c.Name() && d.fact == fact && (d.profile == profile || d.profile == "") {
			return d
		}
	}
	return nil
}

// mistaken reports whether a profile repeats the mistakes of ZooKeeper 3.8.0
// that a case is about: 3.8.0 is profile C; 3.9.5, profile F, lost ZOOKEEPER-4712
// (f03, f09) and kept the others.
func (c *Case) mistaken(profile string) bool {
	switch profile {
	case "C":
		return true
	case "F":
		return c.Name() == "s09" || c.Name() == "s12"
	}
	return false
}
