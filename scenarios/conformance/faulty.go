package conformance

import (
	"fmt"
	"slices"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim"
)

func (r *replay) cut(a, b nodes.Set, both bool) error {
	return r.apply(sim.Action{Kind: sim.Cut, A: a, B: b, Both: both})
}

func (r *replay) partition(s *Step) error {
	for i, a := range s.args.Groups {
		for _, b := range s.args.Groups[i+1:] {
			if err := r.cut(nodes.SetOf(a...), nodes.SetOf(b...), true); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *replay) cutLink(s *Step) error {
	return r.cut(nodes.SetOf(s.args.A), nodes.SetOf(s.args.B), true)
}

func (r *replay) blockOneWay(s *Step) error {
	return r.cut(nodes.SetOf(s.args.From), nodes.SetOf(s.args.To...), false)
}

func (r *replay) unblockOneWay(s *Step) error {
	return r.apply(sim.Action{Kind: sim.Heal, A: nodes.SetOf(s.args.From), B: nodes.SetOf(s.args.To...)})
}

// heal ends all that was done to links and ports; proxies go on holding.
func (r *replay) heal(*Step) error {
	all := r.c.servers()
	if err := r.apply(sim.Action{Kind: sim.Heal, A: all, B: all, Both: true}); err != nil {
		return err
	}
	return r.release(func(s *Step) bool { return s.Action == "block_port" })
}

// holdPackets turns on the filter of a step. A new hold comes before the one it
// replaces goes, so that nothing slips through in between.
func (r *replay) holdPackets(s *Step) error {
	a := &s.args
	switch {
	case s.Action == "block_port" && a.Port != "quorum (2888)":
		return fmt.Errorf("unknown port %q", a.Port)
	case s.Action != "block_port" && a.Direction != toLeader && a.Direction != toFollowers:
		return fmt.Errorf("unknown direction %q", a.Direction)
	}
	if err := r.apply(sim.Action{Kind: sim.Hold, Index: r.filterOf(s)}); err != nil {
		return err
	}
	r.active = append(r.active, s.N)
	if a.Released == "" {
		return nil
	}
	return r.release(func(old *Step) bool { return old.args.Leader == a.Leader && old.args.Type == a.Released })
}

func (r *replay) releaseMessages(s *Step) error {
	return r.release(func(old *Step) bool {
		a := &s.args
		return old.args.Leader == a.Leader && (a.Type == "" || a.Type == old.args.Type)
	})
}

// release turns off the filters of the steps that match.
func (r *replay) release(matches func(*Step) bool) error {
	for _, n := range slices.Clone(r.active) {
		s := &r.c.Timeline[n-1]
		if !matches(s) {
			continue
		}
		if err := r.apply(sim.Action{Kind: sim.Release, Index: r.filterOf(s)}); err != nil {
			return err
		}
		r.active = slices.DeleteFunc(r.active, func(m int) bool { return m == n })
	}
	return nil
}

// filterOf returns the place of a step's filter in the configuration: they are
// there in the order of the timeline.
func (r *replay) filterOf(s *Step) int {
	at := 0
	for i := range s.N - 1 {
		if _, ok := r.c.filter(&r.c.Timeline[i]); ok {
			at++
		}
	}
	return at
}

// wipe empties a disk, and keeps what was on it for replace_data_dir.
func (r *replay) wipe(s *Step) error {
	id := s.args.Server
	return r.edit(s, func(d nodes.Disk) nodes.Disk {
		r.wiped[id] = d
		return nodes.Disk{Files: make([][]nodes.Record, len(d.Files))}
	})
}

// replaceDisk puts back what was wiped: in the cases the data directory of
// another ensemble is one that this server had earlier in the timeline.
func (r *replay) replaceDisk(s *Step) error {
	old := r.wiped[s.args.Server]
	if old.Files == nil {
		return fmt.Errorf("nothing of %v was wiped before", s.args.Server)
	}
	return r.edit(s, func(nodes.Disk) nodes.Disk { return old })
}

func (r *replay) writeEpoch(s *Step) error {
	f := slices.Index(zab.Protocol.Files, s.args.File)
	if f < 0 {
		return fmt.Errorf("there is no file %q", s.args.File)
	}
	return r.edit(s, func(d nodes.Disk) nodes.Disk {
		d.Files[f] = []nodes.Record{zab.Epoch(s.args.Value)}
		return d
	})
}

func (r *replay) deleteEpochs(s *Step) error {
	return r.edit(s, func(d nodes.Disk) nodes.Disk {
		d.Files[acceptedEpoch], d.Files[currentEpoch] = nil, nil
		return d
	})
}

// edit changes what is on the disk of a server that is down. One that the
// recorded ZooKeeper had refused to start may be up here; it is killed first.
func (r *replay) edit(s *Step, change func(nodes.Disk) nodes.Disk) error {
	id := s.args.Server
	if r.w.Up(id) {
		r.remark(s, "%v was up; killed before its files were edited", id)
		if err := r.apply(sim.Action{Kind: sim.Crash, Server: id}); err != nil {
			return err
		}
	}
	d := nodes.Disk{Files: slices.Clone(r.w.Image(id).Files)}
	r.cfg.Images = append(r.cfg.Images, change(d))
	return r.apply(sim.Action{Kind: sim.Install, Server: id, Index: len(r.cfg.Images) - 1})
}
