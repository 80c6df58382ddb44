package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zabsim/zabsim/nodes"
	"github.com/zabsim/zabsim/nodes/app/znode"
	"github.com/zabsim/zabsim/nodes/zab"
	"github.com/zabsim/zabsim/sim/trace"
)

// count is a number; what is counted goes by the fact's name.
func (j *judgement) count(f *Fact) (any, error) {
	name := strings.TrimSuffix(f.ID, "_expected")
	switch {
	case name == "event_first":
		return j.eventsFirst(), nil
	case name == "new_value_before_event":
		return len(j.rounds) - j.eventsFirst(), nil
	case name == "parent_cversion":
		o, err := j.newest(func(o *operation) bool { return o.op.Kind == znode.KindChildren })
		if err != nil {
			return nil, err
		}
		return o.result(j.seen).Stat.Cversion, nil
	case name == "errors":
		return j.errors(), nil
	case strings.HasPrefix(name, "nodes_missing_on_"):
		return j.missing(serverOf(strings.TrimPrefix(name, "nodes_missing_on_"))), nil
	case strings.HasPrefix(name, "snapshots_of_"):
		return len(snapshotsOf(j.w.Image(serverOf(strings.TrimPrefix(name, "snapshots_of_"))))), nil
	case strings.HasPrefix(name, "attempts_in_"):
		return j.attempts(), nil
	case name == "acked", name == "unacked_in_flight", name == "acked_lost", name == "unacked_survived":
		return j.loadCount(name), nil
	default:
		return nil, fmt.Errorf("not known what %s counts", f.ID)
	}
}

// errors counts the operations of the newest op_many that did not succeed, or
// whose zxid is not beyond that of the one before in the same session.
func (j *judgement) errors() int {
	wrong := 0
	last := map[nodes.ClientID]nodes.Position{}
	for _, o := range j.steps[j.lastStep("op_many")].many {
		r := o.result(j.seen)
		if r.status != "ok" || !last[o.id.client].Less(r.pos) {
			wrong++
		}
		last[o.id.client] = r.pos
	}
	return wrong
}

// missing counts the nodes whose creation was acknowledged and which a server
// does not have.
func (j *judgement) missing(id nodes.ID) int {
	var paths []string
	for i := 1; i <= j.n; i++ {
		if o := j.steps[i].op; o != nil && o.op.Kind == znode.KindCreate && o.result(j.seen).status == "ok" {
			paths = append(paths, o.op.Path)
		}
	}
	return len(paths) - j.present(id, paths)
}

// present counts the paths at which a server has a node.
func (j *judgement) present(id nodes.ID, paths []string) int {
	if len(paths) == 0 {
		return 0
	}
	ops := make([]znode.Op, len(paths))
	for i, path := range paths {
		ops[i] = znode.Op{Kind: znode.KindExists, Path: path}
	}
	n := 0
	for _, r := range j.askAs(j.cast.checkers[id], ops) {
		if r.status == "ok" {
			n++
		}
	}
	return n
}

// attempts counts how often the server started last was told an epoch.
func (j *judgement) attempts() int {
	id := j.startedLast()
	n := 0
	for _, p := range j.seen.packets[j.steps[j.lastStep("start")].packets:] {
		if _, ok := p.msg.(zab.LeaderInfo); ok && p.delivered && p.to == id {
			n++
		}
	}
	return n
}

// loadCount counts the writes of the load: those acknowledged and those under
// way when their server died; of the first how many some server has lost in the
// end, of the others how many are there.
func (j *judgement) loadCount(name string) int {
	acked, inFlight := j.loadPaths()
	switch name {
	case "acked":
		return len(acked)
	case "unacked_in_flight":
		return len(inFlight)
	case "unacked_survived":
		return j.present(j.c.servers().Min(), inFlight)
	}
	lost := 0
	for id := range j.c.servers().All() {
		lost = max(lost, len(acked)-j.present(id, acked))
	}
	return lost
}

// loadPaths lists the nodes whose creation was acknowledged, and those of
// which the client never heard.
func (j *judgement) loadPaths() (acked, inFlight []string) {
	for _, writer := range j.steps[j.lastStep("load_begin")].writers {
		load := j.cast.queues[writer-1].more.(*endless)
		for seq := uint32(1); ; seq++ {
			a, found := j.seen.answers[call{writer, seq}]
			if !found {
				break
			}
			op, err := znode.Parse(load.op(int(seq - 1)).Body)
			if err != nil {
				panic(err) // we made it
			}
			switch a.result {
			case trace.OK:
				acked = append(acked, op.Path)
			case trace.Unknown:
				inFlight = append(inFlight, op.Path)
			}
		}
	}
	return acked, inFlight
}

// predicate is true or false; what it is about goes by the fact's name.
func (j *judgement) predicate(f *Fact) (any, error) {
	before, after, has := strings.Cut(f.ID, "_via_")
	switch {
	case f.ID == "servers_agree":
		return j.agree(j.settled().w), nil
	case strings.HasPrefix(f.ID, "survives_iff_"):
		return j.survivesIff(serverOf(strings.Split(f.ID, "_")[2]))
	case f.ID == "logs_identical", f.ID == "logs_equal_after":
		return j.logsRelated(slices.Equal[[]string]), nil
	case strings.HasPrefix(f.ID, "logs_prefix_related"):
		return j.logsRelated(prefixRelated), nil
	case f.ID == "fifo_per_client_in_log":
		return j.fifo(), nil
	case before == "reads_see_own_writes" && has:
		return j.readsOwnWrites(serverOf(after)), nil
	case strings.HasPrefix(f.ID, "leader_kept"):
		return j.steps[j.n].leader == j.previousLeader(), nil
	case strings.HasPrefix(f.ID, "leader_") && strings.Contains(f.ID, "in"):
		return j.leaderIn(f.ID), nil
	case f.ID == "epoch_grew":
		return j.epochGrew()
	case strings.Contains(f.ID, "process_alive"):
		return j.alive(f.ID), nil
	case f.ID == "third_joins":
		return j.w.Status(j.startedLast()).Serving, nil
	case f.ID == "newer_client_refused":
		return j.opened("noservice")
	case f.ID == "equal_client_accepted":
		return j.opened("ok")
	case f.ID == "accepted_after_heal":
		return j.refusedReturns(), nil
	default:
		return nil, fmt.Errorf("not known what %s means", f.ID)
	}
}

// survivesIff says whether the write begun last is there exactly if id leads.
func (j *judgement) survivesIff(id nodes.ID) (bool, error) {
	n := j.lastStep("op_begin")
	if n == 0 {
		return false, fmt.Errorf("no write was begun before step %d", j.n)
	}
	leader := j.steps[j.n].leader
	there := j.ask(leader, znode.Op{Kind: znode.KindExists, Path: j.c.Timeline[n-1].args.Path}).status == "ok"
	return there == (leader == id), nil
}

// logsRelated compares the logs of all servers, each with each.
func (j *judgement) logsRelated(related func(a, b []string) bool) bool {
	var logs [][]string
	for id := range j.c.servers().All() {
		logs = append(logs, lines(logOf(j.settled().w.Image(id))))
	}
	for i, a := range logs {
		for _, b := range logs[i+1:] {
			if !related(a, b) {
				return false
			}
		}
	}
	return true
}

func prefixRelated(a, b []string) bool {
	k := min(len(a), len(b))
	return slices.Equal(a[:k], b[:k])
}

// fifo says whether the log has each client's writes in the order in which it
// issued them.
func (j *judgement) fifo() bool {
	last := map[nodes.ClientID]uint32{}
	for _, t := range logOf(j.settled().w.Image(j.c.servers().Min())) {
		if t.Seq <= last[t.Client] {
			return false
		}
		last[t.Client] = t.Seq
	}
	return true
}

// readsOwnWrites says whether each read of the newest op_many through a server
// returned what its session had written just before, and positions never went
// back.
func (j *judgement) readsOwnWrites(id nodes.ID) bool {
	var wrote string
	var pos nodes.Position
	for _, o := range j.steps[j.lastStep("op_many")].many {
		r := o.result(j.seen)
		if o.server != id || r.status != "ok" || r.pos.Less(pos) || o.op.Reads() && r.Data != wrote {
			return false
		}
		pos = r.pos
		if !o.op.Reads() {
			wrote = o.op.Data
		}
	}
	return true
}

// leaderIn says whether the leader is one of those that end the fact's name,
// as in leader_in_3_4; if it names none, whether its id is at least as high as
// a quorum is large, as that of the highest of any quorum is.
func (j *judgement) leaderIn(name string) bool {
	leader := j.steps[j.n].leader
	_, numbers, named := strings.Cut(name, "_in_")
	if !named {
		return int(leader) >= j.c.voters().Len()/2+1
	}
	return slices.Contains(strings.Split(numbers, "_"), strconv.Itoa(int(leader)))
}

// previousLeader returns the leader at the wait before the newest one.
func (j *judgement) previousLeader() nodes.ID {
	waits := 0
	for n := j.n; n > 0; n-- {
		if j.c.Timeline[n-1].Action == "wait_serving" {
			if waits++; waits == 2 {
				return j.steps[n].leader
			}
		}
	}
	return 0
}

// alive says whether a process runs after it had time to read its disk: the
// server in the fact's name, as in server3_process_alive, or the one started
// last.
func (j *judgement) alive(name string) bool {
	id := j.startedLast()
	if s, _, found := strings.Cut(strings.TrimPrefix(name, "server"), "_process_alive"); found && serverOf(s) != 0 {
		id = serverOf(s)
	}
	return j.settled().w.Up(id)
}

// startedLast returns the first server of the newest start, or 0.
func (j *judgement) startedLast() nodes.ID {
	n := j.lastStep("start")
	if n == 0 || len(j.c.Timeline[n-1].args.Servers) == 0 {
		return 0
	}
	return j.c.Timeline[n-1].args.Servers[0]
}

// epochGrew says whether the newest write is of a later epoch than the first.
func (j *judgement) epochGrew() (bool, error) {
	zxids := slices.DeleteFunc(j.zxids(), func(z string) bool { return z == unacked })
	if len(zxids) == 0 {
		return false, fmt.Errorf("no write succeeded by step %d", j.n)
	}
	first, err := parseZxid(zxids[0])
	if err != nil {
		return false, err
	}
	last, err := parseZxid(zxids[len(zxids)-1])
	return first.Epoch < last.Epoch, err
}

// opened says whether the newest attempt to open a session ended so.
func (j *judgement) opened(status string) (bool, error) {
	o, err := j.newest(func(o *operation) bool { return o.step.Action == "session_open" })
	return err == nil && o.result(j.seen).status == status, err
}

// refusedReturns says whether the client that was refused first is accepted
// now.
func (j *judgement) refusedReturns() bool {
	for n := 1; n <= j.n; n++ {
		if client, ok := j.cast.openers[n]; ok {
			return j.askAs(client, []znode.Op{{Kind: znode.KindExists, Path: "/"}})[0].status == "ok"
		}
	}
	return false
}
