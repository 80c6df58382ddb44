package checker

import (
	"cmp"
	"slices"
	"sort"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app"
)

// answer is what a branch of the ledger says an operation should have
// returned.
type answer struct {
	// at is how many transactions had been carried out in the state that
	// answers it: its own included, if it is a write.
	at     int
	result []byte
	// known is false for a write that is not on the branch, and for what
	// depends on transactions that are known from a snapshot only.
	known bool
}

// timeline is a branch of a ledger with the answers that it gives.
type timeline struct {
	entries  []entry // as far as they can be read
	complete bool    // that is all of them
	answers  []answer
}

// request names an operation to the servers.
type request struct {
	client nodes.ClientID
	seq    uint32
}

// answers carries out a branch from the beginning, on a fresh machine, and
// answers the calls: a write where it was delivered first, a read in the state
// of the position that came with its answer.
func (l *ledger) answers(b int, m nodes.StateMachine, calls []call) *timeline {
	t := &timeline{entries: l.branches[b].entries, answers: make([]answer, len(calls))}
	if i := slices.IndexFunc(t.entries, func(e entry) bool { return e.txn == nil }); i >= 0 {
		t.entries = t.entries[:i]
	}
	t.complete = len(t.entries) == len(l.branches[b].entries)

	writes := make(map[request]int)
	var reads []int
	for i := range calls {
		switch calls[i].class {
		case nodes.Write:
			writes[request{calls[i].client, calls[i].seq}] = i
		case nodes.Read, nodes.SyncedRead:
			if t.place(&calls[i], &t.answers[i]) {
				reads = append(reads, i)
			}
		case nodes.Sync:
		}
	}
	slices.SortStableFunc(reads, func(i, j int) int { return cmp.Compare(t.answers[i].at, t.answers[j].at) })
	for n := 0; ; n++ {
		for len(reads) > 0 && t.answers[reads[0]].at == n {
			t.answers[reads[0]].result = m.Query(nil, calls[reads[0]].op)
			reads = reads[1:]
		}
		if n == len(t.entries) {
			return t
		}
		e := &t.entries[n]
		if len(e.txn) == 0 {
			continue // a leader's mark in its log, nothing for the machine
		}
		result := replay(m, e)
		client, seq, _, _ := app.Body(e.txn)
		if i, asked := writes[request{client, seq}]; asked && !t.answers[i].known {
			t.answers[i] = answer{n + 1, result, true}
		}
	}
}

// replay carries out a transaction where it stands in the history.
func replay(m nodes.StateMachine, e *entry) []byte {
	if stamped, ok := m.(nodes.Stamped); ok {
		return stamped.ApplyAt(nil, e.at, e.txn)
	}
	return m.Apply(nil, e.txn)
}

// place finds the state that a read was answered from: all that stands at or
// before its position. There need be nothing at the position itself, since a
// new leader's is that of its epoch, before any transaction (R-ZXID-8).
func (t *timeline) place(c *call, a *answer) bool {
	if c.ended != done {
		return false
	}
	a.at = sort.Search(len(t.entries), func(i int) bool { return c.pos.Less(t.entries[i].at) })
	a.known = t.complete || a.at < len(t.entries)
	return a.known
}
