package sim

import (
	"slices"

	"github.com/zabsim/zabsim/network"
	"github.com/zabsim/zabsim/nodes"
)

// Enabled appends to dst every action that can happen next, dullest first, in
// a fixed order: deliveries and other progress, then timers, then what the
// fault budget of the configuration still allows, then elections in one step and
// what is lost when connections break. The caller counts what it
// spends: Enabled offers a kind of fault whenever the budget names it at all.
func (w *World) Enabled(dst []Action) []Action {
	from := len(dst)
	for a := range w.all().All() {
		for b := range w.all().All() {
			if a != b && !w.servers[b].paused {
				w.net.Routes(a, b, func(r network.Route) {
					if w.net.Deliverable(r) {
						dst = append(dst, deliver(r))
					}
					if w.net.Severable(r) {
						dst = append(dst, Action{Kind: Sever, Server: r.To, Peer: r.From, On: r.On, Conn: r.Conn})
					}
				})
			}
		}
	}
	for i := range w.clients {
		for k := Invoke; k <= GiveUp; k++ {
			if k.ofClient() {
				dst = w.offer(dst, Action{Kind: k, Client: nodes.ClientID(i + 1)})
			}
		}
	}
	for id := range w.all().All() {
		s := &w.servers[id]
		for f := range s.disk.Files() {
			dst = w.offer(dst, Action{Kind: Synced, Server: id, File: nodes.File(f)})
		}
		for _, t := range slices.SortedFunc(slices.Values(s.timers), compareTimers) {
			dst = w.offer(dst, Action{Kind: Expire, Server: id, Timer: t.id})
		}
		dst = w.offer(dst, Action{Kind: Start, Server: id})
		dst = w.offer(dst, Action{Kind: Resume, Server: id})
		dst = w.dialTimeouts(dst, id)
	}
	if w.cfg.Oracle {
		dst = w.Elections(dst)
	}
	dst = w.offerFaults(dst)
	slices.SortStableFunc(dst[from:], func(a, b Action) int { return int(a.Kind) - int(b.Kind) })
	return dst
}

// offer appends an action if it can happen.
func (w *World) offer(dst []Action, a Action) []Action {
	if a.Kind.ofClient() {
		if w.possibleClient(&a) != nil {
			return dst
		}
		return append(dst, a)
	}
	if w.possible(&a) != nil {
		return dst
	}
	return append(dst, a)
}

// dialTimeouts offers the end of dials whose answer may never come: the other
// machine is off, paused or cut away.
func (w *World) dialTimeouts(dst []Action, id nodes.ID) []Action {
	for peer := range w.all().All() {
		if peer == id || !w.net.IsCut(id, peer) && !w.net.IsCut(peer, id) && !w.servers[peer].paused && !w.net.IsOff(peer) {
			continue
		}
		for i, spec := range w.cfg.Protocol.Channels {
			ch := nodes.Channel(i)
			if spec.Mode == nodes.Mailbox {
				dst = w.offer(dst, Action{Kind: DialTimeout, Server: id, Peer: peer, On: ch})
				continue
			}
			for conn := range w.net.Dials(id, peer, ch) {
				dst = append(dst, Action{Kind: DialTimeout, Server: id, Peer: peer, On: ch, Conn: conn})
			}
		}
	}
	return dst
}

func (w *World) offerFaults(dst []Action) []Action {
	b := &w.cfg.Budget
	all := w.all()
	for id := range all.All() {
		if b.Pauses > 0 {
			dst = w.offer(dst, Action{Kind: Pause, Server: id})
		}
		if b.Crashes > 0 {
			dst = w.offer(dst, Action{Kind: Crash, Server: id})
		}
		if b.MachineCrashes > 0 {
			for lost := range w.servers[id].disk.AtRisk() + 1 {
				dst = w.offer(dst, Action{Kind: MachineCrash, Server: id, Index: lost})
			}
		}
	}
	if b.Partitions+b.Cuts > 0 && w.net.AnyCut() {
		dst = append(dst, Action{Kind: Heal, A: all, B: all, Both: true})
	} else if b.Partitions > 0 {
		// Each way to split the servers in two, named by the side without s1.
		rest := all.Without(all.Min())
		for side := rest; side != 0; side = (side - 1) & rest {
			dst = append(dst, Action{Kind: Cut, A: all &^ side, B: side, Both: true})
		}
	}
	if b.Cuts > 0 {
		dst = w.offerCuts(dst)
	}
	return dst
}

// offerCuts offers to cut each link, and to heal each that is cut. Of two servers
// that is a partition.
func (w *World) offerCuts(dst []Action) []Action {
	if w.all().Len() == 2 {
		return dst
	}
	for a := range w.all().All() {
		for b := range w.all().All() {
			if a >= b {
				continue
			}
			link := Action{Kind: Cut, A: nodes.SetOf(a), B: nodes.SetOf(b), Both: true}
			if w.net.IsCut(a, b) {
				link.Kind = Heal
			}
			dst = append(dst, link)
		}
	}
	return dst
}
