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
			dst = w.offerArrivals(dst, a, b)
		}
	}
	for i := range w.clients {
		dst = w.offerClient(dst, nodes.ClientID(i+1))
	}
	for id := range w.all().All() {
		dst = w.offerServer(dst, id)
		for peer := range w.all().All() {
			dst = w.offerDialTimeouts(dst, id, peer)
		}
	}
	if w.cfg.Oracle {
		dst = w.Elections(dst)
	}
	for id := range w.all().All() {
		dst = w.offerFaults(dst, id)
	}
	return inOrder(w.offerPartitions(dst), from)
}

// EnabledOf appends those of the actions that Enabled appends of which a part says,
// with the rest, whether they are possible ([Action.Of]), in the same order. Elections
// in one step are not among them.
func (w *World) EnabledOf(p Part, dst []Action) []Action {
	from := len(dst)
	switch {
	case p.Client != 0:
		dst = w.offerClient(dst, p.Client)
	case p.Peer != 0:
		dst = w.offerArrivals(w.offerArrivals(dst, p.Server, p.Peer), p.Peer, p.Server)
		dst = w.offerDialTimeouts(w.offerDialTimeouts(dst, p.Server, p.Peer), p.Peer, p.Server)
	case p.Server != 0:
		dst = w.offerFaults(w.offerServer(dst, p.Server), p.Server)
	default:
		dst = w.offerPartitions(dst)
	}
	return inOrder(dst, from)
}

// inOrder puts what was offered in the order of kinds.
func inOrder(dst []Action, from int) []Action {
	slices.SortStableFunc(dst[from:], func(a, b Action) int { return int(a.Kind) - int(b.Kind) })
	return dst
}

// offerArrivals offers what can arrive from a at b, or be lost instead.
func (w *World) offerArrivals(dst []Action, a, b nodes.ID) []Action {
	if a == b || w.servers[b].paused {
		return dst
	}
	w.net.Routes(a, b, func(r network.Route) {
		if w.net.Deliverable(r) {
			dst = append(dst, deliver(r))
		}
		if w.net.Severable(r) {
			dst = append(dst, Action{Kind: Sever, Server: r.To, Peer: r.From, On: r.On, Conn: r.Conn})
		}
	})
	return dst
}

func (w *World) offerClient(dst []Action, id nodes.ClientID) []Action {
	for k := Invoke; k <= GiveUp; k++ {
		if k.ofClient() {
			dst = w.offer(dst, Action{Kind: k, Client: id})
		}
	}
	return dst
}

// offerServer offers what a server can do by itself.
func (w *World) offerServer(dst []Action, id nodes.ID) []Action {
	s := &w.servers[id]
	for f := range s.disk.Files() {
		dst = w.offer(dst, Action{Kind: Synced, Server: id, File: nodes.File(f)})
	}
	for _, t := range slices.SortedFunc(slices.Values(s.timers), compareTimers) {
		dst = w.offer(dst, Action{Kind: Expire, Server: id, Timer: t.id})
	}
	dst = w.offer(dst, Action{Kind: Start, Server: id})
	return w.offer(dst, Action{Kind: Resume, Server: id})
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

// offerDialTimeouts offers the end of dials whose answer may never come: the other
// machine is off, paused or cut away.
func (w *World) offerDialTimeouts(dst []Action, id, peer nodes.ID) []Action {
	if peer == id || !w.net.IsCut(id, peer) && !w.net.IsCut(peer, id) && !w.servers[peer].paused && !w.net.IsOff(peer) {
		return dst
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
	return dst
}

// offerFaults offers what the budget allows to be done to a server.
func (w *World) offerFaults(dst []Action, id nodes.ID) []Action {
	b := &w.cfg.Budget
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
	return dst
}

// offerPartitions offers the cuts that the budget allows, and to heal what is cut.
func (w *World) offerPartitions(dst []Action) []Action {
	b := &w.cfg.Budget
	all := w.all()
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
