package checker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// Params are what some properties can be told. The zero value is always good.
type Params struct {
	// Within is how long after the last fault an Eventually property has; 0:
	// until the end of the execution.
	Within time.Duration
	// Budget is how long the search for a linearization may take, in real
	// time; 0: DefaultBudget. A search that is cut short is inconclusive.
	Budget time.Duration
	Server nodes.ID // leader-is, where the name does not say
	Name   string   // note, where the name does not say
}

// DefaultBudget is how long one search for a linearization may take.
const DefaultBudget = 10 * time.Second

// All are the properties whose name says it all, with the zero Params. Besides
// there are note:NAME and leader-is:SERVER. Nobody may change it.
var All = properties(Params{})

func properties(p Params) []Property {
	return []Property{
		oneLeaderPerEpoch(),
		agreement(),
		totalOrder(),
		prefixConsistency(),
		integrity(),
		noLostCommit(),
		noResurrection(),
		leaderCompleteness(),
		primaryIntegrity(),
		localPrimaryOrder(),
		globalPrimaryOrder(),
		gapFree(),
		uniqueTransactions(),
		followerPrefix(),
		commitsFollowLeader(),
		servesInitialHistory(),
		noCutCommit(),
		recoversWhatItServed(),
		epochsMonotonic(),
		epochOrder(),
		historyBeforeEpoch(),
		onePromise(),
		oneLeaderFollowed(),
		durableBeforeCommit(),
		ackAfterFsync(),
		establishedByQuorum(),
		proposalConsistent(),
		commitConsistent(),
		ackConsistent(),
		messageLegal(),
		noPanic(),
		noExit(),
		boots(),
		conservation(),
		noOverdraft(),
		sequential(),
		linearizableWrites(p.Budget),
		linearizable(p.Budget),
		fifoClientOrder(),
		monotonicZxid(),
		ephemeralLife(),
		oneEphemeralOwner(),
		sequenceNumbers(),
		watchOrder(),
		leaderStays(),

		leaderWithin(p.Within),
		noLivelock(),
		convergedWithin(p.Within),
		servedWithin(p.Within),
		writeGap(p.Within),
		readGap(p.Within),

		committedDuringPartition(),
		leaderChanged(),
		sent("diff-sent", "DIFF"),
		sent("trunc-sent", "TRUNC"),
		sent("snap-sent", "SNAP"),
		clientOK(),
		clientUnknown(),
		clientRefused(),
		crashedMidCommit(),
		staleReads(),
		discarded(),
	}
}

// ByName returns the property of that name. The error lists those there are.
func ByName(name string, p Params) (Property, error) {
	family, inside, _ := strings.Cut(name, ":")
	switch family {
	case "note":
		if inside == "" {
			inside = p.Name
		}
		if inside == "" {
			return Property{}, errors.New("property note needs the name of a note: note:NAME")
		}
		return noted(inside), nil
	case "leader-is":
		id, ok := nodes.ParseID(inside)
		if inside == "" {
			id, ok = p.Server, p.Server != 0
		}
		if !ok {
			return Property{}, errors.New("property leader-is needs a server, such as leader-is:s3")
		}
		return leaderIs(id), nil
	}
	known := All
	if p != (Params{}) {
		known = properties(p)
	}
	for _, property := range known {
		if property.Name == name {
			return property, nil
		}
	}
	return Property{}, fmt.Errorf("unknown property %q; there are %s", name, strings.Join(Names(), ", "))
}

// Names returns the names of all properties, those with a name inside last.
func Names() []string {
	var names []string
	for _, p := range All {
		names = append(names, p.Name)
	}
	return append(names, "note:NAME", "leader-is:SERVER")
}
