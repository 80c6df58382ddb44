package checker

import (
	"slices"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/trace"
)

// disks mirrors what servers have written and what of it is durable, and what
// they say they are. Files are known by their names: one with the protocol's
// word for an epoch holds an epoch, one with "snap" holds images of the state,
// and the first that is neither is the log.
//
// It also remembers with which history each leader began.
type disks struct {
	log, images, accepted, current int    // files, -1 where there is none
	epochs                         uint64 // files with an epoch, one bit each
	servers                        []serverDisk
	views                          []view // by server
	reigns                         []beginning
	// lost is what the event looked at last took out of a server's history.
	lost []nodes.Record
}

// beginning is the history with which a leader was established.
type beginning struct {
	epoch   uint64
	server  nodes.ID
	initial cursor
}

// view is what a server says it is.
type view struct {
	role    nodes.Role
	serving bool
	leader  nodes.ID
	epoch   uint64
	paused  bool
}

// What the disks live on.
const diskWants = 1<<trace.Start | 1<<trace.Append | 1<<trace.Replace | 1<<trace.Truncate | 1<<trace.Durable | 1<<trace.Fail |
	1<<trace.Deliver | 1<<trace.View | 1<<trace.Crash | 1<<trace.MachineCrash | 1<<trace.Exit | 1<<trace.Panic |
	1<<trace.Pause | 1<<trace.Resume

func newDisks(h *trace.Header) *disks {
	epochs := epochFiles(h.Protocol)
	d := &disks{log: -1, images: -1, accepted: -1, current: -1, epochs: epochs}
	for i, name := range h.Protocol.Files {
		switch name = strings.ToLower(name); {
		case epochs>>i&1 == 1 && strings.Contains(name, "accepted"):
			d.accepted = i
		case epochs>>i&1 == 1 && strings.Contains(name, "current"):
			d.current = i
		case epochs>>i&1 == 1:
		case strings.Contains(name, "snap"):
			d.images = i
		case d.log < 0:
			d.log = i
		}
	}
	servers := (h.Voters | h.Observers).Max() + 1
	d.servers, d.views = make([]serverDisk, servers), make([]view, servers)
	for i := range d.servers {
		d.servers[i].numbers = make([]number, len(h.Protocol.Files))
	}
	return d
}

// newDiskKeeper returns the keeper of a monitor that looks at disks.
func newDiskKeeper(h *trace.Header) keeper {
	k := newKeeper(h)
	k.disks = newDisks(h)
	return k
}

func (d *disks) observe(e *trace.Event, l *ledger) {
	d.lost = nil
	s := &d.servers[e.Server]
	switch e.Kind {
	case trace.Start:
		s.boot(d, e.Disk)
	case trace.Append:
		d.appended(s, e)
	case trace.Replace:
		if n := s.number(d, e.File); n != nil {
			n.asked = append(slices.Clip(n.asked), numberOf(e.Record))
		}
	case trace.Truncate:
		d.truncated(s, e)
	case trace.Durable:
		s.synced(d, e)
	case trace.Fail:
		if n := s.number(d, e.File); n != nil && len(n.asked) > 0 {
			n.asked = n.asked[1:]
		}
	case trace.Deliver:
		s.snapped = s.snapped || e.Msg.Kind() == "SNAP"
	case trace.View:
		d.views[e.Server] = view{e.After.Role, e.After.Serving, e.After.Leader, e.After.Epoch, d.views[e.Server].paused}
		s.snapped = s.snapped && e.After.Role != nodes.Looking
		if begins(e) {
			d.reigns = append(d.reigns, beginning{e.After.Epoch, e.Server, l.at[e.Server]})
		}
	case trace.Pause, trace.Resume:
		d.views[e.Server].paused = e.Kind == trace.Pause
	case trace.Crash, trace.MachineCrash, trace.Exit, trace.Panic:
		s.forget()
		s.powerless = s.powerless || e.Kind == trace.MachineCrash
	}
}

// number returns the file with an epoch, or nil if it is none.
func (s *serverDisk) number(d *disks, f nodes.File) *number {
	if d.epochs>>f&1 == 0 {
		return nil
	}
	return &s.numbers[f]
}

// durableEpoch returns the epoch in a file, 0 where there is no such file.
func (s *serverDisk) durableEpoch(file int) uint64 {
	if file < 0 {
		return 0
	}
	return s.numbers[file].durable
}

// keepsEpochs reports whether a server has a file that says which epoch it is in.
// Before Zab 1.0 there was none.
func (d *disks) keepsEpochs(id nodes.ID) bool {
	return d.current >= 0 && d.servers[id].durableEpoch(d.current) > 0
}

// forget loses what only the process knew.
func (s *serverDisk) forget() {
	for f := range s.numbers {
		s.numbers[f].asked = nil
	}
	s.snapped = false
}

func numberOf(r nodes.Record) uint64 {
	if n, ok := r.(nodes.Numbered); ok {
		return n.Number()
	}
	return 0
}

// boot reads what a crash has left. A trace that was read from a file does not
// say; then all that was written is there. An epoch that has become unreadable
// stays what it was: the server had it when it said so, and must not start again.
func (s *serverDisk) boot(d *disks, found *nodes.Disk) {
	if found != nil {
		s.log = slices.Clip(found.Records(nodes.File(max(d.log, 0))))
		images := found.Records(nodes.File(max(d.images, 0)))
		s.images = slices.Clip(s.images[:min(len(s.images), len(images))])
		for _, r := range images[len(s.images):] {
			s.images = append(s.images, image{at: r.Position()})
		}
		for f := range s.numbers {
			last := found.Last(nodes.File(f))
			if n := s.number(d, nodes.File(f)); n != nil && last != (nodes.Corrupt{}) {
				*n = number{durable: numberOf(last)}
			}
		}
	}
	s.durable, s.saved = min(s.durable, len(s.log)), min(s.saved, len(s.images))
	if s.powerless {
		s.cut = false
		s.durable, s.saved, s.powerless = len(s.log), len(s.images), false
	}
}

func (d *disks) appended(s *serverDisk, e *trace.Event) {
	switch int(e.File) {
	case d.log:
		s.log = append(s.log, e.Record)
	case d.images:
		now := image{at: e.Pos, from: s.base().from}
		if s.snapped {
			d.lost, now.from, s.snapped = beyond(s.history(), e.Pos), len(s.log), false
		}
		s.images = append(s.images, now)
	}
}

func (d *disks) truncated(s *serverDisk, e *trace.Event) {
	switch keep := int(e.Len); int(e.File) {
	case d.log:
		if keep < len(s.log) {
			d.lost = s.log[max(keep, s.base().from):]
			s.cut = s.cut || keep < s.durable
			s.log, s.durable = slices.Clip(s.log[:keep]), min(s.durable, keep)
		}
	case d.images:
		s.images = slices.Clip(s.images[:min(keep, len(s.images))])
		s.saved = min(s.saved, keep)
	}
}

// synced finds what an fsync was about by the last position that is durable
// now.
func (s *serverDisk) synced(d *disks, e *trace.Event) {
	switch int(e.File) {
	case d.log:
		s.cut = false
		for i := len(s.log); i > s.durable; i-- {
			if s.log[i-1].Position() == e.Pos {
				s.durable = i
			}
		}
	case d.images:
		for i := len(s.images); i > s.saved; i-- {
			if s.images[i-1].at == e.Pos {
				s.saved = i
			}
		}
	default:
		if n := s.number(d, e.File); n != nil && len(n.asked) > 0 {
			n.durable, n.asked = n.asked[0], n.asked[1:]
		}
	}
}

// leaderOf returns the established leader that a server follows and serves with
// in the same epoch, or 0. A leader that stands still may do so in the middle of
// a step, with COMMIT sent and nothing delivered: it is not looked at.
func (d *disks) leaderOf(id nodes.ID) nodes.ID {
	v := &d.views[id]
	if v.role != nodes.Following && v.role != nodes.Observing || !v.serving || int(v.leader) >= len(d.views) {
		return 0
	}
	if l := &d.views[v.leader]; l.role != nodes.Leading || !l.serving || l.paused || l.epoch != v.epoch {
		return 0
	}
	return v.leader
}

// initial returns the history with which a leader began an epoch, the empty one
// if it was not seen to.
func (d *disks) initial(epoch uint64, leader nodes.ID) cursor {
	for i := len(d.reigns) - 1; i >= 0; i-- {
		if r := &d.reigns[i]; r.epoch == epoch && r.server == leader {
			return r.initial
		}
	}
	return cursor{}
}

// isOver reports whether a leader of a later epoch has been established.
func (d *disks) isOver(epoch uint64) bool {
	return slices.ContainsFunc(d.reigns, func(r beginning) bool { return r.epoch > epoch })
}

func (d *disks) clone() *disks {
	c := *d
	c.servers, c.views, c.reigns = slices.Clone(d.servers), slices.Clone(d.views), slices.Clip(d.reigns)
	numbers := make([]number, 0, len(c.servers)*len(c.servers[0].numbers))
	for i := range c.servers {
		s := &c.servers[i]
		s.log, s.images = slices.Clip(s.log), slices.Clip(s.images) // shared: whoever grows them copies them
		numbers = append(numbers, s.numbers...)
		s.numbers = slices.Clip(numbers[len(numbers)-len(s.numbers):])
	}
	return &c
}

func (d *disks) appendTo(b []byte) []byte {
	b = appendWord(b, uint64(len(d.reigns)))
	for _, r := range d.reigns {
		b = appendWord(append(appendWord(b, r.epoch), byte(r.server), byte(r.initial.branch)), r.initial.len)
	}
	for i := range d.servers {
		v := &d.views[i]
		b = appendWord(append(b, byte(v.role), byte(v.leader), flags(v.serving, v.paused)), v.epoch)
		b = d.servers[i].appendTo(b)
	}
	return b
}
