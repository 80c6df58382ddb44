package gen

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/zabsim/zabsim/scenarios"
)

// When things happen: not before there can be a leader, and within some time
// after that. Times are round, so that they shrink to such as one would write.
const (
	begin = 2 * time.Second
	span  = 15 // seconds
	grain = 50 * time.Millisecond
)

// moment draws when something happens.
func moment(t *rapid.T) time.Duration {
	return begin + time.Duration(below(t, span, "seconds"))*time.Second + time.Duration(below(t, int(time.Second/grain), "fraction"))*grain
}

// below draws a number in [0, n). Its range never depends on what was drawn
// before: if that shrinks, this stays.
func below(t *rapid.T, n int, what string) int {
	return int(rapid.Uint64Range(0, uint64(n-1)).Draw(t, what))
}

// clients draws who asks for what.
func (g *generator) clients(t *rapid.T, s *scenarios.Scenario) {
	value := 0
	servers := slices.Concat(s.Servers, members(s.Sites))
	for i := range 1 + below(t, 3, "clients") {
		c := scenarios.Client{Name: "c" + strconv.Itoa(i+1), Timeout: 2 * time.Second}
		if one := below(t, 8, "server"); one > 0 {
			c.Servers = scenarios.Who{servers[(one-1)%len(servers)]}
		}
		if below(t, 2, "retry") == 1 {
			c.Attempt, c.Retry = 500*time.Millisecond, true
		}
		bursts := drawBursts(t)
		if s.App.Znode != nil {
			c.Recipe = recipe(bursts)
		} else {
			c.Script = g.script(s, bursts, &value)
		}
		s.Clients = append(s.Clients, c)
	}
}

// members returns the servers of all sites.
func members(sites scenarios.Sites) []string {
	var names []string
	for _, site := range sites {
		names = append(names, site.Servers...)
	}
	return names
}

// burst is a number of operations of the same kind, one right after the other.
type burst struct {
	at    time.Duration
	kind  int // below 5
	count int
}

// drawBursts draws what a client does, in order.
func drawBursts(t *rapid.T) []burst {
	bursts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) burst {
		return burst{moment(t), below(t, 5, "operation"), 1 + below(t, 10, "times")}
	}), 1, 8).Draw(t, "bursts")
	slices.SortStableFunc(bursts, func(a, b burst) int { return cmp.Compare(a.at, b.at) })
	return bursts
}

// script writes bursts out. Each value is written once, so that a reader sees
// whose it is.
func (g *generator) script(s *scenarios.Scenario, bursts []burst, value *int) []scenarios.Step {
	var steps []scenarios.Step
	for _, b := range bursts {
		for range min(b.count, g.operations-len(steps)) {
			*value++
			step := storeStep(b.kind, *value)
			if s.App.Bank != nil {
				step = bankStep(b.kind, *value)
			}
			step.At = b.at
			steps = append(steps, step)
		}
	}
	return steps
}

// storeStep returns the n-th operation on a store.
func storeStep(kind, n int) scenarios.Step {
	value := scenarios.Text(strconv.Itoa(n))
	switch kind {
	case 0:
		return scenarios.Step{Put: &scenarios.Put{Key: "x", Value: value}}
	case 1:
		return scenarios.Step{Get: "x"}
	case 2:
		return scenarios.Step{CAS: &scenarios.CAS{Key: "x", Old: scenarios.Text(strconv.Itoa(n - 1)), New: value}}
	case 3:
		return scenarios.Step{Append: &scenarios.Put{Key: "list", Value: value}}
	default:
		return scenarios.Step{Increment: &scenarios.Increment{Key: "count", By: 1}}
	}
}

// bankStep returns the n-th operation on a bank. Most transfers are of all that
// there is: what is spent twice shows.
func bankStep(kind, n int) scenarios.Step {
	transfer := scenarios.Transfer{From: "alice", To: "bob", Amount: 100}
	switch kind {
	case 1:
		transfer = scenarios.Transfer{From: "bob", To: "alice", Amount: 100}
	case 2:
		transfer.Amount = int64(n)
	case 3:
		return scenarios.Step{Read: "alice"}
	case 4:
		return scenarios.Step{Audit: true}
	}
	return scenarios.Step{Transfer: &transfer}
}

// recipe makes of bursts what a client in a session does: other things than
// operations, for as long.
func recipe(bursts []burst) *scenarios.Recipe {
	first, last := bursts[0], bursts[len(bursts)-1]
	return &scenarios.Recipe{
		Follow:  [...]string{"lock", "tree", "counter", "election", "barrier"}[first.kind],
		Session: time.Duration(first.count) * 500 * time.Millisecond,
		Think:   scenarios.Range{Min: 10 * time.Millisecond, Max: 100 * time.Millisecond},
		Until:   last.at + time.Second,
	}
}
