package conformance

import (
	"maps"
	"slices"
	"time"

	"github.com/zabsim/zabsim/nodes"
)

// measure takes the recorded durations here. They are shown beside each other
// and not judged: what does not scale with the tick (Java, the kernel's TCP) is
// different here.
func (r *replay) measure() {
	for _, name := range slices.Sorted(maps.Keys(r.c.Timings)) {
		d := Duration{Name: name, Recorded: r.c.Timings[name]}
		if m, known := timers[name]; known {
			took, ok := m(r)
			d.Ticks, d.Measured = r.inTicks(took), ok
		}
		r.out.Durations = append(r.out.Durations, d)
	}
}

// timer measures one duration; ok says whether there was anything to measure.
type timer func(*replay) (took time.Duration, ok bool)

var timers = map[string]timer{
	"kill_to_first_write":             between("kill", "probe_write_until_ok"),
	"pause_to_first_write":            between("pause", "probe_write_until_ok"),
	"shanghai_unavailable_for_writes": between("partition", "probe_write_until_ok"),
	"partition_to_new_leader":         between("partition", "wait_serving"),
	"heal_to_all_serving":             between("heal", "wait_serving"),
	"heal_to_serving":                 between("heal", "wait_serving"),
	"to_new_leader":                   between("cut_link", "wait_serving"),
	"resume_to_serving":               between("resume", "wait_serving"),
	"old_leader_rejoin":               (*replay).rejoin,
	"third_start_to_serving":          lastStart(func(s *Step) bool { return slices.Contains(s.args.Servers, 3) }),
	"back_to_service":                 lastStart(func(s *Step) bool { return s.N > 1 && len(s.args.Servers) == 1 }),

	"write_took":              begunOp,
	"pending_write_took":      begunOp,
	"sync_took":               begunOp,
	"first_write_in_majority": between("partition", "op"),
	"write_after_2_killed":    between("kill", "op"),

	"followers_give_up":    sinceTrouble((*replay).nextLeader, nodes.Looking),
	"new_leader_elected":   sinceTrouble((*replay).nextLeader, nodes.Leading),
	"old_leader_step_down": sinceTrouble((*replay).oldLeader, nodes.Looking),
	"leader_step_down":     sinceTrouble((*replay).oldLeader, nodes.Looking),
	"gives_up":             sinceTrouble((*replay).isolatedServer, nodes.Looking),
	"leading_to_looking":   (*replay).leadingToLooking,
	"resume_to_follower":   (*replay).resumeToFollower,
	"leader_election_took": (*replay).electionTook,

	"old_leader_last_read":          lastRead((*replay).oldLeader),
	"old_follower_last_read":        lastRead(func(r *replay) nodes.ID { return r.minority().Without(r.oldLeader()).Min() }),
	"minority_follower_4_last_read": lastRead(func(*replay) nodes.ID { return 4 }),
	"minority_follower_5_last_read": lastRead(func(*replay) nodes.ID { return 5 }),
	"stale_read_window":             lastRead((*replay).isolatedServer),
	"majority_read_gap":             (*replay).readGap,
	"shanghai_read_gap":             (*replay).readGap,

	"ping_interval":              (*replay).pingInterval,
	"write_latency_via_follower": (*replay).lastOpTook,
}

// step returns the place of the first step of that action beyond from, or 0.
func (r *replay) step(action string, from int) int {
	for n := from + 1; n <= len(r.c.Timeline); n++ {
		if r.c.Timeline[n-1].Action == action {
			return n
		}
	}
	return 0
}

// trouble returns the first step that took the leader, or servers from the
// leader.
func (r *replay) trouble() int {
	for n := 1; n <= len(r.c.Timeline); n++ {
		switch r.c.Timeline[n-1].Action {
		case "partition", "pause", "cut_link":
			return n
		case "kill":
			if r.steps[n].touched.Has(r.steps[n-1].leader) {
				return n
			}
		}
	}
	return r.step("kill", 0)
}

// between measures from the last step of one action before the first of another
// to the end of that.
func between(first, then string) timer {
	return func(r *replay) (time.Duration, bool) {
		from := r.step(first, 0)
		to := r.step(then, from)
		if from == 0 || to == 0 {
			return 0, false
		}
		for next := r.step(first, from); next != 0 && next < to; next = r.step(first, from) {
			from = next
		}
		return r.steps[to].ended - r.steps[from].began, true
	}
}

// lastStart measures from the last start that is meant to the end of the next
// wait.
func lastStart(meant func(*Step) bool) timer {
	return func(r *replay) (time.Duration, bool) {
		for n := r.step("start", 0); n != 0; n = r.step("start", n) {
			if to := r.step("wait_serving", n); to != 0 && meant(&r.c.Timeline[n-1]) {
				return r.steps[to].ended - r.steps[n].began, true
			}
		}
		return 0, false
	}
}

// rejoin measures from the start of the old leader until all serve.
func (r *replay) rejoin() (time.Duration, bool) {
	n := r.step("start", r.step("probe_write_until_ok", 0))
	to := r.step("wait_serving", n)
	return r.steps[to].ended - r.steps[n].began, n != 0 && to != 0
}

// begunOp measures the first operation that was not waited for.
func begunOp(r *replay) (time.Duration, bool) {
	n := r.step("op_begin", 0)
	if n == 0 || r.steps[n].op == nil {
		return 0, false
	}
	a, ok := r.seen.answers[r.steps[n].op.id]
	return a.at - r.steps[n].began, ok
}

func (r *replay) lastOpTook() (time.Duration, bool) {
	var took time.Duration
	for n := r.step("op", 0); n != 0; n = r.step("op", n) {
		if o := r.steps[n].op; o != nil {
			took = r.seen.answers[o.id].at - r.steps[n].began
		}
	}
	return took, took > 0
}

func (r *replay) oldLeader() nodes.ID { return r.steps[max(r.trouble()-1, 0)].leader }

// nextLeader returns the leader after the trouble.
func (r *replay) nextLeader() nodes.ID {
	return r.steps[r.step("wait_serving", r.trouble())].leader
}

// minority returns the side of the first partition that has no quorum.
func (r *replay) minority() nodes.Set {
	n := r.step("partition", 0)
	if n == 0 {
		return 0
	}
	for _, g := range r.c.Timeline[n-1].args.Groups {
		if side := nodes.SetOf(g...); !side.Majority(r.c.voters()) {
			return side
		}
	}
	return 0
}

func (r *replay) isolatedServer() nodes.ID { return r.minority().Min() }

// sinceTrouble measures until a server entered a role.
func sinceTrouble(who func(*replay) nodes.ID, role nodes.Role) timer {
	return func(r *replay) (time.Duration, bool) {
		id, from := who(r), r.steps[r.trouble()].began
		at, ok := r.seen.first(from, func(v *view) bool { return v.server == id && v.after.Role == role && v.before.Role != role })
		return at - from, ok
	}
}

// leadingToLooking measures how long a leader that nobody could reach held out.
func (r *replay) leadingToLooking() (time.Duration, bool) {
	from := r.steps[r.step("block_port", 0)].ended
	led, ok := r.seen.first(from, func(v *view) bool { return v.after.Role == nodes.Leading && v.before.Role != nodes.Leading })
	if !ok {
		return 0, false
	}
	gaveUp, ok := r.seen.first(led, func(v *view) bool { return v.before.Role == nodes.Leading && v.after.Role == nodes.Looking })
	return gaveUp - led, ok
}

func (r *replay) resumeToFollower() (time.Duration, bool) {
	n := r.step("resume", 0)
	if n == 0 {
		return 0, false
	}
	id := r.c.Timeline[n-1].args.Server
	at, ok := r.seen.first(r.steps[n].began, func(v *view) bool {
		return v.server == id && v.after.Role == nodes.Following && v.after.Serving
	})
	return at - r.steps[n].began, ok
}

// electionTook measures the election that the new leader won.
func (r *replay) electionTook() (time.Duration, bool) {
	id, from := r.nextLeader(), r.steps[r.trouble()].began
	looked, ok := r.seen.first(from, func(v *view) bool { return v.server == id && v.after.Role == nodes.Looking })
	if !ok {
		return 0, false
	}
	led, ok := r.seen.first(looked, func(v *view) bool { return v.server == id && v.after.Role == nodes.Leading })
	return led - looked, ok
}

// lastRead measures from the partition to the last read that a server answered
// before the network healed.
func lastRead(who func(*replay) nodes.ID) timer {
	return func(r *replay) (time.Duration, bool) {
		id, from, until := who(r), r.steps[r.step("partition", 0)].began, r.steps[r.step("heal", 0)].began
		var last time.Duration
		for _, g := range r.seen.reads {
			if g.server == id && g.ok && g.at >= from && g.at < until {
				last = g.at
			}
		}
		return last - from, last > 0
	}
}

// readGap measures the longest time without a read answered at s1, which is on
// the side with the quorum, from the partition until the network healed.
func (r *replay) readGap() (time.Duration, bool) {
	last, until := r.steps[r.step("partition", 0)].began, r.steps[r.step("heal", 0)].began
	var gap time.Duration
	for _, g := range r.seen.reads {
		if g.server == 1 && g.ok && g.at >= last && g.at < until {
			gap, last = max(gap, g.at-last), g.at
		}
	}
	return gap, gap > 0
}

// pingInterval is the mean time between two pings of the leader to one
// follower.
func (r *replay) pingInterval() (time.Duration, bool) {
	n := int64(len(r.seen.pings))
	if n < 2 {
		return 0, false
	}
	return (r.seen.pings[n-1] - r.seen.pings[0]) / time.Duration(n-1), true
}
