package checker

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// ledger keeps every history that servers delivered. Histories are named by
// their digest, so that one comparison of words tells whether a delivery
// agrees with all that went before.
//
// As long as servers agree there is one branch, the trunk, and each server has
// delivered a prefix of it. A delivery that agrees with nothing known starts
// another branch. Branches stay for ever: what a server delivered before it
// crashed counts, at its longest.
//
// A server that received a snapshot shows what is inside only through the
// digest of the whole. Places that nobody was seen to deliver are gaps, until
// somebody does.
type ledger struct {
	branches []branch // the first is the trunk
	at       []cursor // by server
	now      step
}

// branch is a history with all that is known of it.
type branch struct {
	entries []entry
	// meets says, for each branch, how long a prefix the two have in common.
	meets []uint64
	// index finds transactions; nil while there is only the trunk.
	index map[txn]uint64
}

// entry is one place in a history.
type entry struct {
	digest nodes.Digest // of the history up to here
	at     nodes.Position
	txn    []byte // nil in a gap, and where only a snapshot was seen
	seq    uint64 // the event of the first delivery
	time   time.Duration
	server nodes.ID // who delivered it first; 0 in a gap
}

func (e *entry) gap() bool { return e.server == 0 }

// txn is what makes two transactions the same: position and content.
type txn struct {
	at      nodes.Position
	content nodes.Digest
}

func (e *entry) id() txn { return txn{e.at, nodes.Digest(0).Bytes(e.txn)} }

// cursor names a history: the first len places of a branch.
type cursor struct {
	branch int
	len    uint64
}

// step is what the ledger made of the event it looked at last.
type step struct {
	delivery bool // it delivered something
	fresh    bool // that nobody had delivered before
	grew     bool // and the server's history grew by just that
}

func newLedger(h *trace.Header) *ledger {
	l := &ledger{
		branches: []branch{{meets: []uint64{0}}},
		at:       make([]cursor, (h.Voters|h.Observers).Max()+1),
	}
	var past nodes.History
	for _, p := range h.Past {
		past = past.Append(p.At, nodes.Digest(0).Bytes(p.Op))
		l.branches[0].entries = append(l.branches[0].entries, entry{digest: past.Digest, at: p.At, txn: p.Op, server: p.Server})
	}
	return l
}

// observe looks at a Commit or View event.
func (l *ledger) observe(e *trace.Event) {
	l.now = step{}
	switch e.Kind {
	case trace.Commit:
		content := e.Op
		if content == nil {
			content = []byte{} // nothing, but known
		}
		l.deliver(e, nodes.History{Len: e.Len, Last: e.Pos, Digest: e.Digest}, content)
	case trace.View:
		// What came in a snapshot is delivered when the server begins to
		// serve it.
		if e.After.Serving && !e.Before.Serving {
			l.deliver(e, e.After.History, nil)
		}
	}
}

// deliver notes that a server has delivered the history h, the last
// transaction of which is content.
func (l *ledger) deliver(e *trace.Event, h nodes.History, content []byte) {
	c := &l.at[e.Server]
	was := *c
	c.len = h.Len
	if h.Len == 0 {
		return
	}
	l.now.delivery = true
	if known := l.branches[c.branch].entries; h.Len <= uint64(len(known)) && known[h.Len-1].digest == h.Digest {
		l.now.grew = was.len+1 == h.Len
	} else {
		if l.now.fresh = !l.find(c, h); l.now.fresh {
			l.enter(c, was, entry{h.Digest, h.Last, content, e.Seq, e.Time, e.Server})
		}
		l.now.grew = was.len+1 == h.Len && l.common(was, *c) == was.len
	}
	if b := &l.branches[c.branch]; b.entries[h.Len-1].txn == nil && content != nil {
		b.reveal(h.Len-1, content)
	}
}

// find moves the cursor to the branch that contains the history, if one does.
func (l *ledger) find(c *cursor, h nodes.History) bool {
	for i := range l.branches {
		if known := l.branches[i].entries; h.Len <= uint64(len(known)) && known[h.Len-1].digest == h.Digest {
			c.branch = i
			return true
		}
	}
	return false
}

// reveal notes the content of a transaction that was known from a snapshot.
func (b *branch) reveal(place uint64, content []byte) {
	b.entries = slices.Clone(b.entries) // clones of the ledger share them
	b.entries[place].txn = content
	if b.index != nil {
		b.remember(place, &b.entries[place])
	}
}

// enter writes down a transaction that nobody had delivered at c.len. What
// stands before it is what the server had delivered, if that is as long;
// otherwise it came in a snapshot, and the trunk is the best guess.
func (l *ledger) enter(c *cursor, was cursor, e entry) {
	before := c.len - 1
	if was.len < before {
		c.branch = 0
	}
	b := &l.branches[c.branch]
	switch known := uint64(len(b.entries)); {
	case before < known && b.entries[before].gap():
		b.entries = slices.Clone(b.entries) // clones of the ledger still see a gap
		b.entries[before] = e
	case before < known:
		l.fork(c, e)
		return
	default:
		b.entries = append(b.entries, make([]entry, before-known)...)
		b.entries = append(b.entries, e)
	}
	if b.index != nil {
		b.remember(before, &e)
	}
}

// fork starts a branch that leaves the one of c in its last place.
func (l *ledger) fork(c *cursor, e entry) {
	before, parent := c.len-1, c.branch
	if len(l.branches) == 1 {
		l.branches[0].reindex()
	}
	b := branch{entries: append(slices.Clone(l.branches[parent].entries[:before]), e)}
	b.reindex()
	for i := range l.branches {
		meet := before
		if i != parent {
			meet = min(before, l.branches[parent].meets[i])
		}
		b.meets = append(b.meets, meet)
		l.branches[i].meets = append(slices.Clip(l.branches[i].meets), meet)
	}
	b.meets = append(b.meets, c.len)
	c.branch = len(l.branches)
	l.branches = append(slices.Clip(l.branches), b)
}

func (b *branch) reindex() {
	b.index = make(map[txn]uint64, len(b.entries))
	for i := range b.entries {
		b.remember(uint64(i), &b.entries[i])
	}
}

// remember notes where a transaction stands: in its first place, should it
// come twice.
func (b *branch) remember(place uint64, e *entry) {
	if _, twice := b.index[e.id()]; !twice && !e.gap() {
		b.index[e.id()] = place
	}
}

// holds reports whether the first n places of the branch have the transaction.
func (b *branch) holds(t txn, n uint64) bool {
	place, found := b.index[t]
	return found && place < n
}

// forked reports whether servers have ever disagreed.
func (l *ledger) forked() bool { return len(l.branches) > 1 }

// common returns how long a prefix two histories have in common.
func (l *ledger) common(x, y cursor) uint64 {
	n := min(x.len, y.len)
	if x.branch == y.branch {
		return n
	}
	return min(n, l.branches[x.branch].meets[y.branch])
}

// contains reports whether y is a prefix of x.
func (l *ledger) contains(x, y cursor) bool { return l.common(x, y) == y.len }

// history returns the places of a history.
func (l *ledger) history(c cursor) []entry { return l.branches[c.branch].entries[:c.len] }

// whole returns a branch in its full length.
func (l *ledger) whole(branch int) cursor {
	return cursor{branch, uint64(len(l.branches[branch].entries))}
}

// due returns the part of a branch that the leader of an epoch must have. An
// old leader can learn late that a quorum acknowledged its epoch, when a newer
// epoch already goes on (it serves until it hears of that): it knows nothing
// of what the newer one has committed, and does no harm. epochs is what the
// protocol calls an epoch; "": it has none.
func (l *ledger) due(branch int, epoch uint64, epochs string) cursor {
	c := l.whole(branch)
	entries := l.history(c)
	if epochs == "" {
		return c
	}
	for c.len > 0 && (entries[c.len-1].gap() || entries[c.len-1].at.Epoch > epoch) {
		c.len--
	}
	return c
}

// predecessor returns what stands before the transaction that a server has
// just delivered and nobody had before; nil if that is not so, or not known.
func (l *ledger) predecessor(server nodes.ID) *entry {
	c := l.at[server]
	if !l.now.fresh || c.len < 2 {
		return nil
	}
	if e := &l.branches[c.branch].entries[c.len-2]; !e.gap() {
		return e
	}
	return nil
}

// delivered returns where a transaction was delivered first, or nil.
func (l *ledger) delivered(p nodes.Position) *entry {
	for i := range l.branches {
		if e := find(l.branches[i].entries, p); e != nil {
			return e
		}
	}
	return nil
}

// deliveredBy reports whether a server has delivered a transaction.
func (l *ledger) deliveredBy(server nodes.ID, p nodes.Position) bool {
	return find(l.history(l.at[server]), p) != nil
}

// find returns the place of a transaction in a history, or nil.
func find(history []entry, p nodes.Position) *entry {
	for n := len(history) - 1; n >= 0 && (history[n].gap() || !history[n].at.Less(p)); n-- {
		if history[n].at == p && !history[n].gap() {
			return &history[n]
		}
	}
	return nil
}

func (l *ledger) clone() *ledger {
	c := &ledger{branches: slices.Clone(l.branches), at: slices.Clone(l.at), now: l.now}
	for i := range c.branches {
		b := &c.branches[i]
		b.entries = slices.Clip(b.entries) // shared: whoever grows it copies it
		b.index = maps.Clone(b.index)
	}
	return c
}

// appendTo appends what decides how later deliveries are seen. The digest of
// the last place stands for all before it, but for the gaps.
func (l *ledger) appendTo(b []byte) []byte {
	b = append(b, byte(len(l.branches)))
	for i := range l.branches {
		entries := l.branches[i].entries
		b = appendWord(b, uint64(len(entries)))
		if len(entries) > 0 {
			b = binary.LittleEndian.AppendUint64(b, uint64(entries[len(entries)-1].digest))
		}
		for n := range entries {
			if entries[n].txn == nil {
				b = append(appendWord(b, uint64(n)+1), byte(min(entries[n].server, 1)))
			}
		}
		b = append(b, 0)
	}
	for _, c := range l.at {
		b = appendWord(append(b, byte(c.branch)), c.len)
	}
	return b
}
