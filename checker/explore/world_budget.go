package explore

import "github.com/zabsim/zabsim/sim"

// Spent is how much of the budget an execution has used up.
type Spent struct {
	Crashes, MachineCrashes, Restarts, Partitions, Pauses, Timeouts uint8
}

// charge says what part of the budget an action is charged to.
type charge uint8

const (
	free charge = iota
	chargeCrash
	chargeMachineCrash
	chargeRestart
	chargePartition
	chargePause
	chargeTimeout
)

func chargeOf(k sim.ActionKind) charge {
	switch k {
	case sim.Crash:
		return chargeCrash
	case sim.MachineCrash:
		return chargeMachineCrash
	case sim.Start:
		return chargeRestart
	case sim.Cut:
		return chargePartition
	case sim.Pause:
		return chargePause
	case sim.Expire, sim.DialTimeout, sim.Impatience, sim.GiveUp:
		return chargeTimeout
	default:
		return free
	}
}

// pay charges the budget of a configuration. It reports false if nothing is
// left of it.
func (p *Spent) pay(c charge, cfg *sim.Config) bool {
	b := &cfg.Budget
	switch c {
	case chargeCrash:
		return take(&p.Crashes, b.Crashes)
	case chargeMachineCrash:
		return take(&p.MachineCrashes, b.MachineCrashes)
	case chargeRestart:
		return take(&p.Restarts, b.Restarts)
	case chargePartition:
		return take(&p.Partitions, b.Partitions)
	case chargePause:
		return take(&p.Pauses, b.Pauses)
	case chargeTimeout:
		return take(&p.Timeouts, b.Timeouts)
	default:
		return true
	}
}

func take(spent *uint8, limit int) bool {
	*spent++
	return int(*spent) <= limit
}

// progress reports whether an action is one that timers wait for: it happens
// by itself, soon.
func progress(k sim.ActionKind) bool {
	return k == sim.Deliver || k == sim.Synced || k == sim.Arrive || k == sim.Answer || k == sim.Told
}
