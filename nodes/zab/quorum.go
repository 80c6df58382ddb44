package zab

import (
	"errors"
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// quorum says who votes and which sets of voters decide. Every decision of
// the protocol asks it, and nobody else counts heads.
type quorum struct {
	voters nodes.Set
	// weights are those of the voters, by id: 1 each unless the options say
	// otherwise.
	weights [nodes.MaxServers + 1]int
	// groups are the groups that have weight; none if a majority decides.
	groups []group
}

// group is one group of a hierarchical quorum.
type group struct {
	members nodes.Set
	weight  int // of all members
}

// newQuorum returns the quorums that the options ask for. Without voters, who
// may not be known yet, it says only what is wrong with the options in
// themselves.
func newQuorum(o *Options, voters nodes.Set) (quorum, error) {
	q := quorum{voters: voters}
	if err := q.weigh(o.Weights); err != nil {
		return q, err
	}
	if o.Groups == nil && o.Weights == nil {
		return q, nil
	}
	grouped := o.Groups
	if grouped == nil {
		grouped = [][]Member{membersOf(voters)} // R-QV-3
	}
	return q, q.group(grouped)
}

// weigh takes the weights in.
func (q *quorum) weigh(weights map[Member]int) error {
	for id := nodes.ID(1); id <= nodes.MaxServers; id++ {
		w, given := weights[Member(id)]
		switch {
		case !given:
			w = 1
		case w < 0:
			return fmt.Errorf("weights: %v weighs %d; a weight is 0 or more", id, w)
		case q.voters != 0 && !q.voters.Has(id):
			return fmt.Errorf("weights: %v is not a voter", id)
		}
		q.weights[id] = w
	}
	return nil
}

// group takes the groups in and leaves out those without weight (R-QV-2).
func (q *quorum) group(groups [][]Member) error {
	var seen nodes.Set
	for i, members := range groups {
		var g group
		for _, m := range members {
			id := nodes.ID(m)
			switch {
			case seen.Has(id):
				return fmt.Errorf("groups: %v stands in two places", id)
			case q.voters != 0 && !q.voters.Has(id):
				return fmt.Errorf("groups: %v is not a voter", id)
			}
			seen = seen.With(id)
			g.members = g.members.With(id)
			g.weight += q.weights[id]
		}
		if len(members) == 0 && q.voters != 0 {
			return fmt.Errorf("groups: group %d is empty", i+1)
		}
		if g.weight > 0 {
			q.groups = append(q.groups, g)
		}
	}
	if left := q.voters &^ seen; left != 0 {
		return fmt.Errorf("groups: %v is in no group", left.Min())
	}
	if len(q.groups) == 0 && q.voters != 0 {
		return errors.New("weights: no server has any weight, so nobody can be elected")
	}
	return nil
}

// votes reports whether id is a voter.
func (q *quorum) votes(id nodes.ID) bool { return q.voters.Has(id) }

// decides reports whether the voters among acks are enough: a majority of them
// (R-QV-1); or, where there are groups, in more than half of the groups those
// with more than half of the group's weight (R-QV-2).
func (q *quorum) decides(acks nodes.Set) bool {
	if q.groups == nil {
		return acks.Majority(q.voters)
	}
	won := 0
	for _, g := range q.groups {
		weight := 0
		for id := range (acks & g.members).All() {
			weight += q.weights[id]
		}
		if 2*weight > g.weight {
			won++
		}
	}
	return 2*won > len(q.groups)
}

// electable reports whether id may lead: not without weight (R-FLE-11).
func (q *quorum) electable(id nodes.ID) bool { return q.weights[id] > 0 }

// Member is a server as options name it: "s3".
type Member nodes.ID

// MarshalText writes the form that UnmarshalText reads.
func (m Member) MarshalText() ([]byte, error) { return []byte(nodes.ID(m).String()), nil }

// UnmarshalText reads "s1" to "s63".
func (m *Member) UnmarshalText(text []byte) error {
	id, ok := nodes.ParseID(string(text))
	if !ok {
		return fmt.Errorf("%q is not the name of a server; they are s1 to s%d", text, nodes.MaxServers)
	}
	*m = Member(id)
	return nil
}

func membersOf(s nodes.Set) []Member {
	var ms []Member
	for id := range s.All() {
		ms = append(ms, Member(id))
	}
	return ms
}
