package checker

import "github.com/zabsim/zabsim/sim/trace"

// record is what monitors remember of an execution: what was delivered, what is
// on disk, and what clients asked for and got. The monitors of a [Watch] share one:
// whichever is asked first has the record look at the event.
type record struct {
	ledger *ledger
	calls  *calls // nil where nobody looks at what clients ask for and get
	books  *books // nil where nobody audits a bank
	disks  *disks // nil where nobody looks at disks
	seq    uint64 // the event looked at last
}

func newRecord(h *trace.Header) *record {
	return &record{ledger: newLedger(h)}
}

// Deliveries and calls live on these events.
const (
	ledgerWants = 1<<trace.Commit | 1<<trace.View
	callWants   = 1<<trace.Invoke | 1<<trace.Return
)

// wants returns the kinds of events that the record needs for what is on disks;
// the rest it is shown by the monitors that ask for it.
func (r *record) wants() trace.Set {
	if r.disks == nil {
		return 0
	}
	return diskWants | ledgerWants
}

// look looks at an event, once.
func (r *record) look(e *trace.Event) {
	if e.Seq == r.seq {
		return
	}
	r.seq = e.Seq
	switch e.Kind {
	case trace.Commit, trace.View:
		r.ledger.observe(e)
		if r.books != nil {
			r.books.read(r.ledger, e.Server)
		}
	case trace.Invoke, trace.Return:
		if r.calls != nil {
			r.calls.observe(e)
		}
	}
	if r.disks != nil {
		r.disks.observe(e, r.ledger)
	}
}

func (r *record) clone() *record {
	c := &record{ledger: r.ledger.clone(), seq: r.seq}
	if r.calls != nil {
		c.calls = r.calls.clone()
	}
	if r.books != nil {
		c.books = r.books.clone()
	}
	if r.disks != nil {
		c.disks = r.disks.clone()
	}
	return c
}

// appendTo leaves the books out: they follow from the ledger.
func (r *record) appendTo(b []byte) []byte {
	b = r.ledger.appendTo(b)
	if r.calls != nil {
		b = r.calls.appendTo(b)
	}
	if r.disks != nil {
		b = r.disks.appendTo(b)
	}
	return b
}

// keeper is embedded by monitors that need a record. One that stands alone
// keeps its own.
type keeper struct {
	*record
	shared bool
}

func newKeeper(h *trace.Header) keeper { return keeper{record: newRecord(h)} }

// wants returns what a monitor that looks at disks wants to see, besides what
// it judges. Where the record is shared, that sees by itself what it needs.
func (k *keeper) wants(judged trace.Set) trace.Set {
	if k.shared {
		return judged
	}
	return judged | k.record.wants()
}

// share makes the monitor use a record that others use as well.
func (k *keeper) share(r *record) {
	if r.calls == nil {
		r.calls = k.calls
	}
	if r.books == nil {
		r.books = k.books
	}
	if r.disks == nil {
		r.disks = k.disks
	}
	k.record, k.shared = r, true
}

// cloned returns the keeper of a clone. A shared record is cloned by the one
// who shares it out.
func (k *keeper) cloned() keeper {
	if k.shared {
		return *k
	}
	return keeper{record: k.record.clone()}
}

// appendRecord appends the record's encoding, unless that is done elsewhere.
func (k *keeper) appendRecord(b []byte) []byte {
	if k.shared {
		return b
	}
	return k.record.appendTo(b)
}
