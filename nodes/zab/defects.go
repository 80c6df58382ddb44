package zab

import "github.com/zabsim/zabsim/nodes"

// defects are the faulty variants that are switched on, looked up once.
type defects struct {
	commitOnMinority    bool
	ackBeforeFsync      bool
	electByID           bool
	forgetAcceptedEpoch bool
	skipTrunc           bool
}

var defectList = []nodes.Defect{
	{
		Name:     "commit-on-minority",
		Doc:      "The leader commits a proposal with the first acknowledgement, without a quorum.",
		Property: "no-lost-commit",
		Source:   "planted; breaks R-BC-8, INV-24",
	},
	{
		Name:     "ack-before-fsync",
		Doc:      "Followers and leader acknowledge a proposal once it is appended to the log, before the fsync.",
		Property: "durable-before-commit",
		Source:   "planted; breaks R-DUR-6, INV-23; compare ZOOKEEPER-4646",
	},
	{
		Name: "elect-by-id",
		Doc: "The election prefers the higher server id whatever the histories are. Discovery refuses such a leader " +
			"(R-DISC-9), so what suffers is liveness.",
		Property: "leader",
		Source:   "planted; breaks R-FLE-11",
	},
	{
		Name:     "forget-accepted-epoch",
		Doc:      "A restarted server forgets which epoch it had promised and takes that of its last transaction for it.",
		Property: "one-leader-per-epoch",
		Source:   "planted; breaks R-DISC-8, INV-22; compare ZOOKEEPER-335",
	},
	{
		Name:     "skip-trunc",
		Doc:      "The leader sends DIFF where it should send TRUNC, so a rejoining server keeps its dead tail.",
		Property: "agreement",
		Source:   "planted; breaks R-SYNC-L-3, INV-9",
	},
}

func newDefects(c *nodes.Config) defects {
	return defects{
		commitOnMinority:    c.Has("commit-on-minority"),
		ackBeforeFsync:      c.Has("ack-before-fsync"),
		electByID:           c.Has("elect-by-id"),
		forgetAcceptedEpoch: c.Has("forget-accepted-epoch"),
		skipTrunc:           c.Has("skip-trunc"),
	}
}
