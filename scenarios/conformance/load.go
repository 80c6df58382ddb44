package conformance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/sim"
	"github.com/zabsim/zabsim/sim/trace"
)

// setThenGet is how the cases describe one of their op_many steps.
const setThenGet = "20 x (set, get), pipelined in one session"

// opMany issues many operations and waits for all of them. Operations of one
// session go one after the other, which gives the results of a pipeline.
func (r *replay) opMany(s *Step) error {
	a := &s.args
	var servers []nodes.ID
	if a.Via.each {
		servers = slices.Collect(r.c.servers().All())
	} else {
		servers = []nodes.ID{a.Via.server}
	}
	var nth func(server nodes.ID, i int) znode.Op
	count := a.Count / max(1, len(servers))
	switch {
	case a.Ops == setThenGet:
		count, nth = 40, r.setAndGet()
	case a.Op == "set" && a.Path != "":
		nth = func(_ nodes.ID, i int) znode.Op {
			return znode.Op{Kind: znode.KindSet, Path: a.Path, Data: fmt.Sprintf("v%d", i), Version: znode.AnyVersion}
		}
	case a.Op == "create" && a.Path == "":
		data := strings.Repeat("x", a.DataBytes)
		nth = func(server nodes.ID, i int) znode.Op {
			return znode.Op{Kind: znode.KindCreate, Path: fmt.Sprintf("/many-%d-%d", server, i), Data: data}
		}
	case a.Ops == watchRounds:
		return r.opWatch(s)
	default:
		return fmt.Errorf("unknown operations %q %q", a.Ops, a.Op)
	}
	for i := range count {
		for _, server := range servers {
			if err := r.addTo(s, server, nth(server, i)); err != nil {
				return err
			}
		}
	}
	for _, o := range r.steps[s.N].many {
		if err := r.finish(o); err != nil {
			return err
		}
	}
	return nil
}

// addTo puts an operation in line on the session of a server.
func (r *replay) addTo(s *Step, server nodes.ID, op znode.Op) error {
	d := &r.steps[s.N]
	lane := nodes.ClientID(0)
	for _, o := range d.many {
		if o.server == server {
			lane = o.id.client
			break
		}
	}
	if lane == 0 {
		o, err := r.issue(s, server, op, false, false)
		d.many = append(d.many, o)
		return err
	}
	o := &operation{step: s, op: op, server: server}
	r.enqueue(o, lane)
	d.many = append(d.many, o)
	return nil
}

// setAndGet alternates writes and reads of the node that the case made first.
func (r *replay) setAndGet() func(nodes.ID, int) znode.Op {
	path := r.c.firstPath()
	return func(server nodes.ID, i int) znode.Op {
		if i%2 == 1 {
			return znode.Op{Kind: znode.KindGet, Path: path}
		}
		return znode.Op{Kind: znode.KindSet, Path: path, Data: fmt.Sprintf("%d-%d", server, i/2+1), Version: znode.AnyVersion}
	}
}

// firstPath returns the path of the first node that the timeline creates.
func (c *Case) firstPath() string {
	for i := range c.Timeline {
		if a := &c.Timeline[i].args; a.Op == "create" && a.Path != "" {
			return a.Path
		}
	}
	return "/"
}

// loadBegin lets one writer at each server create one node after the other,
// until it is told that something went wrong. The load goes on for as long as
// it did in the recording before the next step.
func (r *replay) loadBegin(s *Step) error {
	parent := r.c.firstPath()
	r.loading = true
	for server := range r.c.servers().All() {
		lane, err := r.newLane(server)
		if err != nil {
			return err
		}
		e := &endless{
			op: func(i int) sim.Op {
				return sim.Op{Class: nodes.Write, Body: znode.Create(fmt.Sprintf("%s/s%d-%d", parent, server, i), "")}
			},
			stopped: func(i int) bool {
				a, found := r.seen.answers[call{lane, uint32(i)}] // the one before
				return found && a.result != trace.OK || !r.loading
			},
		}
		r.cast.queues[lane-1].more = e
		r.w.Poll(lane)
		r.steps[s.N].writers = append(r.steps[s.N].writers, lane)
	}
	if s.N == len(r.c.Timeline) {
		return nil
	}
	return r.advance(r.c.ticks(r.c.Timeline[s.N].TTicks[0] - s.TTicks[0]))
}

func (r *replay) loadEnd(*Step) error {
	r.loading = false
	return r.advance(r.c.tick() / 2) // for answers that are on their way
}

// watchIfNeeded lets one client at each server read the first node over and
// over, in the cases whose facts or timings are about what such clients saw.
// They begin a step before the first partition.
func (r *replay) watchIfNeeded(s *Step) {
	if r.watching || s.N == len(r.c.Timeline) || !r.c.watches() {
		return
	}
	if next := &r.c.Timeline[s.N]; next.Action != "partition" {
		return
	}
	r.watching = true
	path := r.c.firstPath()
	for server := range r.c.servers().All() {
		client := r.cast.watchers[server]
		r.cast.queues[client-1].more = &endless{
			op: func(int) sim.Op {
				return sim.Op{Class: nodes.Read, Pause: watchPause, Body: znode.Get(path)}
			},
			stopped: func(int) bool { return false },
		}
		r.w.Poll(client)
	}
}

// watchPause is the time between two reads of a watcher.
const watchPause = 5 * time.Millisecond

// watches reports whether the case tells of clients that read all the time.
func (c *Case) watches() bool {
	for i := range c.Facts {
		if id := c.Facts[i].ID; strings.HasSuffix(id, "value_read_last") || id == "values_seen_in_isolation" || id == "first_value_after_heal" {
			return true
		}
	}
	for name := range c.Timings {
		if strings.HasSuffix(name, "_last_read") || strings.HasSuffix(name, "_read_gap") || name == "stale_read_window" {
			return true
		}
	}
	return false
}
