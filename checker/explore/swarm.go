package explore

import (
	"context"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// Swarming says how a [Swarm] searches.
type Swarming struct {
	Jobs int
	// Seed decides what each job leaves out and in which order it goes: job number i
	// is the same whatever the number of workers, and whatever other jobs there are.
	Seed uint64
}

// swarmTable is how large the tables of a swarm are if Options.Bitstate does not say:
// room for some 300,000 states, within seconds.
const swarmTable = 1 << 20

// swarmDepth is how deep jobs go if there is no limit.
const swarmDepth = 1000

// Swarm makes many small searches that differ, after Holzmann, Joshi and Groce ("Swarm
// verification techniques", 2011): depth first, with a table of Options.Bitstate
// bytes or a part of it, each with another order of successors, another bound on
// depth, without some kinds of actions and with no more than so many that cost
// something. Where one large search drowns in one corner, some of these
// get far in another.
//
// It proves nothing, so that what must always hold is never said to hold. Findings
// are those of the first job that has one. A state that several jobs visited counts
// several times in States; Distinct tells how many different ones there were, about.
func Swarm[S, A any](ctx context.Context, m Model[S, A], o Options, how Swarming) (*Result[S, A], error) {
	if o.Bitstate == 0 {
		o.Bitstate = swarmTable
	}
	w := &swarm[S, A]{book: newBook(m, o), how: how, distinct: new(cardinality)}
	for range max(1, o.Workers) {
		w.models = append(w.models, fork(m))
	}
	for from := 0; w.verdict == Complete; from += swarmWave {
		if from >= how.Jobs {
			w.verdict = Partial
			break
		}
		w.wave(ctx, from, min(from+swarmWave, how.Jobs))
	}
	return w.result()
}

// swarmWave is how many jobs are done before the books are brought up to date.
const swarmWave = 8

// swarm is many searches under way.
type swarm[S, A any] struct {
	book[S, A]
	how      Swarming
	models   []Model[S, A] // one for each worker
	distinct *cardinality
}

// wave does some of the jobs.
func (w *swarm[S, A]) wave(ctx context.Context, from, to int) {
	done := make([]*dfs[S, A], to-from)
	parallel(w.models, len(done), func(m Model[S, A], i int) { done[i] = w.job(ctx, m, from+i) })
	for _, d := range done {
		w.tally(d)
	}
	w.stats.Distinct = w.distinct.count()
	w.stats.Memory = max(w.stats.Memory, uint64(len(w.models))*w.o.Bitstate+w.remembered())
	if limit, reached := w.tick(ctx); reached && w.verdict == Complete {
		w.verdict = limit
	}
}

// job makes search number i.
func (w *swarm[S, A]) job(ctx context.Context, m Model[S, A], i int) *dfs[S, A] {
	o := w.o
	o.Progress, o.Limits = nil, Limits{Time: o.Limits.Time}
	l := newLot(m, &w.book, choice.Seed(w.how.Seed+uint64(i)*0x9e3779b97f4a7c15))
	seen := &sampled{bits: newBits(l.table), salt: uint64(i), distinct: new(cardinality)}
	d := newDFS(m, o, seen)
	defer seen.free()
	d.lot, d.started = l, w.started
	d.round(ctx, l.depth)
	d.stats.Missed = seen.missed
	return d
}

// tally adds up what came of a job.
func (w *swarm[S, A]) tally(d *dfs[S, A]) {
	w.stats.Jobs++
	w.stats.States += d.stats.States
	w.stats.Transitions += d.stats.Transitions
	w.stats.Terminal += d.stats.Terminal
	w.stats.Missed += d.stats.Missed
	for degree, n := range d.stats.OutDegree {
		w.stats.OutDegree[degree] += n
	}
	for i := range d.stats.Taken {
		w.stats.Taken[i].Times += d.stats.Taken[i].Times
	}
	w.distinct.merge(d.seen.(*sampled).distinct)
	for p, a := range d.answers {
		if a.decided && !w.answers[p].decided {
			w.decide(p, a.route)
		}
	}
}

// lot is what a job of a swarm does differently from others.
type lot[S, A any] struct {
	salt    uint64 // of the order of successors
	table   uint64 // bytes
	depth   int
	without uint64 // kinds of actions, by bits
	spend   int    // how many actions that cost something there are at most
	layered Layered[S, A]
	sorter  Sorter[A]
}

// newLot draws what is different in a job. If actions have costs, only those that
// cost something are left out: nothing happens without the others.
func newLot[S, A any](m Model[S, A], b *book[S, A], seed choice.Seed) *lot[S, A] {
	luck := choice.NewStream("swarm")
	draw := func(n int64) int { return int(seed.Intn(n, &luck)) }
	l := &lot[S, A]{salt: uint64(seed), table: b.o.Bitstate >> draw(3), depth: b.o.Limits.Depth}
	if l.depth == 0 {
		l.depth = swarmDepth
	}
	l.depth = max(1, l.depth>>draw(4))
	l.sorter, _ = m.(Sorter[A])
	l.layered, _ = m.(Layered[S, A])
	for kind := range min(64, len(b.stats.Taken)) {
		if draw(3) == 0 {
			l.without |= 1 << kind
		}
	}
	l.spend = 1 + draw(4)
	return l
}

// allows reports whether a job takes an action.
func (l *lot[S, A]) allows(s S, a A) bool {
	if l.layered != nil {
		if !l.layered.Costs(s, a) {
			return true
		}
		if l.layered.Spent(s).total() >= l.spend {
			return false
		}
	}
	return l.sorter == nil || l.without>>l.sorter.Kind(a)&1 == 0
}

// turn is an order of actions: from one of them on, forwards or backwards.
type turn struct {
	from uint32
	back bool
}

// turn returns the order in a state.
func (l *lot[S, A]) turn(f fingerprint) turn {
	h := uint64(nodes.Digest(l.salt).Word(f.lo))
	return turn{uint32(h), h>>32&1 == 1}
}

// place returns which of n actions is the one after i others.
func (t turn) place(i, n int) int {
	if t.back {
		i = n - 1 - i
	}
	return (int(t.from%uint32(n)) + i) % n
}

// sampled is what a job knows of where it was: bits, other ones in each job, so that each misses
// other states.
type sampled struct {
	*bits
	salt     uint64
	n        uint64
	distinct *cardinality
}

// improve implements [seenSet]: what is new has to be expanded.
func (m *sampled) improve(f fingerprint, _ int) (fresh, expand bool) {
	m.distinct.add(f.lo)
	f.lo = uint64(nodes.Digest(f.lo).Word(m.salt))
	if fresh = m.add(f); fresh {
		m.n++
	}
	return fresh, fresh
}

func (m *sampled) states() uint64 { return m.n }
