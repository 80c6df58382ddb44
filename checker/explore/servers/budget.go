package servers

import (
	"github.com/zabsim/zabsim/checker/explore"
	"github.com/zabsim/zabsim/sim"
)

// Spent is how much of the budget an execution has used up.
type Spent struct {
	// Faults of which only those that took no more of any of them need be
	// visited: see [explore.Layered].
	Crashes, MachineCrashes, Restarts, Partitions, Cuts, Pauses, Timeouts uint8
	// What is no fault: elections that were won, and operations that clients asked
	// for.
	Elections, Requests uint8
}

// charge says what part of the budget an action is charged to.
type charge uint8

const (
	free charge = iota
	chargeCrash
	chargeMachineCrash
	chargeRestart
	chargePartition
	chargeCut
	chargePause
	chargeTimeout
	chargeRequest
)

func (sh *shared) chargeOf(a *sim.Action) charge {
	b := &sh.config.Budget
	switch a.Kind {
	case sim.Crash:
		return chargeCrash
	case sim.MachineCrash:
		return chargeMachineCrash
	case sim.Start:
		if b.Restarts >= b.Crashes+b.MachineCrashes {
			return free // there will never be too many
		}
		return chargeRestart
	case sim.Cut:
		if a.A|a.B == sh.all() {
			return chargePartition
		}
		return chargeCut
	case sim.Pause:
		return chargePause
	case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
		return chargeTimeout
	case sim.Invoke:
		if sh.Requests > 0 {
			return chargeRequest
		}
	}
	return free
}

// pay charges the budget. It reports false if nothing is left of it.
func (p *Spent) pay(c charge, sh *shared) bool {
	b := &sh.config.Budget
	switch c {
	case chargeCrash:
		return take(&p.Crashes, b.Crashes)
	case chargeMachineCrash:
		return take(&p.MachineCrashes, b.MachineCrashes)
	case chargeRestart:
		return take(&p.Restarts, b.Restarts)
	case chargePartition:
		return take(&p.Partitions, b.Partitions)
	case chargeCut:
		return take(&p.Cuts, b.Cuts)
	case chargePause:
		return take(&p.Pauses, b.Pauses)
	case chargeTimeout:
		return take(&p.Timeouts, b.Timeouts)
	case chargeRequest:
		return take(&p.Requests, sh.Requests)
	default:
		return true
	}
}

func take(spent *uint8, limit int) bool {
	*spent++
	return int(*spent) <= limit
}

// fault reports whether it is a fault that is charged for.
func (c charge) fault() bool { return c != free && c != chargeRequest }

// faults returns the part of the budget that is for faults.
func (p *Spent) faults() explore.Spent {
	return explore.Spent{p.Crashes, p.MachineCrashes, p.Restarts, p.Partitions, p.Cuts, p.Pauses, p.Timeouts}
}

// appendTo appends all of it, faults last.
func (p *Spent) appendTo(b []byte) []byte {
	f := p.faults()
	return append(append(b, p.Elections, p.Requests), f[:spentFaults]...)
}

// spentFaults is how many kinds of faults there are, spentBytes how much appendTo
// appends.
const (
	spentFaults = 7
	spentBytes  = 2 + spentFaults
)

func spentFrom(b []byte) Spent {
	return Spent{
		Elections: b[0], Requests: b[1],
		Crashes: b[2], MachineCrashes: b[3], Restarts: b[4], Partitions: b[5], Cuts: b[6], Pauses: b[7], Timeouts: b[8],
	}
}

// progress reports whether an action is one that timers wait for: it happens
// by itself, soon.
func progress(k sim.ActionKind) bool {
	return k == sim.Deliver || k == sim.Synced || k == sim.Arrive || k == sim.Answer || k == sim.Told
}
