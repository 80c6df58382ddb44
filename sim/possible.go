package sim

import (
	"fmt"

	"github.com/zabsim/zabsim/nodes"
)

// possible says why an action cannot happen in this state, if it cannot.
func (w *World) possible(a *Action) error {
	if err := w.unknown(a); err != nil {
		return err
	}
	if a.Kind.ofClient() {
		return w.possibleClient(a)
	}
	switch a.Kind {
	case Deliver:
		if r := a.route(); r.Conn != 0 && !w.net.Exists(r.Conn) {
			return fmt.Errorf("%v has no stream to %v", a.Server, a.Peer)
		} else if w.net.Head(r) == nil {
			return fmt.Errorf("nothing is on its way from %v to %v there", a.Peer, a.Server)
		} else if w.net.Blocked(r) {
			return fmt.Errorf("nothing passes from %v to %v", a.Peer, a.Server)
		}
	case Sever:
		if !w.net.Severable(a.route()) {
			return fmt.Errorf("%v has not closed a connection to %v with something on its way", a.Peer, a.Server)
		}
	case Elect:
		return w.possibleElection(a)
	case Cut, Heal, Reset, Lag, Throttle:
		return nil
	case Lose, Repeat, Reorder:
		if spec := w.cfg.Protocol.Channels[a.On]; spec.Mode == nodes.Stream {
			return fmt.Errorf("%s is a stream: it loses nothing while it is up", spec.Name)
		}
		return nil
	case Hold, Release:
		if a.Index >= len(w.cfg.Filters) {
			return fmt.Errorf("there is no filter %d", a.Index)
		}
		return nil
	case DialTimeout:
		if r := a.route(); a.Conn != 0 && !w.net.Opening(a.Conn) || a.Conn == 0 && !w.net.Dialing(r.From, r.To, r.On) {
			return fmt.Errorf("%v is not dialling %v", a.Server, a.Peer)
		}
		return nil
	}
	s := &w.servers[a.Server]
	if s.disk == nil {
		return fmt.Errorf("there is no server %v", a.Server)
	}
	switch a.Kind {
	case Start, Install, Wipe, Copy, Restore:
		if s.node != nil {
			return fmt.Errorf("%v is up", a.Server)
		}
		return w.possibleImage(a)
	case Slow, Drift, Jump, SlowDisk, Ail, Backup:
		return nil
	case Rot:
		if a.Index >= s.disk.Records(a.File) {
			return fmt.Errorf("%v has no such record", a.Server)
		}
		return nil
	case Deliver, Sever: // a kernel answers dials even where no process runs
		if s.paused {
			return fmt.Errorf("%v is paused", a.Server)
		}
		return nil
	case Resume:
		if !s.paused {
			return fmt.Errorf("%v is not paused", a.Server)
		}
		return nil
	case Crash, MachineCrash:
		if s.node == nil {
			return fmt.Errorf("%v is down", a.Server)
		}
		return nil
	}
	switch {
	case s.node == nil:
		return fmt.Errorf("%v is down", a.Server)
	case s.paused:
		return fmt.Errorf("%v is paused", a.Server)
	case a.Kind == Continue && !s.held.on:
		return fmt.Errorf("%v was not stopped", a.Server)
	case a.Kind == Synced:
		if _, busy := s.disk.Next(a.File); !busy {
			return fmt.Errorf("%v waits for no fsync of that file", a.Server)
		}
	case a.Kind == Expire:
		if t := s.timer(a.Timer); t == nil || !t.armed {
			return fmt.Errorf("%v has not set that timer", a.Server)
		}
	}
	return nil
}

// unknown says what an action names that does not exist, if it does: schedules
// come from files.
func (w *World) unknown(a *Action) error {
	ends := nodes.SetOf(a.Server, a.Peer)
	switch strangers := (ends | a.A | a.B) &^ w.all().With(0); {
	case strangers != 0:
		return fmt.Errorf("there is no server %v", strangers.Min())
	case a.Conn != 0 && !(ends.Has(a.Conn.Dialer()) && ends.Has(a.Conn.Acceptor())):
		return fmt.Errorf("%v is no connection of %v and %v", a.Conn, a.Server, a.Peer)
	}
	return nil
}
