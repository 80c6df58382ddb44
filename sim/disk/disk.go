// Package disk simulates what one server has on its disk: for each file the
// records as they would be read now, and how many of them would survive a
// power loss.
//
//   - A process crash keeps all that was written: the kernel has it.
//   - A machine crash keeps what was fsynced and a prefix, of any length, of
//     what was written after that. A truncation counts as one write.
//   - Replace is a write to a temporary file, an fsync and a rename: a crash
//     before it is done leaves the old content; a machine crash may also leave
//     the new.
//
// What goes wrong beyond that is in trouble.go.
//
// Like the network, a disk has no clock: package sim says when an fsync is
// done.
package disk

import (
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/choice"
)

// Disk is the disk of one server. The zero Disk has no files; see New.
type Disk struct {
	files   []file
	trouble Trouble
	tears   bool // the next power loss leaves a part of the first record it takes
}

type file struct {
	records []nodes.Record // as read now
	durable int            // records[:durable] survive a power loss ...
	// ... and so do these, behind them, as long as the truncation that took
	// them away is not durable.
	ghosts  []nodes.Record
	pending []pending // fsyncs and replaces not done yet, oldest first
	// before is the content that replaces took away which a lying disk only
	// said were done; it may come back. hasBefore: there is one.
	before    []nodes.Record
	hasBefore bool
	torn      bool // a part of a record stands behind the records
}

// pending is an fsync that was asked for.
type pending struct {
	ticket nodes.Ticket
	upto   int  // records written when it was asked for
	cuts   bool // it covers the truncation that left the ghosts
	with   nodes.Record
	fails  bool // the disk was full
	meta   Meta
}

// Meta is what the world wants to know of an fsync when it is done. It is no
// part of the disk's state.
type Meta struct {
	Cause uint64
	Due   int64
}

// New returns a disk with so many empty files.
func New(files int) *Disk { return &Disk{files: make([]file, files)} }

// Of returns a disk with what an image holds, all of it durable, and so many
// files in all.
func Of(image nodes.Disk, files int) *Disk {
	d := New(files)
	for i := range d.files {
		d.files[i].records = slices.Clip(image.Records(nodes.File(i)))
		d.files[i].durable = len(d.files[i].records)
		d.files[i].torn = image.IsTorn(nodes.File(i))
	}
	return d
}

// Append writes a record at the end of a file.
func (d *Disk) Append(f nodes.File, r nodes.Record) {
	fl := &d.files[f]
	fl.records, fl.torn = append(fl.records, r), false
}

// Truncate cuts a file down to its first keep records.
func (d *Disk) Truncate(f nodes.File, keep int) {
	fl := &d.files[f]
	if keep < 0 || keep >= len(fl.records) {
		return
	}
	if keep < fl.durable {
		fl.ghosts = append(slices.Clone(fl.records[keep:fl.durable]), fl.ghosts...)
		fl.durable = keep
		for i := range fl.pending {
			fl.pending[i].cuts = false // they were asked for before this cut
		}
	}
	for i := range fl.pending {
		fl.pending[i].upto = min(fl.pending[i].upto, keep)
	}
	// Clip: the next append must not write over what a clone still reads.
	fl.records = slices.Clip(fl.records[:keep])
}

// Sync asks for an fsync of a file.
func (d *Disk) Sync(f nodes.File, t nodes.Ticket, m Meta) {
	fl := &d.files[f]
	fl.pending = append(fl.pending, pending{ticket: t, upto: len(fl.records), cuts: true, meta: m})
}

// Replace asks for a file to be replaced by one record.
func (d *Disk) Replace(f nodes.File, r nodes.Record, t nodes.Ticket, m Meta) {
	fl := &d.files[f]
	fl.pending = append(fl.pending, pending{ticket: t, with: r, fails: d.trouble == Full, meta: m})
}

// Next returns what the oldest unfinished fsync of a file was given, if there
// is one.
func (d *Disk) Next(f nodes.File) (Meta, bool) {
	if fl := &d.files[f]; len(fl.pending) > 0 {
		return fl.pending[0].meta, true
	}
	return Meta{}, false
}

// Files returns how many files there are.
func (d *Disk) Files() int { return len(d.files) }

// Done completes the oldest fsync of a file and returns its ticket and the
// last record that is durable now, or nil.
func (d *Disk) Done(f nodes.File) (nodes.Ticket, nodes.Record) {
	fl := &d.files[f]
	p := fl.pending[0]
	fl.pending = slices.Delete(fl.pending, 0, 1)
	if d.trouble == Lying {
		return p.ticket, fl.pretend(p)
	}
	fl.before, fl.hasBefore = nil, false
	if p.with != nil {
		fl.records, fl.durable, fl.ghosts, fl.torn = []nodes.Record{p.with}, 1, nil, false
		return p.ticket, p.with
	}
	fl.durable = max(fl.durable, p.upto)
	if p.cuts {
		fl.ghosts = nil
	}
	if fl.durable == 0 {
		return p.ticket, nil
	}
	return p.ticket, fl.records[fl.durable-1]
}

// Crash forgets what only the process knew: fsyncs it waited for, replaces
// that were not done.
func (d *Disk) Crash() {
	for i := range d.files {
		d.files[i].pending = nil
	}
}

// AtRisk returns how many different amounts a power loss could leave of the
// file that has most to lose, beyond losing nothing.
func (d *Disk) AtRisk() int {
	most := 0
	for i := range d.files {
		fl := &d.files[i]
		writes := len(fl.records) - fl.durable
		if len(fl.ghosts) > 0 {
			writes++
		}
		if n := len(fl.pending); n > 0 && fl.pending[n-1].with != nil {
			writes = n
		}
		most = max(most, writes)
	}
	return most
}

// PowerLoss leaves of every file what is durable and a prefix of what was
// written after that. The dullest choice loses nothing but pending replaces.
func (d *Disk) PowerLoss(src choice.Source, s *choice.Stream) {
	for i := range d.files {
		d.files[i].powerLoss(src, s, d.tears)
	}
	d.tears = false
}

func (fl *file) powerLoss(src choice.Source, s *choice.Stream, tears bool) {
	if fl.hasBefore && choice.Between(src, 0, 1, s) == 1 {
		fl.records, fl.durable = fl.before, len(fl.before)
	}
	fl.before, fl.hasBefore = nil, false
	if n := len(fl.pending); n > 0 && fl.pending[n-1].with != nil {
		if survived := choice.Between(src, 0, int64(n), s); survived > 0 {
			fl.records = []nodes.Record{fl.pending[survived-1].with}
		}
		fl.durable, fl.pending = len(fl.records), nil
		return
	}
	writes := len(fl.records) - fl.durable
	if len(fl.ghosts) > 0 {
		writes++
	}
	kept := writes - int(choice.Between(src, 0, int64(writes), s))
	if fl.torn = tears && writes > 0 && len(fl.ghosts) == 0; fl.torn {
		kept = min(kept, writes-1)
	}
	switch {
	case len(fl.ghosts) == 0:
		fl.records = fl.records[:fl.durable+kept]
	case kept == 0: // not even the truncation
		fl.records = append(slices.Clip(fl.records[:fl.durable]), fl.ghosts...)
	default:
		fl.records = fl.records[:fl.durable+kept-1]
	}
	fl.records = slices.Clip(fl.records)
	fl.durable, fl.ghosts, fl.pending = len(fl.records), nil, nil
}

// Image returns what the server finds when it boots. The slices are shared
// and must not be changed.
func (d *Disk) Image() nodes.Disk {
	image := nodes.Disk{Files: make([][]nodes.Record, len(d.files))}
	for i := range d.files {
		image.Files[i] = slices.Clip(d.files[i].records)
		if d.files[i].torn {
			image.Torn |= 1 << i
		}
	}
	return image
}

// Clone returns an independent copy that shares the records.
func (d *Disk) Clone() *Disk {
	c := &Disk{slices.Clone(d.files), d.trouble, d.tears}
	for i := range c.files {
		c.files[i].records = slices.Clip(c.files[i].records)
		c.files[i].ghosts = slices.Clip(c.files[i].ghosts)
		c.files[i].before = slices.Clip(c.files[i].before)
		c.files[i].pending = slices.Clone(c.files[i].pending)
	}
	return c
}

// AppendTo appends a canonical encoding.
func (d *Disk) AppendTo(b []byte) []byte {
	b = append(b, byte(d.trouble), flag(d.tears))
	for i := range d.files {
		fl := &d.files[i]
		b = appendRecords(b, fl.records)
		b = appendRecords(b, fl.ghosts)
		b = appendInt(b, fl.durable)
		b = append(b, flag(fl.torn), flag(fl.hasBefore))
		if fl.hasBefore {
			b = appendRecords(b, fl.before)
		}
		b = append(b, byte(len(fl.pending)))
		for _, p := range fl.pending {
			b = appendInt(appendInt(b, int(p.ticket)), p.upto)
			b = append(b, flag(p.cuts), flag(p.fails))
			if p.with == nil {
				b = append(b, 0)
			} else {
				b = appendRecords(append(b, 1), []nodes.Record{p.with})
			}
		}
	}
	return b
}

func appendRecords(b []byte, rs []nodes.Record) []byte {
	b = appendInt(b, len(rs))
	for _, r := range rs {
		kind := r.Kind()
		b = append(append(b, byte(len(kind))), kind...)
		at := len(b)
		b = r.AppendTo(append(b, 0, 0, 0, 0))
		n := len(b) - at - 4
		b[at], b[at+1], b[at+2], b[at+3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	}
	return b
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

func appendInt(b []byte, n int) []byte {
	return append(b, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
