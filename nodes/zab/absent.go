package zab

// Absence is known bugs of ZooKeeper's protocol that no defect stands for.
type Absence struct {
	Bugs string // the numbers of ZooKeeper's issues
	Why  string // a clause: what keeps them from being shown, or shows them in their place
}

// Absent lists the bugs that the literature and ZooKeeper's issues describe and
// that cannot be switched on: what races in ZooKeeper may be one step here, and
// some of ZooKeeper is left out.
var Absent = []Absence{
	{"ZOOKEEPER-882", "a transaction sets what it changes, so the last one of a snapshot may be applied again"},
	{"ZOOKEEPER-1191, ZOOKEEPER-1194, ZOOKEEPER-1270", "a leader counts itself in the step in which it begins to lead, so no quorum forms without it"},
	{"ZOOKEEPER-1324", "acknowledgements are kept as sets, so a second NEWLEADER changes nothing"},
	{"ZOOKEEPER-1697", "no tick passes before a leader is established, and then a learner writes nothing before it answers"},
	{"ZOOKEEPER-1805, ZOOKEEPER-1810, ZOOKEEPER-1818", "there is one format of messages; ZOOKEEPER-1732 has votes that differ in their epochs"},
	{"ZOOKEEPER-2029, ZOOKEEPER-4203", "there is no acceptor thread that could die"},
	{"ZOOKEEPER-2212", "there is no reconfiguration"},
	{"ZOOKEEPER-2354, ZOOKEEPER-4269", "an epoch file is replaced by one write"},
	{"ZOOKEEPER-3104, ZOOKEEPER-3589", "a SNAP is built in the step that sends it; snapshot-named-late has the same on disk"},
	{"ZOOKEEPER-3109", "the option maxTimeToWaitForEpoch, off as in ZooKeeper, is the choice between with and without"},
	{"ZOOKEEPER-3127, ZOOKEEPER-3144", "a transaction is applied in one step, with what it does to sessions, so no snapshot begins in the middle of one"},
	{"ZOOKEEPER-3526", "there is no read-only mode"},
	{"ZOOKEEPER-3701", "a server that goes on after a TRUNC that failed has a cut that is not durable, as R-DUR-10 has it"},
	{"ZOOKEEPER-4409, ZOOKEEPER-4537", "a transaction is applied in the step that commits it, so there is no commit thread to race with"},
	{
		"the second issue of the TLA+ specification of the protocol (S-31)",
		"the initial history is what is applied, proposals are what is not, so nothing is sent as both",
	},
}
