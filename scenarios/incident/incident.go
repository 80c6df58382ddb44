package incident

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/nodes/zab/zkdata"
	"github.com/zabsim/zabsim/scenarios"
)

// Scenario returns a scenario in which the servers boot from what they left
// behind. Servers that would not start for a damaged file, and voters whose
// disks were not there to be read, stay away until the end. The error says why
// the simulator cannot go on from there.
func Scenario(e *zkdata.Ensemble, name string, options *zab.Options) (*scenarios.Scenario, error) {
	b := builder{ensemble: e, start: &scenarios.Start{}}
	if e.Reference == nil {
		return nil, errors.New("none of these servers would start: there is nothing to go on from")
	}
	if err := b.findRoot(); err != nil {
		return nil, err
	}
	if err := b.collect(); err != nil {
		return nil, err
	}
	if err := b.plant(); err != nil {
		return nil, err
	}
	return b.scenario(name, options), nil
}

// builder gathers a start.
type builder struct {
	ensemble *zkdata.Ensemble
	start    *scenarios.Start
	root     zab.Zxid // the snapshot from which the history goes on
	rootOn   *zkdata.Server
	history  []zab.Zxid // behind the root
	away     nodes.Set  // those that stay away
}

// starting returns the servers that can read their disks. What they then say to
// their epochs is for the simulator to find out.
func (b *builder) starting() []*zkdata.Server {
	var found []*zkdata.Server
	for _, s := range b.ensemble.Servers {
		if s.Readable() == nil {
			found = append(found, s)
		}
	}
	return found
}

// findRoot looks for the oldest snapshot that a server starts from on the
// history that survived, such that somebody has all that came after it.
func (b *builder) findRoot() error {
	logged := map[zab.Zxid]bool{}
	candidates := b.starting()
	for _, s := range candidates {
		for _, entry := range s.Entries {
			logged[entry.Zxid] = true
		}
	}
	slices.SortStableFunc(candidates, func(x, y *zkdata.Server) int { return cmp.Compare(baseOf(x).Zxid, baseOf(y).Zxid) })
	for _, s := range candidates {
		base := baseOf(s)
		if has, known := b.ensemble.History.Has(base.Zxid); base.Zxid != 0 && (!has || !known) {
			continue
		}
		after, known := b.ensemble.History.After(base.Zxid)
		var history []zab.Zxid
		for z := range after {
			if known = known && logged[z]; !known {
				break
			}
			history = append(history, z)
		}
		if known {
			b.root, b.rootOn, b.history = base.Zxid, s, history
			return nil
		}
	}
	return errors.New("no snapshot is followed by logs without a gap: nothing can go on from there")
}

// baseOf returns the snapshot that a server starts from; it has one.
func baseOf(s *zkdata.Server) zkdata.SnapshotFile {
	base, _ := s.Base()
	return base
}

// collect writes down the files of each server, and what is in its logs.
func (b *builder) collect() error {
	seen := map[zab.Zxid][]variant{}
	for _, s := range b.ensemble.Servers {
		if s.Readable() != nil {
			b.away = b.away.With(s.ID)
			continue
		}
		if gap, found := s.Gap(); found {
			return fmt.Errorf("%v lacks %v, which it would have to replay: no server of the simulator could start like that", s.ID, gap)
		}
		r := scenarios.Remnant{Server: s.ID.String()}
		r.AcceptedEpoch, r.CurrentEpoch = s.AcceptedEpoch, s.CurrentEpoch
		if base, ok := s.Base(); ok {
			r.Snapshot = &scenarios.Image{Zxid: zxid(base.Zxid), Bytes: int(base.Size)}
		}
		for i, file := range s.Logs {
			held, err := b.read(s, i, seen)
			if err != nil {
				return err
			}
			if len(held) > 0 {
				r.Logs = append(r.Logs, scenarios.LogPiece{Bytes: int(file.Size), Holds: spans(held)})
			}
		}
		b.start.Servers = append(b.start.Servers, r)
	}
	b.away |= b.ensemble.Voters &^ b.ensemble.Present()
	b.start.History = spans(b.history)
	b.start.Txns = b.inOrder(seen)
	b.decide()
	return nil
}

// variant is one of the contents that a zxid has.
type variant struct {
	content nodes.Digest
	on      nodes.Set
	line    scenarios.TxnLine
}

// read returns the zxids of a log file that matter to anybody, without those
// that come again, and takes note of what they do.
func (b *builder) read(s *zkdata.Server, log int, seen map[zab.Zxid][]variant) ([]zab.Zxid, error) {
	from, last := b.oldest(s), zab.Zxid(0)
	if log > 0 {
		for _, entry := range s.Entries[:s.Logs[log].From] {
			last = max(last, entry.Zxid)
		}
	}
	var held []zab.Zxid
	for r, err := range s.Records(log) {
		if err != nil {
			break // the log ends there; inspect says so
		}
		if r.Zxid < from || r.Zxid <= last || r.Zxid.Marker() {
			continue
		}
		last = r.Zxid
		held = append(held, r.Zxid)
		k := slices.IndexFunc(seen[r.Zxid], func(v variant) bool { return v.content == r.Content })
		if k < 0 {
			made, err := line(&r.Txn)
			if err != nil {
				return nil, err
			}
			k = len(seen[r.Zxid])
			seen[r.Zxid] = append(seen[r.Zxid], variant{content: r.Content, line: made})
		}
		seen[r.Zxid][k].on = seen[r.Zxid][k].on.With(s.ID)
	}
	return held, nil
}

// oldest returns the first record that counts. What is older nobody replays, and
// nobody needs to be sent; but that a log reaches back to the root at all decides
// whether a learner is served from it.
func (b *builder) oldest(s *zkdata.Server) zab.Zxid {
	floor := min(b.root, baseOf(s).Zxid)
	oldest := floor
	for _, entry := range s.Entries {
		if entry.Zxid <= floor && !entry.Zxid.Marker() {
			oldest = entry.Zxid
		}
	}
	return oldest
}

// inOrder returns the transactions by zxid; where servers differ, that which the
// reference has first.
func (b *builder) inOrder(seen map[zab.Zxid][]variant) []scenarios.TxnLine {
	var lines []scenarios.TxnLine
	for _, variants := range seen {
		slices.SortStableFunc(variants, func(x, y variant) int {
			reference := b.ensemble.Reference.ID
			switch {
			case x.on.Has(reference) == y.on.Has(reference):
				return cmp.Compare(y.on.Len(), x.on.Len())
			case x.on.Has(reference):
				return -1
			default:
				return 1
			}
		})
		for _, v := range variants {
			if len(variants) > 1 {
				for id := range v.on.All() {
					v.line.On = append(v.line.On, id.String())
				}
			}
			lines = append(lines, v.line)
		}
	}
	slices.SortStableFunc(lines, func(x, y scenarios.TxnLine) int { return nodes.Position(x.Zxid).Compare(nodes.Position(y.Zxid)) })
	return lines
}

// decide finds out how far a quorum has the history. Voters whose disks were not
// seen count as having nothing.
func (b *builder) decide() {
	var reached []zab.Zxid
	for id := range b.ensemble.Voters.All() {
		at := zab.Zxid(0)
		for _, s := range b.starting() {
			if s.ID == id {
				at = b.ensemble.Agrees(s)
			}
		}
		reached = append(reached, at)
	}
	slices.Sort(reached)
	if at := reached[(len(reached)-1)/2]; at > b.root {
		b.start.Decided = zxid(at)
	}
}

// plant writes down what snapshots hold, but for those that follow from the
// history.
func (b *builder) plant() error {
	servers := append([]*zkdata.Server{b.rootOn}, b.starting()...)
	for i, s := range servers {
		base, ok := s.Base()
		if !ok || i > 0 && s == b.rootOn {
			continue
		}
		found, err := s.Tree(&base)
		if err != nil {
			return err
		}
		tree := treeOf(&base, found)
		if i == 0 {
			b.fillCloses(&tree)
		}
		b.start.AddTree(s.ID.String(), &tree)
	}
	return nil
}

// fillCloses writes down which nodes go with a session where the log does not
// say: ZooKeeper before 3.6 left that to each server (R-CLI-6).
func (b *builder) fillCloses(root *scenarios.Tree) {
	owners := map[string]scenarios.SessionName{}
	for _, n := range root.Nodes {
		if n.Owner != 0 {
			owners[n.Path] = n.Owner
		}
	}
	for i := range b.start.Txns {
		t := &b.start.Txns[i]
		if t.Close != 0 && t.Deletes == nil {
			for path, owner := range owners {
				if owner == t.Close {
					t.Deletes = append(t.Deletes, path)
				}
			}
			slices.Sort(t.Deletes)
		}
		if has, known := b.ensemble.History.Has(zab.MakeZxid(t.Zxid.Epoch, t.Zxid.Index)); known && !has {
			continue
		}
		for _, path := range t.Deletes {
			delete(owners, path)
		}
		for _, p := range append([]scenarios.TxnPart{t.TxnPart}, t.Multi...) {
			if p.Create != "" && p.Owner != 0 {
				owners[p.Create] = p.Owner
			}
			delete(owners, p.Delete)
		}
	}
}

// properties are what must hold from here on.
var properties = []string{
	"one-leader-per-epoch", "agreement", "total-order", "prefix-consistency", "no-lost-commit", "integrity", "durable-before-commit",
	"sequential", "ephemeral-life", "one-ephemeral-owner",
}

// scenario writes the rest of the file.
func (b *builder) scenario(name string, options *zab.Options) *scenarios.Scenario {
	s := &scenarios.Scenario{
		Version: 1, Name: name, Protocol: zab.Protocol.Name, Options: options,
		Seed: 1, Duration: time.Minute, Start: b.start,
	}
	s.App.Znode = &scenarios.Znode{}
	for _, name := range properties {
		s.Properties.Always = append(s.Properties.Always, scenarios.Claim{Name: name})
	}
	if b.away == 0 { // a late start counts as a fault, and nothing is judged so soon after
		s.Properties.Eventually = []scenarios.Claim{{Name: "leader", Within: s.Duration / 2}}
	}
	for id := range (b.ensemble.Present() | b.ensemble.Voters).All() {
		s.Servers = append(s.Servers, id.String())
		if !b.ensemble.Voters.Has(id) {
			s.Observers = append(s.Observers, id.String())
		}
		if b.away.Has(id) {
			s.Boot = append(s.Boot, scenarios.Boot{Server: id.String(), At: s.Duration})
		}
	}
	return s
}
