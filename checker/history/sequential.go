package history

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/checker/internal/search"
	"github.com/zabsim/zabsim/nodes"
)

// sequentially is the search for an order of all operations that agrees with
// results, with the order in each session, and for writes with real time.
//
// Only what must keep to real time is ordered by the search. Plain reads are
// part of the state: a read is done as soon as it is the next of its session
// and finds what it returned. To put that off could not help, since a read
// changes nothing and others may wait for it.
type sequentially struct {
	rules
	keys     map[string]int
	sessions []group
	place    map[*Op][2]int // session and index in it, of what succeeded
}

// progress is how far an order has come.
type progress struct {
	contents []content // by key
	done     []int     // by session: how many of its operations
	over     bool      // what comes now happens after all that returned
}

// end stands for the moment when all that ever returned has returned. What
// comes after it in the order is what has not taken effect.
var end = &Op{}

func (s *bySearch) sequential() (Verdict, []Finding) {
	ops := s.h.those(func(o *Op) bool { return o.counts() && (o.Kind != Read || o.Session != "") })
	if c := newConstraints(s.h, ops, s.h.sessions(), func(o *Op) bool { return o.Kind != Read }); c != nil {
		if v, findings := c.decide(); v != Undecided {
			return v, findings
		}
	}
	return s.searchSequential()
}

func (s *bySearch) searchSequential() (Verdict, []Finding) {
	q := &sequentially{rules: rules{versions: s.h.versioned()}, keys: map[string]int{}, sessions: s.h.sessions(), place: map[*Op][2]int{}}
	first := progress{done: make([]int, len(q.sessions))}
	for i, key := range s.h.keys() {
		q.keys[key.name] = i
		first.contents = append(first.contents, content{version: s.h.InitialVersion, value: s.h.Initial})
	}
	for i, session := range q.sessions {
		for k, o := range session.ops {
			q.place[o] = [2]int{i, k}
		}
	}
	q.readAll(&first)

	var history []search.Operation[*Op]
	last := 0
	for _, o := range s.h.those((*Op).counts) {
		last = max(last, o.Call, o.Return)
		if o.Kind != Read {
			history = append(history, operation(o))
		}
	}
	history = append(history, search.Operation[*Op]{Op: end, Call: int64(last) + 1, Return: int64(last) + 2})
	orders := search.New(&search.Model[progress, *Op]{
		Initial: first,
		Step:    q.step,
		Equal: func(a, b progress) bool {
			return a.over == b.over && slices.Equal(a.done, b.done) && slices.Equal(a.contents, b.contents)
		},
		Hash: hashProgress,
		Key:  func(*Op) string { return "" },
	}, history)
	switch orders.Check(s.budget) {
	case search.Found:
		return Holds, nil
	case search.Unknown:
		return Undecided, nil
	case search.None:
	}
	at := first
	for _, i := range orders.Culprit(s.budget).Order {
		at, _ = q.step(at, history[i].Op)
	}
	return Violated, []Finding{q.stuck(at)}
}

func hashProgress(p progress) uint64 {
	var d nodes.Digest
	for _, c := range p.contents {
		d = c.fold(d)
	}
	for _, n := range p.done {
		d = d.Word(uint64(n))
	}
	return uint64(d)
}

// step carries out an operation and all reads that can be done after it.
func (q *sequentially) step(p progress, o *Op) (progress, bool) {
	switch {
	case o == end:
		for i, session := range q.sessions {
			if p.done[i] < len(session.ops) {
				return p, false
			}
		}
		p.over = true
		return p, true
	case p.over:
		return p, o.Outcome == Unknown
	case o.Kind.Writes() && q.overdue(&p, o):
		return p, false
	}
	at, inSession := q.place[o]
	if inSession && p.done[at[0]] != at[1] {
		return p, false
	}
	key := q.keys[o.Key]
	c, ok := q.rules.step(p.contents[key], o)
	if !ok {
		return p, false
	}
	p.contents, p.done = slices.Clone(p.contents), slices.Clone(p.done)
	p.contents[key] = c
	if inSession {
		p.done[at[0]]++
	}
	q.readAll(&p)
	return p, true
}

// overdue reports whether an operation that had returned when a write was asked
// for has not been done: no write is before what returned before it.
func (q *sequentially) overdue(p *progress, w *Op) bool {
	for i, session := range q.sessions {
		if n := p.done[i]; n < len(session.ops) && session.ops[n].before(w) {
			return true
		}
	}
	return false
}

// readAll does all plain reads that can be done.
func (q *sequentially) readAll(p *progress) {
	for i, session := range q.sessions {
		for p.done[i] < len(session.ops) {
			o := session.ops[p.done[i]]
			if o.Kind != Read {
				break
			}
			if _, ok := q.read(p.contents[q.keys[o.Key]], o); !ok {
				break
			}
			p.done[i]++
		}
	}
}

// stuck says at which operation the longest order ends: of those that are next
// in their sessions, the one that returned first.
func (q *sequentially) stuck(p progress) Finding {
	var culprit *Op
	for i, session := range q.sessions {
		if n := p.done[i]; n < len(session.ops) && (culprit == nil || session.ops[n].Return < culprit.Return) {
			culprit = session.ops[n]
		}
	}
	if culprit == nil {
		return Finding{Message: "no order of the operations agrees with their results and with the order in each session"}
	}
	var shown []string
	for name, i := range q.keys {
		shown = append(shown, fmt.Sprintf("%s is %v", name, p.contents[i]))
	}
	slices.Sort(shown)
	return Finding{culprit.Key, fmt.Sprintf("a %v of session %s fits into no order of the operations; the longest order ends where %s",
		culprit.Kind, culprit.Session, strings.Join(shown, ", ")), []*Op{culprit}}
}
