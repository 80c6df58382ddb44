package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/sim/disk"
	"github.com/zabsim/zabsim/sim/trace"
)

// ills are what is wrong with a server that is up, or with its disk, until it
// is put right.
type ills struct {
	step   int64 // how long each step takes
	busy   int64 // when the step it is at is done
	drift  int64 // how much its clock gains, in parts per million
	fsync  int64 // how much longer each fsync takes
	backup nodes.Disk
}

// inflict does what has no other place: all that goes wrong now and then.
func (w *World) inflict(a *Action) {
	if w.happen(trace.Fault, a.Server, a.Peer, uint64(a.Kind)<<32^uint64(a.On)<<24^uint64(a.File)<<16^uint64(flag(a.Both))<<8^uint64(a.A), uint64(a.B)^uint64(a.Index)<<1) {
		e := w.event(trace.Fault, a.Server, a.Peer, w.blame)
		e.A, e.B, e.Both, e.Text, e.Fault = a.A, a.B, a.Both, w.inWords(a), w.kind
		w.show(e)
	}
	if a.Server == 0 {
		w.inflictOnLinks(a)
		return
	}
	s := &w.servers[a.Server]
	s.own()
	files := len(w.cfg.Protocol.Files)
	switch a.Kind {
	case Slow:
		s.ills.step, w.slowed = int64(a.Index), true
	case Drift, Jump:
		w.resetClock(a.Server, a)
	case SlowDisk:
		s.ills.fsync = int64(a.Index)
	case Ail:
		s.disk.SetTrouble(disk.Trouble(a.Index))
	case Rot:
		s.disk.Rot(a.File, a.Index)
	case Backup:
		s.ills.backup = s.disk.Image()
	case Install:
		s.disk = disk.Of(w.cfg.Images[a.Index], files)
	case Wipe:
		s.disk = disk.New(files)
	case Copy:
		s.disk = disk.Of(w.servers[a.Peer].disk.Image(), files)
	case Restore:
		s.disk = disk.Of(s.ills.backup, files)
	}
}

// possibleImage says why a server that is down cannot get another disk.
func (w *World) possibleImage(a *Action) error {
	switch {
	case a.Kind == Install && a.Index >= len(w.cfg.Images):
		return fmt.Errorf("there is no image %d", a.Index)
	case a.Kind == Copy && (int(a.Peer) >= len(w.servers) || w.servers[a.Peer].disk == nil):
		return fmt.Errorf("there is no server %v", a.Peer)
	case a.Kind == Restore && w.servers[a.Server].ills.backup.Files == nil:
		return fmt.Errorf("%v has no backup", a.Server)
	}
	return nil
}

// inflictOnLinks does what is done to the network.
func (w *World) inflictOnLinks(a *Action) {
	cause := w.events
	switch a.Kind {
	case Hold:
		if a.A != 0 {
			w.net.AimFilter(a.Index, a.A, a.B)
		}
		w.net.SwitchFilter(a.Index, true, w.letGo)
		return
	case Release:
		w.net.SwitchFilter(a.Index, false, w.letGo)
		return
	}
	a.eachLink(func(from, to nodes.ID) {
		switch a.Kind {
		case Reset:
			w.net.Reset(from, to, cause)
		case Lag:
			w.net.SetLag(from, to, int64(a.Index))
		case Throttle:
			w.net.SetRate(from, to, int64(a.Index))
		case Lose:
			w.net.OddsOn(a.On, from, to).Loss = network.PPM(a.Index)
		case Repeat:
			w.net.OddsOn(a.On, from, to).Duplicate = network.PPM(a.Index)
		case Reorder:
			w.net.OddsOn(a.On, from, to).Reorder = network.PPM(a.Index)
		}
	})
}

// eachLink calls back for every direction that an action is about; for a Reset,
// which is about both, once for each pair.
func (a *Action) eachLink(do func(from, to nodes.ID)) {
	for from := range a.A.All() {
		for to := range a.B.All() {
			switch {
			case from == to || a.Kind == Reset && a.A.Has(to) && a.B.Has(from) && from > to:
			case a.Both && a.Kind != Reset:
				do(from, to)
				do(to, from)
			default:
				do(from, to)
			}
		}
	}
}

// inWords says what an action does, for traces and pictures.
func (w *World) inWords(a *Action) string {
	text, ended := faultWords[a.Kind], a.Index == 0
	if text.ended != "" && ended {
		return text.ended
	}
	switch a.Kind {
	case Lag, Slow, SlowDisk, Jump:
		return fmt.Sprintf(text.begun, time.Duration(a.Index))
	case Throttle, Drift:
		return fmt.Sprintf(text.begun, a.Index)
	case Lose, Repeat, Reorder:
		return fmt.Sprintf(text.begun, w.cfg.Protocol.Channels[a.On].Name, a.Index)
	case Ail:
		return fmt.Sprintf(text.begun, disk.Trouble(a.Index))
	case Rot:
		return fmt.Sprintf(text.begun, w.cfg.Protocol.Files[a.File], a.Index+1)
	case Copy:
		return fmt.Sprintf(text.begun, a.Peer)
	case Hold, Release:
		return fmt.Sprintf(text.begun, w.filterWords(a.Index))
	}
	return text.begun
}

// filterWords says what a filter picks.
func (w *World) filterWords(i int) string {
	f := &w.cfg.Filters[i]
	if len(f.Kinds) == 0 {
		return w.cfg.Protocol.Channels[f.On].Name
	}
	return strings.Join(f.Kinds, " ")
}

// faultWords are what inWords says of each kind, when it begins and when it
// ends.
var faultWords = [...]struct{ begun, ended string }{
	Hold:     {"%s is held back", ""},
	Release:  {"%s is let go", ""},
	Install:  {"another disk", ""},
	Reset:    {"connections reset", ""},
	Lag:      {"slow link: +%v", "link as fast as before"},
	Throttle: {"narrow link: %d bytes a second", "link as wide as before"},
	Lose:     {"%s loses %d ppm", "nothing is lost any more"},
	Repeat:   {"%s repeats %d ppm", "nothing is repeated any more"},
	Reorder:  {"%s reorders %d ppm", "nothing is late any more"},
	Slow:     {"slow: %v a step", "as fast as before"},
	Drift:    {"clock gains %d ppm", "clock keeps time"},
	Jump:     {"clock jumps by %v", ""},
	SlowDisk: {"slow disk: +%v", "disk as fast as before"},
	Ail:      {"disk %v", "disk well"},
	Rot:      {"bit rot in %s, record %d", ""},
	Wipe:     {"disk wiped", ""},
	Copy:     {"disk copied from %v", ""},
	Backup:   {"backup taken", ""},
	Restore:  {"backup restored", ""},
}

// syncFails tells a server that a write or an fsync failed.
func (w *World) syncFails(id nodes.ID, f nodes.File, cause uint64) {
	ticket := w.servers[id].disk.Fail(f)
	if w.happen(trace.Fail, id, 0, uint64(f)<<32|uint64(ticket), 0) {
		e := w.event(trace.Fail, id, 0, cause)
		e.File, e.Ticket = f, ticket
		w.show(e)
	}
	w.in.failed = nodes.Failed{File: f, Ticket: ticket}
	w.step(id, &w.in.failed, w.events)
}
