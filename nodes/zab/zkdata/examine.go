package zkdata

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
)

// Ensemble is what the disks of several servers have to do with each other.
type Ensemble struct {
	Servers []*Server // by id
	Voters  nodes.Set
	// Reference is the server that all others are held against: the one with the
	// best vote of all. It is nil if none would start.
	Reference *Server
	History   History // of the reference
	Findings  []Finding
	recovered []recovered // by server
}

// recovered is how a server starts: one of the two is nil.
type recovered struct {
	survivor *zab.Survivor
	failure  error
}

// Finding is something worth knowing about the disks.
type Finding struct {
	Kind Kind
	// Serious says that something is lost, unreadable or contradictory; the rest
	// is how ZooKeeper's files look after crashes.
	Serious bool
	On      nodes.Set // the servers it is about
	Runs    []Run     // the transactions it is about
	Text    string
}

// Kind says what sort of finding it is.
type Kind string

// The kinds of findings.
const (
	Unreadable Kind = "unreadable" // a file breaks off, or is no such file, or damaged
	NoStart    Kind = "no-start"   // ZooKeeper would not start
	Repaired   Kind = "repaired"   // ZooKeeper starts if a crash left what it expects, and not otherwise
	Conflict   Kind = "conflict"   // one zxid, two transactions
	Parted     Kind = "parted"     // logs differ on where an epoch began
	Missing    Kind = "missing"    // a gap in a log that no snapshot bridges
	Bridged    Kind = "bridged"    // a gap that a snapshot bridges
	Duplicate  Kind = "duplicate"  // the same record again
	Dead       Kind = "dead"       // transactions that did not survive
	Undecided  Kind = "undecided"  // transactions that a majority does not have yet
)

// Examine compares servers. Their ids must be known and different; voters are
// those that elect.
func Examine(servers []*Server, voters nodes.Set, options *zab.Options) *Ensemble {
	e := &Ensemble{Servers: slices.Clone(servers), Voters: voters}
	slices.SortFunc(e.Servers, func(a, b *Server) int { return cmp.Compare(a.ID, b.ID) })
	for _, s := range e.Servers {
		survivor, err := s.Recover(voters, options)
		e.recovered = append(e.recovered, recovered{survivor, err})
	}
	e.findReference(options)
	for i, s := range e.Servers {
		e.examineFiles(i, s)
	}
	e.findConflicts()
	e.findParted()
	e.findUndecided()
	e.findDead()
	for _, s := range e.Servers {
		e.examineLog(s)
	}
	return e
}

// Present returns the servers.
func (e *Ensemble) Present() nodes.Set {
	var present nodes.Set
	for _, s := range e.Servers {
		present = present.With(s.ID)
	}
	return present
}

// findReference elects among all servers that start, as if there were no
// others.
func (e *Ensemble) findReference(options *zab.Options) {
	present := e.Present()
	var starting []*zab.Survivor
	for _, s := range e.Servers {
		if survivor, err := s.Recover(present, options); err == nil {
			starting = append(starting, survivor)
		}
	}
	if best := best(starting); best != nil {
		e.Reference = e.server(best.ID())
		e.History = HistoryOf(e.Reference, best.Last(), e.Servers)
	}
}

// best returns the survivor with the best vote, however many there are.
func best(among []*zab.Survivor) *zab.Survivor {
	var best *zab.Survivor
	for _, s := range among {
		if best == nil || s.Beats(best) {
			best = s
		}
	}
	return best
}

func (e *Ensemble) server(id nodes.ID) *Server {
	i := slices.IndexFunc(e.Servers, func(s *Server) bool { return s.ID == id })
	return e.Servers[i]
}

// Survivor returns how a server starts; or why it does not.
func (e *Ensemble) Survivor(id nodes.ID) (*zab.Survivor, error) {
	for i, s := range e.Servers {
		if s.ID == id {
			return e.recovered[i].survivor, e.recovered[i].failure
		}
	}
	return nil, fmt.Errorf("there is no data directory of %v", id)
}

// Agrees returns up to which transaction a server shares the history of the
// reference.
func (e *Ensemble) Agrees(s *Server) zab.Zxid {
	base, _ := s.Base()
	reach := e.History.Before(base.Zxid)
	for _, entry := range s.Entries {
		if has, _ := e.History.Has(entry.Zxid); has {
			reach = max(reach, entry.Zxid)
		}
	}
	return reach
}

func (e *Ensemble) find(f Finding) { e.Findings = append(e.Findings, f) }

func (e *Ensemble) examineFiles(i int, s *Server) {
	on := nodes.SetOf(s.ID)
	for _, p := range s.Problems {
		e.find(Finding{Kind: Unreadable, Serious: p.Fatal, On: on, Text: fmt.Sprintf("%v: %v", s.ID, p)})
	}
	r := e.recovered[i]
	switch {
	case r.failure != nil:
		e.find(Finding{Kind: NoStart, Serious: true, On: on, Text: fmt.Sprintf("%v would not start: %v", s.ID, r.failure)})
	case slices.Contains(r.survivor.Notes(), "current-epoch-adopted"):
		e.find(Finding{Kind: Repaired, Serious: true, On: on, Text: fmt.Sprintf(
			"%v holds %v, of a later epoch than its currentEpoch: ZooKeeper starts only if it finds currentEpoch.tmp (ZOOKEEPER-4269)", s.ID, r.survivor.Last())})
	}
}

// examineLog looks for gaps and duplicates in the log of one server.
func (e *Ensemble) examineLog(s *Server) {
	on := nodes.SetOf(s.ID)
	var again []zab.Zxid
	var bridged []Run
	last := zab.Zxid(0)
	for i, entry := range s.Entries {
		gap := gapBefore(last, entry.Zxid)
		switch {
		case i == 0:
		case entry.Zxid <= last:
			again = append(again, entry.Zxid)
		case gap.Len() == 0:
		case s.bridges(gap):
			bridged = append(bridged, gap)
		default:
			e.find(Finding{Kind: Missing, Serious: true, On: on, Runs: []Run{gap}, Text: fmt.Sprintf(
				"%v lacks %v before %s, byte %d, and no snapshot has them", s.ID, gap, s.Logs[entry.Log].Name, entry.Offset)})
		}
		last = max(last, entry.Zxid)
	}
	if len(bridged) > 0 {
		e.find(Finding{Kind: Bridged, On: on, Runs: bridged, Text: fmt.Sprintf(
			"%v does not have %v in its log; snapshots stand in for them", s.ID, list(bridged))})
	}
	if len(again) > 0 {
		slices.Sort(again)
		r := runs(slices.Compact(again))
		e.find(Finding{Kind: Duplicate, On: on, Runs: r, Text: fmt.Sprintf("%v logged %v more than once", s.ID, list(r))})
	}
}

// gapBefore returns the transactions of an epoch that are left out between two
// of them. What is left out at the end of an epoch does not show.
func gapBefore(last, next zab.Zxid) Run {
	from := zab.MakeZxid(next.Epoch(), 1)
	if last.Epoch() == next.Epoch() {
		from = last + 1
	}
	return Run{from, next - 1}
}

// bridges reports whether a snapshot has what a log leaves out.
func (s *Server) bridges(gap Run) bool {
	return slices.ContainsFunc(s.Snapshots, func(f SnapshotFile) bool { return !f.Bad && f.Zxid >= gap.To })
}

// placed is an entry and whose it is.
type placed struct {
	Entry
	on nodes.ID
}

// entries returns the entries of all servers by zxid, then server.
func (e *Ensemble) entries() []placed {
	var all []placed
	for _, s := range e.Servers {
		for _, entry := range s.Entries {
			all = append(all, placed{entry, s.ID})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.Zxid, b.Zxid) })
	return all
}

// findConflicts looks for a zxid that two transactions have.
func (e *Ensemble) findConflicts() {
	all := e.entries()
	for i := 0; i < len(all); {
		k := i + 1
		on, conflict := nodes.SetOf(all[i].on), false
		for ; k < len(all) && all[k].Zxid == all[i].Zxid; k++ {
			on = on.With(all[k].on)
			conflict = conflict || all[k].Content != all[i].Content
		}
		if conflict {
			e.find(Finding{Kind: Conflict, Serious: true, On: on, Runs: []Run{{all[i].Zxid, all[i].Zxid}}, Text: fmt.Sprintf(
				"%v is not the same transaction on all of %v", all[i].Zxid, on)})
		}
		i = k
	}
}

// findParted looks for an epoch that began after different transactions.
func (e *Ensemble) findParted() {
	joints := jointsIn(e.Servers)
	for i := 1; i < len(joints); i++ {
		a, b := joints[i-1], joints[i]
		if a.first == b.first {
			e.find(Finding{Kind: Parted, Serious: true, On: a.seenBy | b.seenBy, Text: fmt.Sprintf(
				"histories part before %v: it follows %v on %v, but %v on %v", a.first, a.before, a.seenBy, b.before, b.seenBy)})
		}
	}
}

// holding is who has a transaction in a log, and who of them would start with
// it.
type holding struct {
	zxid       zab.Zxid
	on, active nodes.Set
}

// holdings returns who has each of the transactions that are wanted.
func (e *Ensemble) holdings(wanted func(zab.Zxid) bool) []holding {
	var held []holding
	for _, entry := range e.entries() {
		if !wanted(entry.Zxid) {
			continue
		}
		if k := len(held); k == 0 || held[k-1].zxid != entry.Zxid {
			held = append(held, holding{zxid: entry.Zxid})
		}
		h := &held[len(held)-1]
		h.on = h.on.With(entry.on)
		if base, _ := e.server(entry.on).Base(); base.Zxid < entry.Zxid {
			h.active = h.active.With(entry.on)
		}
	}
	return held
}

// alike cuts the run of transactions off the front that the same servers have.
func alike(held []holding) (Run, []holding) {
	r, k := Run{held[0].zxid, held[0].zxid}, 1
	for ; k < len(held) && held[k] == (holding{r.To + 1, held[0].on, held[0].active}); k++ {
		r.To++
	}
	return r, held[k:]
}

// findDead looks for transactions that are not in the history of the
// reference, which has gone on without them. Those that somebody would start
// with come first.
func (e *Ensemble) findDead() {
	held := e.holdings(func(z zab.Zxid) bool { return z < e.History.end() && e.History.lacks(z) })
	var buried []Finding
	for len(held) > 0 {
		h := held[0]
		var r Run
		r, held = alike(held)
		f := Finding{Kind: Dead, On: h.on, Runs: []Run{r}}
		f.Text = fmt.Sprintf("%v on %v did not survive: the others went on after %v", r, h.on, e.History.Before(r.From))
		if h.active == 0 {
			f.Text += "; newer snapshots keep them out of the tree"
			buried = append(buried, f)
			continue
		}
		f.Text += fmt.Sprintf("; %v would start with them", h.active)
		e.find(f)
	}
	e.Findings = append(e.Findings, buried...)
}

// findUndecided looks for the transactions at the end of the history that
// fewer than a majority have, and for those beyond the end: nobody can have been
// told of them, but who is elected may keep them.
func (e *Ensemble) findUndecided() {
	if e.Reference == nil {
		return
	}
	decided := e.decided()
	held := e.holdings(func(z zab.Zxid) bool {
		has, _ := e.History.Has(z)
		return z > e.History.end() || has && z > decided
	})
	for len(held) > 0 {
		on, k := held[0].on, 0
		var zxids []zab.Zxid
		for ; k < len(held) && held[k].on == on; k++ {
			zxids = append(zxids, held[k].zxid)
		}
		held = held[k:]
		e.find(Finding{Kind: Undecided, On: on, Runs: runs(zxids), Text: fmt.Sprintf(
			"%v on %v only, no majority of %v: who is elected decides whether it survives", list(runs(zxids)), on, e.Voters)})
	}
}

// decided returns the last transaction that a majority of the voters may have.
// Those whose disks we do not see may have any.
func (e *Ensemble) decided() zab.Zxid {
	var reached []zab.Zxid
	for _, s := range e.Servers {
		if e.Voters.Has(s.ID) {
			reached = append(reached, e.Agrees(s))
		}
	}
	unseen := e.Voters.Len() - len(reached)
	needed := e.Voters.Len()/2 + 1 - unseen
	if needed <= 0 {
		return e.History.end()
	}
	slices.Sort(reached)
	return reached[len(reached)-needed]
}

// list prints runs: "1.3, 2.1..2.5".
func list(rs []Run) string {
	texts := make([]string, len(rs))
	for i, r := range rs {
		texts[i] = r.String()
	}
	return strings.Join(texts, ", ")
}
