package disk

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
)

// Trouble is what is wrong with a disk for a while.
type Trouble uint8

// The kinds of trouble.
const (
	Well    Trouble = iota
	Failing         // every fsync fails, and every replace; what was written can still be read
	Full            // nothing can be written
	Lying           // every fsync says that it is done and does nothing
)

var troubleNames = [...]string{"well", "failing", "full", "lying"}

// String returns "well", "failing", "full" or "lying".
func (t Trouble) String() string { return troubleNames[t] }

// ParseTrouble reads what String writes.
func ParseTrouble(s string) (Trouble, bool) {
	i := slices.Index(troubleNames[:], s)
	return Trouble(max(0, i)), i >= 0
}

// SetTrouble says what is wrong with the disk from now on.
func (d *Disk) SetTrouble(t Trouble) { d.trouble = t }

// IsFull reports whether nothing can be written.
func (d *Disk) IsFull() bool { return d.trouble == Full }

// Refuse notes a write that failed, for the server to be told, with ticket 0,
// when the fsyncs before it are done.
func (d *Disk) Refuse(f nodes.File, m Meta) {
	d.files[f].pending = append(d.files[f].pending, pending{fails: true, meta: m})
}

// Fails reports whether the oldest fsync of a file, which there must be, fails
// if it is done now.
func (d *Disk) Fails(f nodes.File) bool {
	return d.trouble == Failing || d.files[f].pending[0].fails
}

// Fail ends the oldest fsync of a file without success and returns its ticket.
// What it was to make durable may still become so by a later one.
func (d *Disk) Fail(f nodes.File) nodes.Ticket {
	fl := &d.files[f]
	p := fl.pending[0]
	fl.pending = slices.Delete(fl.pending, 0, 1)
	return p.ticket
}

// pretend is what a lying disk makes of an fsync: all looks as if it were done.
// It returns the last record that the server now takes for durable, or nil.
func (fl *file) pretend(p pending) nodes.Record {
	switch {
	case p.with == nil && p.upto == 0:
		return nil
	case p.with == nil:
		return fl.records[p.upto-1]
	case !fl.hasBefore:
		fl.before, fl.hasBefore = append(slices.Clip(fl.records[:fl.durable]), fl.ghosts...), true
	}
	fl.records, fl.durable, fl.ghosts, fl.torn = []nodes.Record{p.with}, 1, nil, false
	return p.with
}

// Tear has the next power loss strike in the middle of a write: of every file
// with anything to lose it takes at least the last record and leaves a part of
// the first it takes.
func (d *Disk) Tear() { d.tears = true }

// Records returns how many records a file has.
func (d *Disk) Records(f nodes.File) int { return len(d.files[f].records) }

// Rot flips a bit of a record. Nobody notices before it is read.
func (d *Disk) Rot(f nodes.File, record int) {
	fl := &d.files[f]
	fl.records = slices.Clone(fl.records) // clones of the disk share it
	fl.records[record] = nodes.Corrupt{}
}
